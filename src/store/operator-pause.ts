import type { Statement } from 'better-sqlite3';
import {
  ENDED_PAUSES_MAX,
  type OperatorPause,
  type OperatorPauseStore,
  type Paused,
  type RecordedPause,
} from '../job/operator-pause';
import type { Connection } from './connection';
import { keptReason } from './reason';

interface PauseRow {
  readonly kind: OperatorPause['kind'];
  readonly name: string;
  readonly reason: string;
  readonly paused_by: string;
  readonly since_ms: number;
  readonly until_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly ended_by: string | null;
}

const LASTS = 'ended_at_ms IS NULL AND (until_ms IS NULL OR until_ms > :nowMs)';

/** The table offpeak_operator_pause. */
export class SqliteOperatorPauses implements OperatorPauseStore {
  readonly #connection: Connection;
  readonly #add: Statement<[OperatorPause]>;
  readonly #end: Statement<[Paused & { by: string; nowMs: number }], PauseRow>;
  readonly #prune: Statement<[{ nowMs: number; keptMax: number }]>;
  readonly #list: Statement<[{ nowMs: number }], PauseRow>;
  readonly #history: Statement<[], PauseRow>;

  constructor(connection: Connection) {
    this.#connection = connection;
    const { db } = connection;
    this.#add = db.prepare(`
      INSERT INTO offpeak_operator_pause (kind, name, reason, paused_by, since_ms, until_ms)
      VALUES (:kind, :name, :reason, :by, :sinceMs, :untilMs)`);
    this.#end = db.prepare(`
      UPDATE offpeak_operator_pause SET ended_at_ms = :nowMs, ended_by = :by
      WHERE kind = :kind AND name = :name AND ${LASTS} RETURNING *`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_operator_pause WHERE id IN (
        SELECT id FROM offpeak_operator_pause WHERE NOT (${LASTS}) ORDER BY id DESC LIMIT -1 OFFSET :keptMax)`);
    this.#list = db.prepare(`SELECT * FROM offpeak_operator_pause WHERE ${LASTS} ORDER BY id`);
    this.#history = db.prepare('SELECT * FROM offpeak_operator_pause ORDER BY id DESC');
  }

  put(pauses: readonly OperatorPause[]): Promise<OperatorPause[]> {
    return this.#connection.write(() => pauses.flatMap((pause) => this.#replace(pause)));
  }

  end(which: readonly Paused[], { by, nowMs }: Parameters<OperatorPauseStore['end']>[1]): Promise<OperatorPause[]> {
    return this.#connection.write(() =>
      which.flatMap(({ kind, name }) => this.#end.all({ kind, name, by, nowMs }).map(fromRow)),
    );
  }

  list(nowMs: number): Promise<OperatorPause[]> {
    return this.#connection.read(() => this.#list.all({ nowMs }).map(fromRow));
  }

  history(): Promise<RecordedPause[]> {
    return this.#connection.read(() =>
      this.#history.all().map((row) => {
        const end = row.ended_at_ms === null ? null : { atMs: row.ended_at_ms, by: row.ended_by ?? '' };
        return { ...fromRow(row), end };
      }),
    );
  }

  #replace({ kind, name, reason, by, sinceMs, untilMs }: OperatorPause): OperatorPause[] {
    const replaced = this.#end.all({ kind, name, by, nowMs: sinceMs }).map(fromRow);
    this.#add.run({ kind, name, reason: keptReason(reason), by, sinceMs, untilMs });
    this.#prune.run({ nowMs: sinceMs, keptMax: ENDED_PAUSES_MAX });
    return replaced;
  }
}

function fromRow(row: PauseRow): OperatorPause {
  return {
    kind: row.kind,
    name: row.name,
    reason: row.reason,
    by: row.paused_by,
    sinceMs: row.since_ms,
    untilMs: row.until_ms,
  };
}
