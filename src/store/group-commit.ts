import type { Database, Transaction } from 'better-sqlite3';
import { explaining } from './failure';

/** Calls back after all that the event loop has at hand now. */
export type NextTurn = (next: () => void) => void;

/** Writes that share a transaction at most: what waits for it, and the write lock, stay short. */
export const GROUP_WRITES_MAX = 256;

interface Write {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

type Result =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly thrown: unknown };

/**
 * Writes that are asked for in one turn of the event loop share one transaction, and so one sync of the disk, which costs
 * more than all else that a page costs. While a sync lasts, further replies arrive: the busier, the larger the next group,
 * and a write that is alone never waits for others.
 *
 * Nobody is told before the COMMIT: a write resolves once it is durable. Each has a savepoint of its own, so that one that
 * fails (a conflict, a lost fence) leaves nothing and takes no other with it; a COMMIT that fails fails them all. They are
 * carried out in the order in which they were asked for.
 */
export class GroupCommit {
  readonly #db: Database;
  readonly #path: string;
  readonly #nextTurn: NextTurn;
  /** The transaction at first, a savepoint within it. */
  readonly #transact: Transaction<(work: () => unknown) => unknown>;
  #waiting: Write[] = [];

  constructor(db: Database, { path, nextTurn }: { path: string; nextTurn: NextTurn }) {
    this.#db = db;
    this.#path = path;
    this.#nextTurn = nextTurn;
    this.#transact = db.transaction((work) => work());
  }

  add(work: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#waiting.length >= GROUP_WRITES_MAX) this.flush();
      else if (this.#waiting.length === 1) this.#nextTurn(() => this.flush());
    });
  }

  /** Commits what waits, at once. */
  flush(): void {
    const writes = this.#waiting;
    if (writes.length === 0) return;
    this.#waiting = [];
    try {
      const results = explaining(this.#path, () => this.#commit(writes));
      writes.forEach((write, at) => settle(write, results[at]));
    } catch (thrown) {
      for (const { reject } of writes) reject(thrown);
    }
  }

  /** IMMEDIATE, as every write: see Connection. */
  #commit(writes: readonly Write[]): readonly Result[] {
    const [only] = writes;
    if (only && writes.length === 1) return [{ kind: 'done', value: this.#transact.immediate(only.work) }];
    return this.#transact.immediate(() => writes.map(({ work }) => this.#carryOut(work))) as Result[];
  }

  #carryOut(work: () => unknown): Result {
    try {
      return { kind: 'done', value: explaining(this.#path, () => this.#transact(work)) };
    } catch (thrown) {
      // A full disk may have made SQLite roll back all of it: then nothing of the group was kept, nor may be from here on.
      if (!this.#db.inTransaction) throw thrown;
      return { kind: 'failed', thrown };
    }
  }
}

function settle(write: Write, result: Result | undefined): void {
  if (result?.kind === 'done') write.resolve(result.value);
  else write.reject(result?.thrown);
}
