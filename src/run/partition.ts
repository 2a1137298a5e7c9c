import { setMaxListeners } from 'node:events';
import type { z } from 'zod';
import { codeOf, messageOf, OffpeakError } from '../errors';
import type { Checkpoint } from '../job/checkpoint';
import { decodeCursor, encodeCursor } from '../job/cursor';
import type { Call, CallParams, Page } from '../job/definition';
import type { Job } from '../job/parse';
import type { Claim, RunPartition, RunStore, TurnEnd } from '../job/run';
import type { WriteSink } from '../job/sink';
import type { Clock } from '../time/clock';
import type { OnRunEvent } from './event';
import type { CallEnd, Gateway } from './gateway';
import type { Stop } from './stop';
import { Tally } from './tally';

/** How long a generator that is thrown away may take to clean up. */
const CLEAN_UP_MS_MAX = 1_000;

/** Pages in a row that bring neither a record nor a new cursor before the job counts as stuck. */
const STALLED_PAGES_MAX = 100;

export interface TurnParts {
  readonly runs: RunStore;
  readonly writeSink: WriteSink;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly calls: CallAllowance;
  readonly onEvent: OnRunEvent;
  readonly fence: number;
}

/** How many calls this process may still make; null when there is no such limit. */
export interface CallAllowance {
  left: number | null;
}

export interface TurnOf {
  readonly job: Job;
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
  readonly #tally = new Tally();
  readonly #underWay = new Set<Promise<unknown>>();
  /** Aborts with the process's stop, or as soon as anything interrupts this turn: its other calls must not be sent. */
  readonly #ending = new AbortController();
  #interruption: TurnEnd | null = null;
  #version = 0;
  #sinkState: string | null = null;
  #page: number;
  #stalledPages = 0;
  #lastCursor: string | null = null;

  constructor(parts: TurnParts, of: TurnOf) {
    this.#parts = parts;
    this.#of = of;
    this.#claim = { runId: of.share.runId, job: of.job.name, partition: of.share.partition.key, fence: parts.fence };
    this.#page = of.share.pages;
    setMaxListeners(0, this.#ending.signal); // each waiting call listens: a page may make many side by side
  }

  /** Never throws for what the job, the platform or the sink did: that is how the turn ended. */
  async run(): Promise<TurnResult> {
    const { runs, clock, onEvent } = this.#parts;
    const checkpoint = await runs.claim(this.#claim, clock.nowMs());
    if (this.#of.share.state === 'parked') onEvent({ kind: 'resumed', ...this.#names() });
    const end = this.#bounded(await this.#untilEnd(checkpoint));
    const settlement = this.#tally.take();
    await runs.endTurn({ claim: this.#claim, end, settlement, nowMs: clock.nowMs() });
    this.#announce(end);
    return { end, pages: this.#page };
  }

  /** A platform that rejects the bookmark too would send the partition round in circles. */
  #bounded(end: TurnEnd): TurnEnd {
    if (end.kind !== 'rewind' || this.#of.rewindsLeft > 0) return end;
    return { kind: 'fail', reason: `the bookmark was rejected as well: ${end.reason}` };
  }

  async #untilEnd(checkpoint: Checkpoint): Promise<TurnEnd> {
    const { stopping } = this.#parts.stop;
    const onStop = (): void => this.#ending.abort();
    stopping.addEventListener('abort', onStop, { once: true });
    if (stopping.aborted) onStop();
    try {
      return await this.#pages(checkpoint).catch((thrown: unknown) => this.#ended(thrown));
    } finally {
      onStop();
      stopping.removeEventListener('abort', onStop);
      await Promise.allSettled(this.#underWay); // their draws belong to this turn
    }
  }

  async #pages(checkpoint: Checkpoint): Promise<TurnEnd> {
    this.#version = checkpoint.version;
    this.#sinkState = checkpoint.sinkState;
    const { job, share, runStartedAtMs } = this.#of;
    const { partition } = share;
    const stored =
      checkpoint.cursor ?? encodeCursor(job.cursor, job.initial({ nowMs: runStartedAtMs, partition }), this.#names());
    const cursor = decodeCursor(job.cursor, stored, this.#names());
    const generator = job.pages({ cursor, partition, call: this.#call, nowMs: runStartedAtMs });
    try {
      for (;;) {
        if (this.#ending.signal.aborted) return INTERRUPTED;
        const next = await generator.next();
        // A job that caught the interruption and went on has built its page on a call that never was.
        if (this.#interruption) return this.#interruption;
        if (next.done) return { kind: 'complete' };
        await this.#commit(next.value);
      }
    } finally {
      await this.#dispose(generator);
    }
  }

  /** One page: first the sink's own part, then records, cursor, counters and settlement together. */
  async #commit(page: Page<unknown>): Promise<void> {
    const { runs, writeSink, clock, onEvent } = this.#parts;
    const { job } = this.#of;
    const cursor = encodeCursor(job.cursor, page.cursor, this.#names());
    this.#watchForStall(cursor, page.records.length);
    const write = await writeSink(job.sink, { ...this.#delivered(), records: page.records, state: this.#sinkState });
    const settlement = this.#tally.take();
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
      this.#tally.restore(settlement);
      throw thrown;
    }
    this.#sinkState = write.state;
    this.#page += 1;
    onEvent({ kind: 'page', ...this.#names(), records: page.records.length });
  }

  #watchForStall(cursor: string, recordCount: number): void {
    this.#stalledPages = recordCount === 0 && cursor === this.#lastCursor ? this.#stalledPages + 1 : 0;
    this.#lastCursor = cursor;
    if (this.#stalledPages < STALLED_PAGES_MAX) return;
    throw new OffpeakError('RUN_FAILED', `${STALLED_PAGES_MAX} pages in a row brought no record and the same cursor`, {
      hint: 'pages() must end, or move the cursor.',
    });
  }

  readonly #call = (async (api: string, params: CallParams = {}, options?: { reply: z.ZodType }): Promise<unknown> => {
    const making = this.#make(api, params);
    this.#underWay.add(making);
    const end = await making.finally(() => this.#underWay.delete(making));
    if (end.kind === 'ok') return options ? this.#fit(options.reply, end.body, api) : end.body;
    this.#interruption ??= turnEndOf(end);
    this.#ending.abort();
    throw new TurnInterrupted(this.#interruption);
  }) as Call;

  async #make(api: string, params: CallParams): Promise<CallEnd> {
    const { gateway, stop, calls, onEvent } = this.#parts;
    if (this.#ending.signal.aborted) return { kind: 'stop' };
    if (calls.left !== null) {
      if (calls.left <= 0) return { kind: 'stop' };
      calls.left -= 1;
    }
    return gateway.call({
      call: { api, params, scope: this.#of.share.partition.scope },
      tally: this.#tally,
      stop: { stopping: this.#ending.signal, deadline: stop.deadline },
      onAttempt: (attempt) => onEvent({ kind: 'attempt', ...this.#names(), attempt }),
    });
  }

  #fit(schema: z.ZodType, body: unknown, api: string): unknown {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const faults = parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`)
      .slice(0, 3);
    throw new OffpeakError(
      'RUN_FAILED',
      `${this.#where()}: the reply of ${api} does not fit its schema: ${faults.join('; ')}`,
    );
  }

  /** What a throw means for the turn. A lost lease is no outcome: it ends the process. */
  #ended(thrown: unknown): TurnEnd {
    if (codeOf(thrown) === 'FENCED') throw thrown;
    if (this.#interruption) return this.#interruption;
    return { kind: 'fail', reason: messageOf(thrown) };
  }

  /** Lets the generator clean up, but does not wait for one that hangs in an await of its own. */
  async #dispose(generator: AsyncGenerator): Promise<void> {
    const cleanedUp = generator.return(undefined).catch(() => undefined);
    const enough = new AbortController();
    await Promise.race([cleanedUp, this.#parts.clock.sleep(CLEAN_UP_MS_MAX, enough.signal)]);
    enough.abort();
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

  #delivered(): { job: string; partition: string; idempotencyKey: string } {
    return { ...this.#names(), idempotencyKey: `${this.#where()}/${this.#claim.runId}/${this.#page + 1}` };
  }
}

const INTERRUPTED: TurnEnd = { kind: 'interrupt' };

function turnEndOf(end: Exclude<CallEnd, { kind: 'ok' }>): TurnEnd {
  switch (end.kind) {
    case 'park':
      return { kind: 'park', untilMs: end.untilMs, reason: end.reason };
    case 'rewind':
      return { kind: 'rewind', reason: end.reason };
    case 'fail':
      return { kind: 'fail', reason: end.reason };
    case 'stop':
      return INTERRUPTED;
  }
}

/** Ends a job's generator from within its call. Not a failure: jobs must let it pass. */
class TurnInterrupted extends Error {
  override readonly name = 'TurnInterrupted';
  constructor(end: TurnEnd) {
    super(`the turn of this partition ends here: ${end.kind}`);
  }
}
