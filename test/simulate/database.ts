import { join } from 'node:path';
import type { Connection } from '../../src/store/connection';
import { openForReading, openInMemory } from '../../src/store/database';
import type { Machine } from '../../src/store/machine';
import { loadMigrations } from '../../src/store/migrate';
import { openStore, type Store, storeOn } from '../../src/store/open';
import type { Kept } from './oracle/pages';

/** Whoever opens the store: what its lease says of it. */
export interface Opener {
  readonly pid: number;
  readonly place: string;
  readonly isAlive: boolean;
}

/** The one database of a simulated life, opened once for each process: in memory, or on a file. */
export interface Database {
  openFor(pid: number, place: string): Promise<Store>;
  /** For who looks on, and for operators. */
  readonly outside: Store;
  readonly kept: Kept;
  close(): Promise<void>;
}

const OUTSIDE = { pid: 0, place: 'outside' };

/** @param findOpener by pid: whether a holder of the lease still lives. */
export function openInMemoryDatabase(nowMs: number, findOpener: FindOpener): Database {
  const connection = openInMemory('memory', { migrations: loadMigrations(), busyTimeoutMs: 0, nowMs });
  const seats: { machine: MovingMachine; store: Store }[] = [];
  const outside = storeOn(connection, { machine: new MovingMachine(OUTSIDE, findOpener) });
  return {
    outside,
    kept: keptIn(connection),
    close: () => connection.close(),
    openFor(pid, place) {
      // To prepare every statement anew takes longer than a simulated hour: a seat that is free is taken again.
      const free = seats.find(({ machine }) => findOpener(machine.pid)?.isAlive !== true);
      if (free) {
        free.machine.of = { pid, place };
        return Promise.resolve(free.store);
      }
      const machine = new MovingMachine({ pid, place }, findOpener);
      const store = storeOn(connection, { machine });
      seats.push({ machine, store });
      return Promise.resolve(store);
    },
  };
}

export async function openFileDatabase(directory: string, findOpener: FindOpener): Promise<Database> {
  const path = join(directory, 'offpeak.db'); // openStore makes the directory
  const opened: Store[] = [];
  const openFor: Database['openFor'] = async (pid, place) => {
    const store = await openStore(path, { machine: new MovingMachine({ pid, place }, findOpener) });
    opened.push(store);
    return store;
  };
  const outside = await openFor(OUTSIDE.pid, OUTSIDE.place);
  const looking = openForReading(path, { migrations: loadMigrations(), busyTimeoutMs: 0, nowMs: 0 });
  return {
    outside,
    kept: keptIn(looking),
    openFor,
    async close() {
      await looking.close();
      for (const store of opened) await store.close();
    },
  };
}

export type FindOpener = (pid: number) => Opener | undefined;

/** A process as the operating system shows it to others in its place. */
class MovingMachine implements Machine {
  readonly bootId = 'boot';
  readonly #findOpener: FindOpener;
  of: { readonly pid: number; readonly place: string };

  constructor(of: { readonly pid: number; readonly place: string }, findOpener: FindOpener) {
    this.of = of;
    this.#findOpener = findOpener;
  }

  get pid(): number {
    return this.of.pid;
  }

  get host(): string {
    return this.of.place;
  }

  processStart(pid: number): string | null {
    if (pid === this.of.pid) return `started ${pid}`;
    return this.#findOpener(pid)?.isAlive ? `started ${pid}` : null;
  }
}

function keptIn({ db }: Connection): Kept {
  const reads = new Map<string, ReturnType<typeof prepare>>();
  const prepare = (table: string) => db.prepare<[string], string>(`SELECT data FROM "${table}" WHERE key = ?`).pluck();
  return (table, key) => {
    let read = reads.get(table);
    if (!read) {
      const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table);
      if (isThere === undefined) return null;
      read = prepare(table);
      reads.set(table, read);
    }
    return read.get(key) ?? null;
  };
}
