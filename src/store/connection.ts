import { statSync } from 'node:fs';
import type { Database, Transaction } from 'better-sqlite3';
import { codeOf, OffpeakError } from '../errors';
import { Ballast } from './ballast';
import { explaining } from './failure';
import { GroupCommit, type NextTurn } from './group-commit';

/** An open database file. Its transactions are synchronous inside; callers see promises only. */
export class Connection {
  readonly db: Database;
  readonly path: string;
  readonly #transact: Transaction<(work: () => unknown) => unknown>;
  readonly #ballast: Ballast;
  /** Null for one that is only read, or in memory. */
  readonly #place: string | null;
  readonly #group: GroupCommit | null;

  /** @param nextTurn when writes of one turn are committed together; without it each is committed at once. */
  constructor(db: Database, path: string, nextTurn?: NextTurn) {
    this.db = db;
    this.path = path;
    this.#ballast = new Ballast(path);
    this.#place = db.readonly || db.memory ? null : placeOf(path);
    // Made once: to wrap each piece of work anew would cost a tenth of a short transaction.
    this.#transact = db.transaction((work) => work());
    this.#group = nextTurn ? new GroupCommit({ db, path, nextTurn, commit: (work) => this.#commit(work) }) : null;
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
    return this.read(() => this.#commit(work));
  }

  #commit<T>(work: () => T): T {
    this.#assertInPlace();
    try {
      return this.#transact.immediate(work) as T;
    } catch (thrown) {
      // Rolled back whole: with the room that the ballast gives up it is made once more.
      if (codeOf(thrown) !== 'SQLITE_FULL' || !this.#ballast.drop()) throw thrown;
      return this.#transact.immediate(work) as T;
    }
  }

  /** SQLite would go on to write to a file that has no name any more, while another process makes a new one. */
  #assertInPlace(): void {
    if (this.#place === null || this.#place === placeOf(this.path)) return;
    throw new OffpeakError('STORE_MOVED', `${this.path} was deleted or replaced while it was open`, {
      hint: 'Stop Offpeak before you move, restore or delete the store. What was committed before is in the old file.',
    });
  }

  close(): Promise<void> {
    return this.read(() => {
      try {
        if (this.db.open && !this.db.readonly && !this.db.memory) this.db.pragma('wal_checkpoint(TRUNCATE)');
      } catch (thrown) {
        if (codeOf(thrown) !== 'SQLITE_FULL') throw thrown; // what could not be moved stays in the log
      } finally {
        this.db.close();
      }
    });
  }
}

/** What the name leads to now; null for nothing. */
function placeOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : null;
}
