import type { Statement } from 'better-sqlite3';
import { SKIP_KEPT_MS, type SkipAhead, type SkipAheadStore } from '../job/skip-ahead';
import type { Connection } from './connection';
import { keptReason } from './reason';

interface SkipRow {
  readonly job: string;
  readonly slot_at_ms: number;
  readonly reason: string;
  readonly asked_by: string;
  readonly asked_at_ms: number;
}

/** The table offpeak_skip_ahead. */
export class SqliteSkipsAhead implements SkipAheadStore {
  readonly #connection: Connection;
  readonly #put: Statement<[SkipAhead], SkipRow>;
  readonly #prune: Statement<[{ beforeMs: number }]>;
  readonly #remove: Statement<[{ job: string; slotAtMs: number | null; afterMs: number }], SkipRow>;
  readonly #list: Statement<[{ afterMs: number }], SkipRow>;

  constructor(connection: Connection) {
    this.#connection = connection;
    const { db } = connection;
    this.#put = db.prepare(`
      INSERT INTO offpeak_skip_ahead (job, slot_at_ms, reason, asked_by, asked_at_ms)
      VALUES (:job, :slotAtMs, :reason, :by, :askedAtMs) ON CONFLICT DO NOTHING RETURNING *`);
    this.#prune = db.prepare('DELETE FROM offpeak_skip_ahead WHERE slot_at_ms < :beforeMs');
    this.#remove = db.prepare(`
      DELETE FROM offpeak_skip_ahead
      WHERE job = :job AND slot_at_ms > :afterMs AND (:slotAtMs IS NULL OR slot_at_ms = :slotAtMs) RETURNING *`);
    this.#list = db.prepare('SELECT * FROM offpeak_skip_ahead WHERE slot_at_ms > :afterMs ORDER BY slot_at_ms, job');
  }

  put(skips: readonly SkipAhead[]): Promise<SkipAhead[]> {
    return this.#connection.write(() =>
      skips.flatMap(({ job, slotAtMs, reason, by, askedAtMs }) => {
        this.#prune.run({ beforeMs: askedAtMs - SKIP_KEPT_MS });
        return this.#put.all({ job, slotAtMs, reason: keptReason(reason), by, askedAtMs }).map(fromRow);
      }),
    );
  }

  remove({ job, slotAtMs, afterMs }: Parameters<SkipAheadStore['remove']>[0]): Promise<SkipAhead[]> {
    return this.#connection.write(() => this.#remove.all({ job, slotAtMs: slotAtMs ?? null, afterMs }).map(fromRow));
  }

  list(afterMs: number): Promise<SkipAhead[]> {
    return this.#connection.read(() => this.#list.all({ afterMs }).map(fromRow));
  }
}

function fromRow(row: SkipRow): SkipAhead {
  return {
    job: row.job,
    slotAtMs: row.slot_at_ms,
    reason: row.reason,
    by: row.asked_by,
    askedAtMs: row.asked_at_ms,
  };
}
