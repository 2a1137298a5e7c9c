import type { Job } from '../../../src/job/parse';
import type { PageCommit, TurnEnd } from '../../../src/job/run';
import type { Journal } from '../journal';
import type { ServedPage, Sources } from '../server';
import type { SourceRecord } from '../source';

/** What a store holds of a record, byte by byte; null where it holds nothing. */
export type Kept = (table: string, key: string) => string | null;

interface Walk {
  /** The page that a process got and has not committed. */
  pending: { readonly page: ServedPage; readonly pid: number } | null;
  /** Pages of the present list that are committed, by what was asked. */
  readonly committed: Set<string>;
  /** When the server answered the first page of the present list; null when an edit led into the middle of one. */
  beganAtMs: number | null;
  /** So many records of the source were found in the store. */
  found: number;
}

interface CursorAt {
  readonly sinceMs: number;
  readonly page: string;
}

/** I1, I2, I6, I7: no page is missing when the bookmark passes it, none is asked for again, and the store has what was served. */
export class PagesOracle {
  readonly #journal: Journal;
  readonly #sources: Sources;
  readonly #kept: Kept;
  readonly #walks = new Map<string, Walk>();

  constructor(journal: Journal, sources: Sources, kept: Kept) {
    this.#journal = journal;
    this.#sources = sources;
    this.#kept = kept;
  }

  received(pid: number, page: ServedPage): void {
    const name = `${page.job}/${page.partition}`;
    const walk = this.#walkOf(name);
    const { pending } = walk;
    this.#journal.tell('received', `${name} ${page.asked} by ${pid}`);
    if (walk.committed.has(page.asked)) this.#journal.violated('I2', `${name}: ${page.asked} again, though committed`);
    if (pending && pending.pid === pid && pending.page.asked === page.asked)
      this.#journal.violated('I2', `${name}: ${page.asked} again, without a crash`);
    if (pending && pending.page.asked !== page.asked && !page.isFirst)
      this.#journal.violated('I1', `${name}: ${pending.page.asked} was passed over`);
    if (page.isFirst) walk.beganAtMs = page.atMs;
    walk.pending = { page, pid };
  }

  committed(pid: number, job: Job, { claim, cursor }: PageCommit): void {
    const name = `${claim.job}/${claim.partition}`;
    const walk = this.#walkOf(name);
    const decoded = job.cursor.safeParse(JSON.parse(cursor));
    if (!decoded.success) return this.#journal.violated('I7', `${name}: the cursor ${cursor} does not fit its schema`);
    const at = decoded.data as CursorAt;
    this.#journal.tell('committed', `${name} ${cursor}`);
    if (at.page === '') return this.#endWalk(claim, at);
    const { pending } = walk;
    if (pending?.pid !== pid) return this.#journal.violated('I1', `${name}: ${cursor} without its page`);
    this.#mustHold(claim, pending.page.records);
    walk.committed.add(pending.page.asked);
    walk.pending = null;
  }

  ended(of: { readonly job: string; readonly partition: string }, end: TurnEnd): void {
    if (end.kind === 'rewind') this.#begin(this.#walkOf(`${of.job}/${of.partition}`));
  }

  /** An operator has moved the cursor: pages may come again. */
  edited(name: string): void {
    const walk = this.#walkOf(name);
    this.#begin(walk);
    walk.beganAtMs = null;
  }

  /** Every record of before an instant, at the end. */
  checkAll(beforeMs: number): void {
    for (const [name, source] of this.#sources) {
      const [job = '', partition = ''] = name.split('/');
      this.#mustHold({ job, partition }, source.records.slice(0, source.countBefore(beforeMs)), 'I6');
    }
  }

  #endWalk(of: { readonly job: string; readonly partition: string }, { sinceMs }: CursorAt): void {
    const name = `${of.job}/${of.partition}`;
    const walk = this.#walkOf(name);
    if (walk.pending) this.#journal.violated('I1', `${name}: ${walk.pending.page.asked} was never committed`);
    const { beganAtMs } = walk;
    this.#begin(walk);
    if (beganAtMs === null) return;
    const source = this.#sources.get(name)!;
    const count = source.countBefore(Math.min(sinceMs, beganAtMs));
    this.#mustHold(of, source.records.slice(walk.found, count));
    walk.found = Math.max(walk.found, count);
  }

  #mustHold(
    { job, partition }: { readonly job: string; readonly partition: string },
    records: readonly SourceRecord[],
    invariant = 'I1',
  ): void {
    for (const record of records) {
      const kept = this.#kept(job, record.oid);
      if (kept === JSON.stringify(record)) continue;
      const got = kept === null ? 'nothing' : kept;
      return this.#journal.violated(invariant, `${job}/${partition}: the store has ${got} of ${record.oid}`);
    }
  }

  #begin(walk: Walk): void {
    walk.pending = null;
    walk.committed.clear();
  }

  #walkOf(name: string): Walk {
    let walk = this.#walks.get(name);
    if (!walk) {
      walk = { pending: null, committed: new Set(), beganAtMs: null, found: 0 };
      this.#walks.set(name, walk);
    }
    return walk;
  }
}
