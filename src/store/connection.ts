import type { Database, Transaction } from 'better-sqlite3';
import { explaining } from './failure';

/** An open database file. Its transactions are synchronous inside; callers see promises only. */
export class Connection {
  readonly db: Database;
  readonly path: string;
  readonly #transact: Transaction<(work: () => unknown) => unknown>;

  constructor(db: Database, path: string) {
    this.db = db;
    this.path = path;
    // Made once: to wrap each piece of work anew would cost a tenth of a short transaction.
    this.#transact = db.transaction((work) => work());
  }

  read<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      resolve(explaining(this.path, work));
    });
  }

  /**
   * One transaction: all of `work` or nothing of it. IMMEDIATE takes the write lock at the start: a transaction that
   * reads first and writes later would fail at once, whatever the timeout, when another process wrote in between.
   */
  write<T>(work: () => T): Promise<T> {
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
