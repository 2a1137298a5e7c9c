import type { Database } from 'better-sqlite3';
import { renumberUnfinished, UNKNOWN_RUNS } from './renumber';

/**
 * Whether a store is the one that a backup was made of, and went on since; or one with a history of its own, whose calls
 * the backup does not know.
 */
export type Lineage = 'continues' | 'apart';

/** A platform of which nobody knows what was spent, and when that matters no more. */
export interface Doubt {
  readonly platform: string;
  readonly untilMs: number;
}

export const DOUBT_CODE = 'RESTORED';

/** The database `replaced` is attached: it holds the newest call of this one, or it has another history. */
export function lineageOf(db: Database): Lineage {
  const continues = db
    .prepare(`
      SELECT 1 FROM offpeak_call mine JOIN replaced.offpeak_call theirs
        USING (id, run_id, job, partition, api, sent_at_ms)
      WHERE mine.id = (SELECT MAX(id) FROM offpeak_call)`)
    .get();
  return continues === undefined ? 'apart' : 'continues';
}

/**
 * Takes over from the store that is replaced, attached as `replaced`, what a backup must not turn back: what was spent,
 * what the platforms said, what operators decided, which ids were given.
 */
export function carryOver(db: Database): void {
  const ledger = lineageOf(db) === 'continues' ? LEDGER_GOES_ON : LEDGERS_ADD_UP;
  inOneStep(db, () => {
    for (const sql of [...ledger, ...DECIDED_SINCE, ...IDS, ...FENCE]) db.prepare(sql).run();
    renumberUnfinished(db);
  });
}

/** Without the store that is replaced: holds back every platform until what was spent counts no more. */
export function holdInDoubt(db: Database, doubts: readonly Doubt[], nowMs: number): void {
  const hold = db.prepare(`
    INSERT INTO offpeak_hold (platform, scope_key, scope, until_ms, code, reason, since_ms)
    VALUES (:platform, '', '{}', :untilMs, :code, :reason, :nowMs)
    ON CONFLICT DO UPDATE SET until_ms = MAX(until_ms, excluded.until_ms), code = excluded.code, reason = excluded.reason`);
  const reason = 'restored from a backup: what was spent since is not known';
  inOneStep(db, () => {
    for (const doubt of doubts) hold.run({ ...doubt, code: DOUBT_CODE, reason, nowMs });
    db.prepare('UPDATE sqlite_sequence SET seq = seq + ?').run(UNKNOWN_RUNS);
    db.prepare('DELETE FROM offpeak_order').run();
    db.prepare(NOBODY_HOLDS).run();
    renumberUnfinished(db);
  });
}

/** References hold again at the end: the ids of runs are changed one table after the other. */
function inOneStep(db: Database, work: () => void): void {
  db.transaction(() => {
    db.pragma('defer_foreign_keys = ON');
    work();
  }).immediate();
}

/** The same counters, further on. */
const LEDGER_GOES_ON = [
  'DELETE FROM offpeak_ledger', // with offpeak_ledger_job
  'INSERT INTO offpeak_ledger SELECT * FROM replaced.offpeak_ledger',
  'INSERT INTO offpeak_ledger_job SELECT * FROM replaced.offpeak_ledger_job',
];

/** Two histories that both spent of the same quotas. */
const LEDGERS_ADD_UP = [
  `INSERT INTO offpeak_ledger SELECT * FROM replaced.offpeak_ledger WHERE TRUE
    ON CONFLICT DO UPDATE SET limit_ = excluded.limit_, used = used + excluded.used, reserved = reserved + excluded.reserved`,
  `INSERT INTO offpeak_ledger_job SELECT * FROM replaced.offpeak_ledger_job WHERE TRUE
    ON CONFLICT DO UPDATE SET used = used + excluded.used`,
];

/** Orders were done at once where they were left. */
const DECIDED_SINCE = [
  ...[
    'offpeak_hold',
    'offpeak_learned',
    'offpeak_operator_pause',
    'offpeak_skip_ahead',
    'offpeak_unknown_reply',
  ].flatMap((table) => [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM replaced.${table}`]),
  'DELETE FROM offpeak_order',
];

const IDS = [
  `INSERT INTO sqlite_sequence (name, seq)
    SELECT name, 0 FROM replaced.sqlite_sequence WHERE name NOT IN (SELECT name FROM sqlite_sequence)`,
  `UPDATE sqlite_sequence SET seq = MAX(seq,
    COALESCE((SELECT seq FROM replaced.sqlite_sequence theirs WHERE theirs.name = sqlite_sequence.name), 0))`,
];

/** Free, and as after an unclean end: calls of a moment ago may still count. Whoever held it before finds a higher fence. */
const NOBODY_HOLDS =
  "UPDATE offpeak_lease SET fence = fence + 1, command = 'restore', expires_at_ms = heartbeat_at_ms, released = 0";
const FENCE = [
  `INSERT INTO offpeak_lease SELECT * FROM replaced.offpeak_lease WHERE TRUE
    ON CONFLICT DO UPDATE SET fence = MAX(fence, excluded.fence), host = excluded.host, boot_id = excluded.boot_id,
      pid = excluded.pid, process_start = excluded.process_start, heartbeat_at_ms = excluded.heartbeat_at_ms`,
  NOBODY_HOLDS,
];
