import type { Statement } from 'better-sqlite3';
import { OffpeakError } from '../errors';
import { LEASE_TTL_MS, type Lease, type LeaseHolder, type LeaseStore } from '../job/lease';
import type { Connection } from './connection';
import { isGone, type Machine } from './machine';

interface LeaseRow {
  readonly fence: number;
  readonly host: string;
  readonly boot_id: string;
  readonly pid: number;
  readonly process_start: string;
  readonly command: string;
  readonly heartbeat_at_ms: number;
  readonly expires_at_ms: number;
  readonly released: 0 | 1;
}

/** The table offpeak_lease: one row, whose fence grows with every holder. */
export class SqliteLease implements LeaseStore {
  readonly #connection: Connection;
  readonly #machine: Machine;
  readonly #read: Statement<[], LeaseRow>;
  readonly #readFence: Statement<[], Pick<LeaseRow, 'fence' | 'released'>>;
  readonly #take: Statement<[Omit<LeaseRow, 'released'>]>;
  readonly #renew: Statement<[{ fence: number; nowMs: number; expiresAtMs: number }]>;
  readonly #release: Statement<[{ fence: number; nowMs: number }]>;

  constructor(connection: Connection, machine: Machine) {
    this.#connection = connection;
    this.#machine = machine;
    const { db } = connection;
    this.#read = db.prepare("SELECT * FROM offpeak_lease WHERE name = 'scheduler'");
    this.#readFence = db.prepare("SELECT fence, released FROM offpeak_lease WHERE name = 'scheduler'");
    this.#take = db.prepare(`
      INSERT INTO offpeak_lease
        (name, fence, host, boot_id, pid, process_start, command, heartbeat_at_ms, expires_at_ms, released)
      VALUES ('scheduler', :fence, :host, :boot_id, :pid, :process_start, :command, :heartbeat_at_ms, :expires_at_ms, 0)
      ON CONFLICT (name) DO UPDATE SET
        fence = excluded.fence, host = excluded.host, boot_id = excluded.boot_id, pid = excluded.pid,
        process_start = excluded.process_start, command = excluded.command,
        heartbeat_at_ms = excluded.heartbeat_at_ms, expires_at_ms = excluded.expires_at_ms, released = 0`);
    this.#renew = db.prepare(`
      UPDATE offpeak_lease SET heartbeat_at_ms = :nowMs, expires_at_ms = :expiresAtMs
      WHERE fence = :fence AND released = 0`);
    this.#release = db.prepare(`
      UPDATE offpeak_lease SET heartbeat_at_ms = :nowMs, released = 1 WHERE fence = :fence AND released = 0`);
  }

  acquire(command: string, nowMs: number): Promise<Lease | LeaseHolder> {
    return this.#connection.write(() => {
      const row = this.#read.get();
      if (row && isLive(row, this.#machine, nowMs)) return fromRow(row);
      const fence = (row?.fence ?? 0) + 1;
      this.#take.run({
        fence,
        host: this.#machine.host,
        boot_id: this.#machine.bootId,
        pid: this.#machine.pid,
        process_start: this.#machine.processStart(this.#machine.pid) ?? '',
        command,
        heartbeat_at_ms: nowMs,
        expires_at_ms: nowMs + LEASE_TTL_MS,
      });
      return { fence, ...previousEnd(row) };
    });
  }

  renew(fence: number, nowMs: number): Promise<boolean> {
    const expiresAtMs = nowMs + LEASE_TTL_MS;
    return this.#connection.write(() => this.#renew.run({ fence, nowMs, expiresAtMs }).changes === 1);
  }

  release(fence: number, nowMs: number): Promise<void> {
    return this.#connection.write(() => {
      this.#release.run({ fence, nowMs });
    });
  }

  holder(nowMs: number): Promise<LeaseHolder | null> {
    return this.#connection.read(() => this.liveHolder(nowMs));
  }

  /** Within a transaction: who holds the lease now. */
  liveHolder(nowMs: number): LeaseHolder | null {
    const row = this.#read.get();
    return row && isLive(row, this.#machine, nowMs) ? fromRow(row) : null;
  }

  /**
   * Within a transaction, before every write: throws FENCED unless the lease is still the one of this fence. An expired
   * lease that nobody took stays good: its holder is still the only writer.
   */
  assertHeld(fence: number): void {
    const row = this.#readFence.get();
    if (row?.fence === fence && row.released === 0) return;
    const found = row ? `${row.released ? 'released' : 'held'} with fence ${row.fence}` : 'held by nobody';
    throw new OffpeakError('FENCED', `this process writes with fence ${fence}, but the lease is ${found}`, {
      hint: 'Another process took the store over while this one stood still; this one must end.',
    });
  }
}

function isLive(row: LeaseRow, machine: Machine, nowMs: number): boolean {
  return (
    row.released === 0 &&
    nowMs < row.expires_at_ms &&
    !isGone({ host: row.host, bootId: row.boot_id, pid: row.pid, processStart: row.process_start }, machine)
  );
}

function previousEnd(row: LeaseRow | undefined): Pick<Lease, 'previous' | 'previousEndedAtMs'> {
  if (!row) return { previous: 'none', previousEndedAtMs: null };
  // A release is the last heartbeat.
  if (row.released === 1) return { previous: 'clean', previousEndedAtMs: row.heartbeat_at_ms };
  return { previous: 'unclean', previousEndedAtMs: null };
}

function fromRow(row: LeaseRow): LeaseHolder {
  return {
    host: row.host,
    pid: row.pid,
    command: row.command,
    heartbeatAtMs: row.heartbeat_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
