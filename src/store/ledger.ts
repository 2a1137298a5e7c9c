import assert from 'node:assert/strict';
import type { Statement } from 'better-sqlite3';
import type { Drawn } from '../job/attempt';
import { scopeKey } from '../job/scope';
import type { Ledger, LedgerDraw, LedgerUsage, Reservation } from '../limit/ledger';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';

/** How long a window stays after its end: enough to look back a month. */
export const LEDGER_KEPT_MS = 40 * 24 * 3_600_000;
/** Old windows deleted for each new one: more than one, so that the table shrinks to what is kept. */
const PRUNED_WINDOWS_MAX = 4;

interface Counter {
  readonly platform: string;
  readonly budget: string;
  readonly scopeKey: string;
  readonly windowKey: string;
}

interface Window extends Counter {
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
}

interface LedgerRow {
  readonly platform: string;
  readonly budget: string;
  readonly scope_key: string;
  readonly window_key: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly limit_: number;
  readonly used: number;
  readonly reserved: number;
}

const OF_COUNTER = 'platform = :platform AND budget = :budget AND scope_key = :scopeKey AND window_key = :windowKey';

/** The table offpeak_ledger: a row per counter and window. Always: no reservation lifts used + reserved above the limit. */
export class SqliteLedger implements Ledger {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #open: Statement<[Window]>;
  readonly #prune: Statement<[{ beforeMs: number; rowsMax: number }]>;
  readonly #take: Statement<[Drawn]>;
  readonly #giveBack: Statement<[Drawn]>;
  readonly #spend: Statement<[Drawn]>;
  readonly #spendAll: Statement<[]>;
  readonly #usage: Statement<[{ nowMs: number; platform: string | null }], LedgerRow>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#open = db.prepare(`
      INSERT INTO offpeak_ledger (platform, budget, scope_key, window_key, start_ms, end_ms, limit_)
      VALUES (:platform, :budget, :scopeKey, :windowKey, :startMs, :endMs, :limit)
      ON CONFLICT DO UPDATE SET limit_ = excluded.limit_, start_ms = excluded.start_ms, end_ms = excluded.end_ms
      WHERE (limit_, start_ms, end_ms) IS NOT (excluded.limit_, excluded.start_ms, excluded.end_ms)`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_ledger WHERE (platform, budget, scope_key, window_key) IN (
        SELECT platform, budget, scope_key, window_key FROM offpeak_ledger
        WHERE end_ms < :beforeMs ORDER BY end_ms LIMIT :rowsMax)`);
    this.#take = db.prepare(`
      UPDATE offpeak_ledger SET reserved = reserved + :amount
      WHERE ${OF_COUNTER} AND used + reserved + :amount <= limit_`);
    this.#giveBack = db.prepare(`
      UPDATE offpeak_ledger SET reserved = reserved - :amount WHERE ${OF_COUNTER} AND reserved >= :amount`);
    this.#spend = db.prepare(`
      UPDATE offpeak_ledger SET used = used + :amount, reserved = reserved - :amount
      WHERE ${OF_COUNTER} AND reserved >= :amount`);
    this.#spendAll = db.prepare('UPDATE offpeak_ledger SET used = used + reserved, reserved = 0 WHERE reserved > 0');
    this.#usage = db.prepare(`
      SELECT * FROM offpeak_ledger
      WHERE end_ms > :nowMs AND start_ms <= :nowMs AND (:platform IS NULL OR platform = :platform)
      ORDER BY platform, budget, scope_key, window_key`);
  }

  reserve(request: Parameters<Ledger['reserve']>[0]): Promise<Reservation> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(request.fence);
      const drawn: Drawn[] = [];
      for (const draw of request.draws) {
        const next = drawnOf(request.platform, draw);
        this.#openWindow({ ...next, ...draw.window, limit: draw.draw.budget.limit }, request.nowMs);
        if (this.#take.run(next).changes === 0) {
          for (const earlier of drawn) this.#giveBack.run(earlier);
          return { kind: 'spent', draw };
        }
        drawn.push(next);
      }
      return { kind: 'reserved', drawn };
    });
  }

  settle(settlement: Parameters<Ledger['settle']>[0]): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(settlement.fence);
      this.settleDraws(settlement);
    });
  }

  usage(nowMs: number, platform?: string): Promise<LedgerUsage[]> {
    return this.#connection.read(() => this.#usage.all({ nowMs, platform: platform ?? null }).map(fromRow));
  }

  /** Within a transaction that checked the fence. */
  settleDraws(settlement: { used: readonly Drawn[]; unsent: readonly Drawn[] }): void {
    for (const drawn of settlement.used) {
      assert.equal(this.#spend.run(drawn).changes, 1, `settled without a reservation: ${describe(drawn)}`);
    }
    for (const drawn of settlement.unsent) {
      assert.equal(this.#giveBack.run(drawn).changes, 1, `given back without a reservation: ${describe(drawn)}`);
    }
  }

  /** Within a transaction, after a takeover: nobody knows whether the dead holder's attempts were sent. */
  spendReservations(): void {
    this.#spendAll.run();
  }

  /** The limit that is given now wins over the stored one. */
  #openWindow(window: Window, nowMs: number): void {
    const isChanged = this.#open.run(window).changes === 1;
    if (isChanged) this.#prune.run({ beforeMs: nowMs - LEDGER_KEPT_MS, rowsMax: PRUNED_WINDOWS_MAX });
  }
}

function drawnOf(platform: string, { draw, window, amount }: LedgerDraw): Drawn {
  return { platform, budget: draw.budget.name, scopeKey: scopeKey(draw.scope), windowKey: window.key, amount };
}

function describe(drawn: Drawn): string {
  return `${drawn.amount} of ${drawn.platform} ${drawn.budget} [${drawn.scopeKey}] in ${drawn.windowKey}`;
}

function fromRow(row: LedgerRow): LedgerUsage {
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
  };
}
