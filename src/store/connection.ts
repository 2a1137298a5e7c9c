import type { Database, Transaction } from 'better-sqlite3';
import { explaining } from './failure';
import { GroupCommit, type NextTurn } from './group-commit';

/** An open database file. Its transactions are synchronous inside; callers see promises only. */
export class Connection {
  readonly db: Database;
  readonly path: string;
  readonly #transact: Transaction<(work: () => unknown) => unknown>;
  readonly #group: GroupCommit | null;

  /** @param nextTurn when writes of one turn are committed together; without it each is committed at once. */
  constructor(db: Database, path: string, nextTurn?: NextTurn) {
    this.db = db;
    this.path = path;
    // Made once: to wrap each piece of work anew would cost a tenth of a short transaction.
    this.#transact = db.transaction((work) => work());
    this.#group = nextTurn ? new GroupCommit(db, { path, nextTurn }) : null;
  }

  /** Sees all that was written before, also what waits to be committed. */
  read<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#group?.flush();
      resolve(explaining(this.path, work));
    });
  }

  /**
   * One transaction: all of `work` or nothing of it. IMMEDIATE takes the write lock at the start: a transaction that
   * reads first and writes later would fail at once, whatever the timeout, when another process wrote in between.
   */
  write<T>(work: () => T): Promise<T> {
    if (this.#group) return this.#group.add(work) as Promise<T>;
    return this.read(() => this.#transact.immediate(work) as T);
  }

  close(): Promise<void> {
    return this.read(() => {
      try {
        if (this.db.open && !this.db.readonly && !this.db.memory) this.db.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        this.db.close();
      }
    });
  }
}
