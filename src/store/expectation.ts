import type { Statement } from 'better-sqlite3';
import type { Expectation, ExpectationStore } from '../job/expectation';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';

interface ExpectationRow {
  readonly run_id: number;
  readonly calls_p50: number;
  readonly calls_p80: number;
  readonly duration_p50_ms: number;
  readonly duration_p80_ms: number;
  readonly past_runs: number;
}

/** The table offpeak_expectation. */
export class SqliteExpectations implements ExpectationStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #put: Statement<[ExpectationRow]>;
  readonly #list: Statement<[{ job: string; limit: number }], ExpectationRow>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#put = db.prepare(`
      INSERT INTO offpeak_expectation (run_id, calls_p50, calls_p80, duration_p50_ms, duration_p80_ms, past_runs)
      VALUES (:run_id, :calls_p50, :calls_p80, :duration_p50_ms, :duration_p80_ms, :past_runs)
      ON CONFLICT DO NOTHING`);
    this.#list = db.prepare(`
      SELECT e.* FROM offpeak_expectation e JOIN offpeak_run r ON r.id = e.run_id
      WHERE r.job = :job ORDER BY r.slot_at_ms DESC, r.id DESC LIMIT +:limit`);
  }

  put(expectation: Expectation, fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      this.#put.run(toRow(expectation));
    });
  }

  list(filter: Parameters<ExpectationStore['list']>[0]): Promise<Expectation[]> {
    return this.#connection.read(() => this.#list.all(filter).map(fromRow));
  }
}

function toRow(expectation: Expectation): ExpectationRow {
  return {
    run_id: expectation.runId,
    calls_p50: expectation.callsP50,
    calls_p80: expectation.callsP80,
    duration_p50_ms: expectation.durationP50Ms,
    duration_p80_ms: expectation.durationP80Ms,
    past_runs: expectation.pastRuns,
  };
}

function fromRow(row: ExpectationRow): Expectation {
  return {
    runId: row.run_id,
    callsP50: row.calls_p50,
    callsP80: row.calls_p80,
    durationP50Ms: row.duration_p50_ms,
    durationP80Ms: row.duration_p80_ms,
    pastRuns: row.past_runs,
  };
}
