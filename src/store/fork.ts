import type { Database } from 'better-sqlite3';
import type { Connection } from './connection';

/**
 * What decides when runs go on, by table. Checkpoints, records and logs are left behind, and up to where slots were decided:
 * those before the fork are no matter of it, and neither are backfills, which use only what others leave.
 */
const COPIED: readonly { readonly table: string; readonly where: string }[] = [
  { table: 'offpeak_ledger', where: 'end_ms > :nowMs OR counts_until_ms > :nowMs' },
  {
    table: 'offpeak_ledger_job',
    where: `(platform, budget, scope_key, window_key) IN (SELECT platform, budget, scope_key, window_key
      FROM offpeak_ledger WHERE end_ms > :nowMs OR counts_until_ms > :nowMs)`,
  },
  { table: 'offpeak_hold', where: 'until_ms > :nowMs' },
  { table: 'offpeak_learned', where: 'TRUE' },
  { table: 'offpeak_operator_pause', where: 'TRUE' },
  { table: 'offpeak_skip_ahead', where: 'slot_at_ms > :nowMs' },
  { table: 'offpeak_run', where: "ended_at_ms IS NULL AND kind <> 'backfill'" },
  {
    table: 'offpeak_run_partition',
    where: "run_id IN (SELECT id FROM offpeak_run WHERE ended_at_ms IS NULL AND kind <> 'backfill')",
  },
];

/** Copies that state from one open database into another one of the same version, which has none. */
export function fork(from: Connection, to: Connection, nowMs: number): void {
  to.db.transaction(() => {
    for (const { table, where } of COPIED) copyRows(from.db, to.db, { table, where, nowMs });
  })();
}

function copyRows(from: Database, to: Database, of: { table: string; where: string; nowMs: number }): void {
  const rows = from.prepare(`SELECT * FROM ${of.table} WHERE ${of.where}`);
  const columns = rows.columns().map(({ name }) => name);
  const add = to.prepare(
    `INSERT INTO ${of.table} (${columns.join()}) VALUES (${columns.map((column) => `:${column}`).join()})`,
  );
  for (const row of rows.iterate(of.where.includes(':nowMs') ? { nowMs: of.nowMs } : {})) add.run(row);
}
