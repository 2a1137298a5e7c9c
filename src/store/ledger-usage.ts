import type { Database, Statement } from 'better-sqlite3';
import type { LedgerUsage } from '../limit/ledger';

interface UsageRow {
  readonly platform: string;
  readonly budget: string;
  readonly scope_key: string;
  readonly window_key: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly counts_until_ms: number | null;
  readonly limit_: number;
  readonly used: number;
  readonly reserved: number;
  /** A JSON object. */
  readonly by_job: string;
}

interface UsageFilter {
  readonly nowMs: number;
  readonly platform?: string | undefined;
  readonly budget?: string | undefined;
}

/** Reads what the windows of the ledger hold. */
export class LedgerUsages {
  readonly #list: Statement<[{ nowMs: number; platform: string | null; budget: string | null }], UsageRow>;

  constructor(db: Database) {
    // By the indexes of their ends (`+` keeps it from reading all in the order asked for): most windows are over.
    this.#list = db.prepare(`
      SELECT l.*, (
        SELECT json_group_object(j.job, j.used) FROM offpeak_ledger_job j
        WHERE j.platform = l.platform AND j.budget = l.budget AND j.scope_key = l.scope_key
          AND j.window_key = l.window_key) AS by_job
      FROM offpeak_ledger l
      WHERE (:platform IS NULL OR l.platform = :platform) AND (:budget IS NULL OR l.budget = :budget) AND (l.end_ms > :nowMs OR l.counts_until_ms > :nowMs) AND (
        (l.counts_until_ms IS NULL AND l.end_ms > :nowMs AND l.start_ms <= :nowMs) OR l.counts_until_ms > :nowMs)
      ORDER BY +l.platform, l.budget, l.scope_key, l.end_ms, l.window_key`);
  }

  list({ nowMs, platform, budget }: UsageFilter): LedgerUsage[] {
    const usage = new Map<string, LedgerUsage>();
    for (const row of this.#list.all({ nowMs, platform: platform ?? null, budget: budget ?? null })) {
      const key = JSON.stringify([row.platform, row.budget, row.scope_key, windowOf(row)]);
      const older = usage.get(key);
      usage.set(key, older ? together(older, fromRow(row)) : fromRow(row));
    }
    return [...usage.values()];
  }
}

/** Null for a slice: the slices of a counter are one window together. */
function windowOf(row: UsageRow): string | null {
  return row.counts_until_ms === null ? row.window_key : null;
}

/** From the start of the oldest slice; the limit is what the newest one was held to. */
function together(older: LedgerUsage, slice: LedgerUsage): LedgerUsage {
  const byJob: Record<string, number> = { ...older.byJob };
  for (const [job, used] of Object.entries(slice.byJob)) byJob[job] = (byJob[job] ?? 0) + used;
  return {
    ...slice,
    startMs: older.startMs,
    used: older.used + slice.used,
    reserved: older.reserved + slice.reserved,
    byJob,
  };
}

function fromRow(row: UsageRow): LedgerUsage {
  return {
    platform: row.platform,
    budget: row.budget,
    scopeKey: row.scope_key,
    windowKey: row.window_key,
    startMs: row.start_ms,
    endMs: row.end_ms,
    limit: row.limit_,
    used: row.used,
    reserved: row.reserved,
    byJob: JSON.parse(row.by_job) as Record<string, number>,
  };
}
