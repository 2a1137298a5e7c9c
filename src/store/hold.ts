import type { Statement } from 'better-sqlite3';
import { type Scope, scopeKey } from '../job/scope';
import type { Hold, HoldStore } from '../limit/hold';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';
import { keptReason } from './reason';

/** How long an ended hold stays: a clock that jumped ahead and came back must not have cost a hold that still counts. */
const ENDED_HOLD_KEPT_MS = 2 * 24 * 3_600_000;

interface HoldRow {
  readonly platform: string;
  readonly scope: string;
  readonly until_ms: number;
  readonly code: string;
  readonly reason: string;
  readonly since_ms: number;
}

/** The table offpeak_hold. */
export class SqliteHolds implements HoldStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #put: Statement<[HoldRow & { scope_key: string }]>;
  readonly #prune: Statement<[{ beforeMs: number }]>;
  readonly #list: Statement<[{ nowMs: number }], HoldRow>;
  readonly #delete: Statement<[{ platform: string; scopeKey: string }]>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#put = db.prepare(`
      INSERT INTO offpeak_hold (platform, scope_key, scope, until_ms, code, reason, since_ms)
      VALUES (:platform, :scope_key, :scope, :until_ms, :code, :reason, :since_ms)
      ON CONFLICT (platform, scope_key) DO UPDATE SET
        scope = excluded.scope, until_ms = excluded.until_ms, code = excluded.code, reason = excluded.reason,
        since_ms = excluded.since_ms`);
    this.#prune = db.prepare('DELETE FROM offpeak_hold WHERE until_ms < :beforeMs');
    // `+`: by the index of their ends, and not whole in the order that is asked for.
    this.#list = db.prepare('SELECT * FROM offpeak_hold WHERE until_ms > :nowMs ORDER BY +platform, +scope_key');
    this.#delete = db.prepare('DELETE FROM offpeak_hold WHERE platform = :platform AND scope_key = :scopeKey');
  }

  put(hold: Hold, fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      this.#prune.run({ beforeMs: hold.sinceMs - ENDED_HOLD_KEPT_MS });
      this.#put.run({
        platform: hold.platform,
        scope_key: scopeKey(hold.scope),
        scope: JSON.stringify(hold.scope),
        until_ms: hold.untilMs,
        code: hold.code,
        reason: keptReason(hold.reason),
        since_ms: hold.sinceMs,
      });
    });
  }

  list(nowMs: number): Promise<Hold[]> {
    return this.#connection.read(() => this.current(nowMs));
  }

  /** Within a transaction. */
  current(nowMs: number): Hold[] {
    return this.#list.all({ nowMs }).map(fromRow);
  }

  /** Within a transaction, by whoever may: an operator needs no lease. */
  delete({ platform, scope }: Pick<Hold, 'platform' | 'scope'>): void {
    this.#delete.run({ platform, scopeKey: scopeKey(scope) });
  }
}

function fromRow(row: HoldRow): Hold {
  return {
    platform: row.platform,
    scope: JSON.parse(row.scope) as Scope,
    untilMs: row.until_ms,
    code: row.code,
    reason: row.reason,
    sinceMs: row.since_ms,
  };
}
