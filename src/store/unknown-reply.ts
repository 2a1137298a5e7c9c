import type { Statement } from 'better-sqlite3';
import { UNKNOWN_REPLIES_MAX, type UnknownReply, type UnknownReplyStore } from '../job/unknown-reply';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';
import { keptReason } from './reason';

interface UnknownReplyRow {
  readonly platform: string;
  readonly api: string;
  readonly code: string;
  readonly status: number;
  readonly vendor: string;
  readonly reason: string;
  readonly headers: string;
  readonly body: string;
  readonly times: number;
  readonly first_at_ms: number;
  readonly last_at_ms: number;
}

/** Null for every platform. */
interface PlatformRow {
  readonly platform: string | null;
}

/** The table offpeak_unknown_reply. */
export class SqliteUnknownReplies implements UnknownReplyStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #keep: Statement<[UnknownReplyRow]>;
  readonly #prune: Statement<[{ platform: string; rowsMax: number }]>;
  readonly #list: Statement<[PlatformRow], UnknownReplyRow>;
  readonly #delete: Statement<[PlatformRow]>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#keep = db.prepare(`
      INSERT INTO offpeak_unknown_reply (platform, api, code, status, vendor, reason, headers, body, times, first_at_ms,
        last_at_ms)
      VALUES (:platform, :api, :code, :status, :vendor, :reason, :headers, :body, :times, :first_at_ms, :last_at_ms)
      ON CONFLICT DO UPDATE SET
        times = times + excluded.times, last_at_ms = MAX(last_at_ms, excluded.last_at_ms)`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_unknown_reply WHERE rowid IN (
        SELECT rowid FROM offpeak_unknown_reply WHERE platform = :platform
        ORDER BY last_at_ms DESC, rowid DESC LIMIT -1 OFFSET :rowsMax)`);
    this.#list = db.prepare(`
      SELECT * FROM offpeak_unknown_reply WHERE :platform IS NULL OR platform = :platform
      ORDER BY platform, last_at_ms DESC, rowid DESC`);
    this.#delete = db.prepare('DELETE FROM offpeak_unknown_reply WHERE :platform IS NULL OR platform = :platform');
  }

  keep(replies: readonly UnknownReply[], fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      for (const reply of replies) this.#keep.run(toRow(reply));
      for (const platform of new Set(replies.map((reply) => reply.platform)))
        this.#prune.run({ platform, rowsMax: UNKNOWN_REPLIES_MAX });
    });
  }

  list(platform?: string): Promise<UnknownReply[]> {
    return this.#connection.read(() => this.#list.all({ platform: platform ?? null }).map(fromRow));
  }

  forget(platform?: string): Promise<number> {
    return this.#connection.write(() => this.#delete.run({ platform: platform ?? null }).changes);
  }
}

function toRow({ headers, reason, firstAtMs, lastAtMs, ...reply }: UnknownReply): UnknownReplyRow {
  return {
    ...reply,
    reason: keptReason(reason),
    headers: JSON.stringify(headers),
    first_at_ms: firstAtMs,
    last_at_ms: lastAtMs,
  };
}

function fromRow({ headers, first_at_ms, last_at_ms, ...row }: UnknownReplyRow): UnknownReply {
  return {
    ...row,
    headers: JSON.parse(headers) as Readonly<Record<string, string>>,
    firstAtMs: first_at_ms,
    lastAtMs: last_at_ms,
  };
}
