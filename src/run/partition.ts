import { messageOf, OffpeakError } from '../errors';
import { firstCursorOf } from '../job/backfill-job';
import type { Checkpoint } from '../job/checkpoint';
import { decodeCursor, encodeCursor } from '../job/cursor';
import type { Page } from '../job/definition';
import type { Job } from '../job/parse';
import type { Claim, Run, RunPartition, RunStore, TurnEnd } from '../job/run';
import type { SinkPage, WriteSink } from '../job/sink';
import { AWAKE } from '../time/clock';
import { INTERRUPTED } from './call-end';
import { type CallsParts, TurnCalls } from './calls';
import { isLost } from './lost';
import { CUT, untilCut } from './stop';

/** How long a generator that is thrown away may take to clean up. */
const CLEAN_UP_MS_MAX = 1_000;

/** Pages in a row with one and the same cursor before the job counts as stuck: without a record, and with records. */
const EMPTY_PAGES_MAX = 100;
const SAME_CURSOR_PAGES_MAX = 500;

export interface TurnParts extends CallsParts {
  readonly runs: RunStore;
  readonly writeSink: WriteSink;
  readonly fence: number;
}

export interface TurnOf {
  readonly job: Job;
  readonly run: Pick<Run, 'kind' | 'past'>;
  readonly share: RunPartition;
  /** When the run first started: what the job sees as now. */
  readonly runStartedAtMs: number;
  /** How often this partition may still go back to its bookmark in this run. */
  readonly rewindsLeft: number;
}

export interface TurnResult {
  readonly end: TurnEnd;
  /** Pages that the partition has committed in this run, earlier turns included. */
  readonly pages: number;
}

/** One turn of a partition: from its checkpoint on, page by page, until it is complete or something ends it. */
export class PartitionTurn {
  readonly #parts: TurnParts;
  readonly #of: TurnOf;
  readonly #claim: Claim;
  readonly #calls: TurnCalls;
  #version = 0;
  #sinkState: string | null = null;
  #page: number;
  #emptyPages = 0;
  #sameCursorPages = 0;
  #lastCursor: string | null = null;

  constructor(parts: TurnParts, of: TurnOf) {
    const { partition, checkpoint, runId, pages } = of.share;
    this.#parts = parts;
    this.#of = of;
    const own = of.run.kind === 'backfill' ? { checkpoint } : {};
    this.#claim = { runId, job: of.job.name, partition: partition.key, fence: parts.fence, ...own };
    this.#page = pages;
    this.#calls = new TurnCalls(parts, { ...of, partition });
  }

  /** Never throws for what the job, the platform or the sink did: that is how the turn ended. */
  async run(): Promise<TurnResult> {
    const { runs, clock } = this.#parts;
    const end = this.#bounded(await this.#untilEnd());
    const settlement = this.#calls.tally.take();
    await runs.endTurn({ claim: this.#claim, end, settlement, nowMs: clock.nowMs() });
    this.#announce(end);
    return { end, pages: this.#page };
  }

  /** A platform that rejects the bookmark too would send the partition round in circles. */
  #bounded(end: TurnEnd): TurnEnd {
    if (end.kind !== 'rewind' || this.#of.rewindsLeft > 0) return end;
    return { kind: 'fail', reason: `the bookmark was rejected as well: ${end.reason}` };
  }

  async #untilEnd(): Promise<TurnEnd> {
    const { runs, clock, onEvent } = this.#parts;
    try {
      const checkpoint = await runs.claim(this.#claim, clock.nowMs());
      if (this.#of.share.state === 'parked') onEvent({ kind: 'resumed', ...this.#names() });
      return await this.#pages(checkpoint).catch((thrown: unknown) => this.#ended(thrown));
    } finally {
      await this.#calls.end();
    }
  }

  async #pages(checkpoint: Checkpoint): Promise<TurnEnd> {
    this.#version = checkpoint.version;
    this.#sinkState = checkpoint.sinkState;
    const { job, share, run, runStartedAtMs } = this.#of;
    const { partition } = share;
    const stored = checkpoint.cursor ?? encodeCursor(job.cursor, this.#firstCursor(), this.#names());
    const cursor = decodeCursor(job.cursor, stored, this.#names());
    const generator = job.pages({ cursor, partition, call: this.#calls.call, nowMs: run.past?.toMs ?? runStartedAtMs });
    try {
      for (;;) {
        const end = this.#calls.interruption ?? (await this.#nextPage(generator));
        if (end) return end;
      }
    } finally {
      await this.#dispose(generator);
    }
  }

  #firstCursor(): unknown {
    const { job, run, share, runStartedAtMs } = this.#of;
    const { partition } = share;
    return run.past
      ? firstCursorOf(job, { ...run.past, partition })
      : job.initial({ nowMs: runStartedAtMs, partition });
  }

  /** Fetches a page and commits it; null when the generator has more. */
  async #nextPage(generator: AsyncGenerator<Page<unknown>, void, void>): Promise<TurnEnd | null> {
    const next = await untilCut(generator.next(), this.#calls.overdue);
    // A job that caught the interruption and went on has built its page on a call that never was.
    const refusal = this.#calls.refusal;
    if (refusal) return refusal;
    if (next === CUT) return INTERRUPTED;
    if (next.done) return { kind: 'complete' };
    const committed = await this.#commit(next.value);
    return committed === CUT ? INTERRUPTED : null;
  }

  /** One page: first the sink's own part, then records, cursor, counters and settlement together. */
  async #commit(page: Page<unknown>): Promise<typeof CUT | 'committed'> {
    const { runs, clock, onEvent, stop } = this.#parts;
    const { tally } = this.#calls;
    const { job } = this.#of;
    this.#checkPage(page);
    const cursor = encodeCursor(job.cursor, page.cursor, this.#names());
    this.#assertNoSecret(cursor);
    this.#watchForStall(cursor, page.records.length);
    const write = await untilCut(this.#parts.writeSink(job.sink, this.#delivered(page)), stop.deadline);
    if (write === CUT) return CUT;
    const settlement = tally.take();
    try {
      this.#version = await runs.commitPage({
        claim: this.#claim,
        version: this.#version,
        cursor,
        recordCount: page.records.length,
        write,
        settlement,
        nowMs: clock.nowMs(),
      });
    } catch (thrown) {
      tally.restore(settlement);
      throw thrown;
    }
    this.#sinkState = write.state;
    this.#page += 1;
    this.#calls.startPage();
    const { job: name, partition } = this.#claim;
    onEvent({ kind: 'page', job: name, partition, records: page.records.length });
    return 'committed';
  }

  /** Job files are often plain JavaScript: what they yield is whatever it is. */
  #checkPage(page: unknown): asserts page is Page<unknown> {
    const records: unknown = typeof page === 'object' && page !== null && 'records' in page ? page.records : undefined;
    if (Array.isArray(records)) return;
    throw new OffpeakError('RUN_FAILED', `${this.#where()}: expected yield { records: [...], cursor }, got no records`);
  }

  /** A cursor is kept, shown and exported as it is. */
  #assertNoSecret(cursor: string): void {
    if (!this.#parts.gateway.hasSecret(cursor)) return;
    throw new OffpeakError('CURSOR_INVALID', `${this.#where()}: expected a cursor without secrets, got one in it`, {
      hint: 'Keep the page or the instant. Of a next link keep its page token, and let the platform add the credentials.',
    });
  }

  #watchForStall(cursor: string, recordCount: number): void {
    const isSame = cursor === this.#lastCursor;
    this.#lastCursor = cursor;
    this.#sameCursorPages = isSame ? this.#sameCursorPages + 1 : 0;
    this.#emptyPages = isSame && recordCount === 0 ? this.#emptyPages + 1 : 0;
    const isStuck = this.#emptyPages >= EMPTY_PAGES_MAX || this.#sameCursorPages >= SAME_CURSOR_PAGES_MAX;
    if (!isStuck) return;
    const got =
      this.#emptyPages >= EMPTY_PAGES_MAX
        ? `${EMPTY_PAGES_MAX} pages in a row brought no record and the same cursor`
        : `${SAME_CURSOR_PAGES_MAX} pages in a row brought the same cursor`;
    throw new OffpeakError('RUN_FAILED', got, { hint: 'pages() must end, or move the cursor.' });
  }

  /** What a throw means for the turn. A lost lease or store is no outcome: it ends the process. */
  #ended(thrown: unknown): TurnEnd {
    if (isLost(thrown)) throw thrown;
    return this.#calls.refusal ?? { kind: 'fail', reason: this.#parts.gateway.words(messageOf(thrown)) };
  }

  /** Lets the generator clean up, but does not wait for one that hangs in an await of its own. */
  async #dispose(generator: AsyncGenerator): Promise<void> {
    const cleanedUp = generator.return(undefined).catch(() => undefined);
    const enough = new AbortController();
    await Promise.race([cleanedUp, this.#parts.clock.sleep(CLEAN_UP_MS_MAX, enough.signal)]);
    enough.abort(AWAKE);
  }

  #announce(end: TurnEnd): void {
    const { onEvent } = this.#parts;
    const names = this.#names();
    switch (end.kind) {
      case 'complete':
        return onEvent({ kind: 'completed', ...names });
      case 'park':
        return onEvent({ kind: 'parked', ...names, untilMs: end.untilMs, reason: end.reason });
      case 'fail':
        return onEvent({ kind: 'failed', ...names, reason: end.reason });
      case 'interrupt':
        return onEvent({ kind: 'interrupted', ...names });
      case 'rewind':
        return onEvent({ kind: 'rewound', ...names, reason: end.reason });
    }
  }

  #names(): { job: string; partition: string } {
    return { job: this.#claim.job, partition: this.#claim.partition };
  }

  #where(): string {
    return `${this.#claim.job}/${this.#claim.partition}`;
  }

  #delivered({ records }: Page<unknown>): SinkPage {
    const { job, partition, runId, checkpoint } = this.#claim;
    const idempotencyKey = `${job}/${partition}/${runId}/${this.#page + 1}`;
    const page = { job, partition, idempotencyKey, records, state: this.#sinkState };
    return checkpoint === undefined ? page : { ...page, checkpoint };
  }
}
