import assert from 'node:assert/strict';
import type { Statement } from 'better-sqlite3';
import type { Drawn, Spent } from '../job/attempt';
import { scopeKey } from '../job/scope';
import {
  type Block,
  type BlockRequest,
  grantOf,
  type Ledger,
  type LedgerUsage,
  type Reservation,
} from '../limit/ledger';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';
import { LedgerJobs, type Payer } from './ledger-job';
import { LedgerUsages } from './ledger-usage';

/** How long a window stays after its end: enough to look back a month. */
export const LEDGER_KEPT_MS = 40 * 24 * 3_600_000;
/**
 * How long a slice of a rolling span stays after it counted last. There may be thousands a day; a clock that jumped ahead by
 * hours and came back must not have cost one that counts again.
 */
export const SLICE_KEPT_MS = 24 * 3_600_000;
/** Old windows deleted for each new one: more than one, so that the table shrinks to what is kept. */
const PRUNED_WINDOWS_MAX = 4;

/** A window of a counter, as it is asked for now. */
interface Window {
  readonly platform: string;
  readonly budget: string;
  readonly scopeKey: string;
  readonly windowKey: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
  /** Of a slice: those that end later count with it; null where the window counts alone. */
  readonly countsFromMs: number | null;
  /** Of a slice: how long it counts after its end. */
  readonly spanMs: number | null;
}

interface WindowRow {
  readonly start_ms: number;
  readonly end_ms: number;
  readonly limit_: number;
  readonly drawn: number;
}

interface SliceRow {
  readonly end_ms: number;
  readonly drawn: number;
}

const OF_COUNTER = 'platform = :platform AND budget = :budget AND scope_key = :scopeKey';
const OF_WINDOW = `${OF_COUNTER} AND window_key = :windowKey`;

/**
 * The table offpeak_ledger: a row per counter and window, or slice of a rolling span. Always: no reservation lifts
 * used + reserved above the limit. A settlement may: what was really spent is the truth.
 */
export class SqliteLedger implements Ledger {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #jobs: LedgerJobs;
  readonly #usages: LedgerUsages;
  readonly #read: Statement<[Window], WindowRow>;
  readonly #open: Statement<[Window]>;
  readonly #prune: Statement<[{ windowsBeforeMs: number; slicesBeforeMs: number; rowsMax: number }]>;
  readonly #drawnInSlices: Statement<[Window], { drawn: number | null }>;
  readonly #slices: Statement<[Window], SliceRow>;
  readonly #take: Statement<[Drawn]>;
  readonly #giveBack: Statement<[Drawn]>;
  readonly #spend: Statement<[Spent]>;
  readonly #spendAll: Statement<[]>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#jobs = new LedgerJobs(db);
    this.#usages = new LedgerUsages(db);
    this.#read = db.prepare(`
      SELECT start_ms, end_ms, limit_, used + reserved AS drawn FROM offpeak_ledger WHERE ${OF_WINDOW}`);
    this.#open = db.prepare(`
      INSERT INTO offpeak_ledger
        (platform, budget, scope_key, window_key, start_ms, end_ms, limit_, counts_until_ms)
      VALUES (:platform, :budget, :scopeKey, :windowKey, :startMs, :endMs, :limit, :endMs + :spanMs)
      ON CONFLICT DO UPDATE SET limit_ = excluded.limit_, start_ms = excluded.start_ms, end_ms = excluded.end_ms,
        counts_until_ms = excluded.counts_until_ms`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_ledger WHERE (platform, budget, scope_key, window_key) IN (
        SELECT platform, budget, scope_key, window_key FROM offpeak_ledger
        WHERE (end_ms < :windowsBeforeMs OR counts_until_ms < :slicesBeforeMs) AND reserved = 0 LIMIT +:rowsMax)`);
    const countingSlices = `${OF_COUNTER} AND counts_until_ms IS NOT NULL AND end_ms > :countsFromMs`;
    this.#drawnInSlices = db.prepare(`
      SELECT SUM(used + reserved) AS drawn FROM offpeak_ledger WHERE ${countingSlices}`);
    this.#slices = db.prepare(`
      SELECT end_ms, used + reserved AS drawn FROM offpeak_ledger WHERE ${countingSlices} ORDER BY end_ms`);
    this.#take = db.prepare(`UPDATE offpeak_ledger SET reserved = reserved + :amount WHERE ${OF_WINDOW}`);
    this.#giveBack = db.prepare(`
      UPDATE offpeak_ledger SET reserved = reserved - :amount WHERE ${OF_WINDOW} AND reserved >= :amount`);
    this.#spend = db.prepare(`
      UPDATE offpeak_ledger SET used = used + :spent, reserved = reserved - :amount
      WHERE ${OF_WINDOW} AND reserved >= :amount`);
    this.#spendAll = db.prepare('UPDATE offpeak_ledger SET used = used + reserved, reserved = 0 WHERE reserved > 0');
  }

  /** Nobody writes in between: a transaction holds the write lock from its start, so what was read is still so. */
  reserve({ platform, blocks, fence, nowMs }: Parameters<Ledger['reserve']>[0]): Promise<Reservation> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      const taken: Block[] = [];
      for (const request of blocks) {
        const window = windowOf(platform, request, nowMs);
        const left = this.#leftIn(window, nowMs);
        if (left < request.needed) {
          for (const { drawn } of taken) this.#giveBack.run(drawn);
          return { kind: 'spent', request, freeAtMs: this.#freeAtMs(window, request.needed) };
        }
        const drawn = drawnFrom(window, grantOf(request, left));
        this.#take.run(drawn);
        taken.push({ drawn, left: left - drawn.amount });
      }
      return { kind: 'reserved', blocks: taken };
    });
  }

  settle({ fence, ...settlement }: Parameters<Ledger['settle']>[0]): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      this.settleDraws(settlement, null);
    });
  }

  usage(nowMs: number, platform?: string, budget?: string): Promise<LedgerUsage[]> {
    return this.#connection.read(() => this.#usages.list({ nowMs, platform, budget }));
  }

  /** Within a transaction that checked the fence. The payer is whose page settles them; null where none does. */
  settleDraws(settlement: { used: readonly Spent[]; unsent: readonly Drawn[] }, payer: Payer | null): void {
    for (const spent of settlement.used) {
      if (this.#spend.run(spent).changes !== 1) assert.fail(`settled without a reservation: ${describe(spent)}`);
      if (payer && spent.spent > 0) this.#jobs.add(payer, spent);
    }
    for (const drawn of settlement.unsent) {
      if (this.#giveBack.run(drawn).changes !== 1) assert.fail(`given back without a reservation: ${describe(drawn)}`);
    }
  }

  /** Within a transaction, after a takeover: nobody knows whether the dead holder's attempts were sent. */
  spendReservations(): void {
    this.#spendAll.run();
  }

  /** The limit that is given now wins over the stored one. */
  #leftIn(window: Window, nowMs: number): number {
    const row = this.#read.get(window);
    if (!row || !isAsAsked(row, window)) this.#open.run(window);
    if (!row) this.#pruneOld(nowMs);
    const drawn = window.countsFromMs === null ? row?.drawn : this.#drawnInSlices.get(window)?.drawn;
    return Math.max(0, window.limit - (drawn ?? 0));
  }

  /** When a window that is spent has as much again: at its end; of a rolling span, when enough of it is old enough. */
  #freeAtMs(window: Window, needed: number): number {
    if (window.spanMs === null) return window.endMs;
    const slices = this.#slices.all(window);
    let left = window.limit - slices.reduce((total, { drawn }) => total + drawn, 0);
    for (const { end_ms, drawn } of slices) {
      left += drawn;
      if (left >= needed) return end_ms + window.spanMs;
    }
    return window.endMs + window.spanMs; // more than the limit is needed
  }

  #pruneOld(nowMs: number): void {
    this.#prune.run({
      windowsBeforeMs: nowMs - LEDGER_KEPT_MS,
      slicesBeforeMs: nowMs - SLICE_KEPT_MS,
      rowsMax: PRUNED_WINDOWS_MAX,
    });
  }
}

function windowOf(platform: string, { draw, window }: BlockRequest, nowMs: number): Window {
  const { countsFromMs = null } = window;
  return {
    platform,
    budget: draw.budget.name,
    scopeKey: scopeKey(draw.scope),
    windowKey: window.key,
    startMs: window.startMs,
    endMs: window.endMs,
    limit: draw.budget.limit,
    countsFromMs,
    spanMs: countsFromMs === null ? null : nowMs - countsFromMs,
  };
}

function isAsAsked(row: WindowRow, { startMs, endMs, limit }: Window): boolean {
  return row.limit_ === limit && row.start_ms === startMs && row.end_ms === endMs;
}

function drawnFrom({ platform, budget, scopeKey, windowKey }: Window, amount: number): Drawn {
  return { platform, budget, scopeKey, windowKey, amount };
}

function describe(drawn: Drawn): string {
  return `${drawn.amount} of ${drawn.platform} ${drawn.budget} [${drawn.scopeKey}] in ${drawn.windowKey}`;
}
