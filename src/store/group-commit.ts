import type { Database, Transaction } from 'better-sqlite3';
import { codeOf } from '../errors';
import { explained, explaining } from './failure';

/** Calls back after all that the event loop has at hand now. */
export type NextTurn = (next: () => void) => void;

/** Writes that share a transaction at most: what waits for it, and the write lock, stay short. */
export const GROUP_WRITES_MAX = 256;

interface Write {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

export interface GroupCommitParts {
  readonly db: Database;
  readonly path: string;
  readonly nextTurn: NextTurn;
  /** One transaction: all of the work or nothing of it. It may be carried out more than once. */
  readonly commit: (work: () => unknown) => unknown;
}

type Result =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly thrown: unknown };

/**
 * Writes that are asked for in one turn of the event loop share one transaction, and so one sync of the disk, which costs
 * more than all else that a page costs. While a sync lasts, further replies arrive: the busier, the larger the next group,
 * and a write that is alone never waits for others.
 *
 * Nobody is told before the COMMIT: a write resolves once it is durable. One that fails (a conflict, a lost fence) leaves
 * nothing and takes no other with it: hardly any does, so only then is the whole group carried out once more, each write in a
 * savepoint of its own. A COMMIT that fails fails them all. They are carried out in the order in which they were asked for.
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  readonly #savepoint: Transaction<(work: () => unknown) => unknown>;
  #waiting: Write[] = [];

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
    this.#savepoint = parts.db.transaction((work) => work()); // within a transaction it is one
  }

  add(work: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length >= GROUP_WRITES_MAX) this.flush();
      else if (this.#waiting.length === 1) this.#parts.nextTurn(() => this.flush());
    });
  }

  /** Commits what waits, at once. */
  flush(): void {
    const writes = this.#waiting;
    if (writes.length === 0) return;
    this.#waiting = [];
    try {
      const results = explaining(this.#parts.path, () => this.#commit(writes));
      writes.forEach((write, at) => settle(write, results[at]));
    } catch (thrown) {
      for (const { reject } of writes) reject(thrown);
    }
  }

  #commit(writes: readonly Write[]): readonly Result[] {
    const { commit } = this.#parts;
    const stage = { isWriting: false };
    try {
      return commit(() => {
        stage.isWriting = true;
        const results = writes.map(({ work }): Result => ({ kind: 'done', value: work() }));
        stage.isWriting = false;
        return results;
      }) as Result[];
    } catch (thrown) {
      if (!stage.isWriting || writes.length === 1 || codeOf(thrown) === 'SQLITE_FULL') throw thrown;
      return commit(() => writes.map(({ work }) => this.#carryOut(work))) as Result[];
    }
  }

  #carryOut(work: () => unknown): Result {
    const { db, path } = this.#parts;
    try {
      return { kind: 'done', value: this.#savepoint(work) };
    } catch (thrown) {
      // A full disk is no fault of one write, and it may have made SQLite roll back all of them.
      if (codeOf(thrown) === 'SQLITE_FULL' || !db.inTransaction) throw thrown;
      return { kind: 'failed', thrown: explained(thrown, path) };
    }
  }
}

function settle(write: Write, result: Result | undefined): void {
  if (result?.kind === 'done') write.resolve(result.value);
  else write.reject(result?.thrown);
}
