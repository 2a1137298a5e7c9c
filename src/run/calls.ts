import { setMaxListeners } from 'node:events';
import type { z } from 'zod';
import { errorOf, messageOf, OffpeakError } from '../errors';
import { BACKFILL_PRIORITY } from '../job/backfill';
import type { Costs } from '../job/cost';
import type { Call, CallParams } from '../job/definition';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Run, TurnEnd } from '../job/run';
import type { PlatformCall } from '../platform/platform';
import { AWAKE, type Clock } from '../time/clock';
import { type CallEnd, INTERRUPTED, turnEndOf } from './call-end';
import type { OnRunEvent } from './event';
import type { Gateway } from './gateway';
import { isLost } from './lost';
import type { PutDown } from './put-down';
import type { Asker } from './share-keeper';
import { type Stop, untilCut } from './stop';
import { Tally } from './tally';

/** Calls without a page between them before the job counts as stuck: they burn quota and commit nothing. */
const CALLS_PER_PAGE_MAX = 10_000;

/** What is under way at the deadline was cut just then: how long its end may take to come through. */
const CUT_MS_MAX = 1_000;

/** How long a job's own code may go on after one of its calls has ended the turn. */
const LINGER_MS_MAX = 1_000;

/** Faults of a reply that an error names. */
const FAULTS_SHOWN_MAX = 3;

export interface CallsParts {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly putDown: PutDown;
  readonly calls: CallAllowance;
  readonly onEvent: OnRunEvent;
}

interface CallsOf {
  readonly job: Pick<Job, 'name' | 'priority'>;
  readonly run: Pick<Run, 'kind' | 'past'>;
  readonly partition: Partition;
}

interface OwnCallOptions {
  readonly reply?: z.ZodType;
  readonly cost?: Costs;
}

/** How many calls this process may still make; null when there is no such limit. */
export interface CallAllowance {
  left: number | null;
}

/** The calls of one turn. The first that does not end well ends the turn: no other one is sent after it. */
export class TurnCalls {
  readonly tally = new Tally();
  readonly #parts: CallsParts;
  readonly #asker: Asker;
  readonly #priority: number;
  readonly #partition: Partition;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Aborts with the process's stop, when the run is put down, or as soon as anything interrupts this turn. */
  readonly #ending = new AbortController();
  readonly #onStop = (): void => this.#ending.abort();
  /** Aborts when the job's own code is waited for no longer: at the deadline, or soon after a call has ended the turn. */
  readonly #overdue = new AbortController();
  readonly #onDeadline = (): void => this.#overdue.abort();
  readonly #over = new AbortController();
  #interruption: TurnEnd | null = null;
  #lost: Error | null = null;
  #sincePage = 0;

  constructor(parts: CallsParts, { job, run, partition }: CallsOf) {
    this.#parts = parts;
    this.#asker = { job: job.name, kind: run.kind, callsMax: run.past?.callsMax ?? null };
    this.#priority = run.kind === 'backfill' ? BACKFILL_PRIORITY : job.priority;
    this.#partition = partition;
    setMaxListeners(0, this.#ending.signal); // each waiting call listens: a page may make many side by side
    for (const signal of this.#stops) {
      signal.addEventListener('abort', this.#onStop, { once: true });
      if (signal.aborted) this.#onStop();
    }
    parts.stop.deadline.addEventListener('abort', this.#onDeadline, { once: true });
    if (parts.stop.deadline.aborted) this.#onDeadline();
  }

  get #stops(): readonly AbortSignal[] {
    return [this.#parts.stop.stopping, this.#parts.putDown.signal];
  }

  get overdue(): AbortSignal {
    return this.#overdue.signal;
  }

  /** What a call or a stop ended the turn with; null while it may go on. Throws when the lease or the store is lost. */
  get interruption(): TurnEnd | null {
    if (this.#lost) throw this.#lost;
    return this.#interruption ?? (this.#ending.signal.aborted ? this.#stopped : null);
  }

  /** A stop of the process leaves the partition as it is; when the run is put down it says where to. */
  get #stopped(): TurnEnd {
    const { stop, putDown } = this.#parts;
    return stop.stopping.aborted ? INTERRUPTED : (putDown.end ?? INTERRUPTED);
  }

  /** What a call ended the turn with. A stop alone spoils no page that is complete. */
  get refusal(): TurnEnd | null {
    if (this.#lost) throw this.#lost;
    return this.#interruption;
  }

  /** A page was committed: the calls of the next one are counted from here. */
  startPage(): void {
    this.#sincePage = 0;
  }

  /** Ends the turn's calls: none is sent any more. Resolves when those in flight have ended, for their draws are its own. */
  async end(): Promise<void> {
    const { stop, clock } = this.#parts;
    this.#ending.abort(AWAKE);
    this.#over.abort(AWAKE);
    for (const signal of this.#stops) signal.removeEventListener('abort', this.#onStop);
    stop.deadline.removeEventListener('abort', this.#onDeadline);
    const ended = Promise.allSettled(this.#underWay);
    await untilCut(ended, stop.deadline);
    if (this.#underWay.size === 0) return;
    const enough = new AbortController();
    await Promise.race([ended, clock.sleep(CUT_MS_MAX, enough.signal)]);
    enough.abort(AWAKE);
  }

  readonly call = ((api: string, params: CallParams = {}, options: OwnCallOptions = {}): Promise<unknown> => {
    const calling = this.#call(api, params, options);
    // A job may wait for its calls one after the other: when the first ends the turn, nobody waits for the rest.
    calling.catch(() => undefined);
    return calling;
  }) as Call;

  async #call(api: string, params: CallParams, { reply, cost }: OwnCallOptions): Promise<unknown> {
    const { scope } = this.#partition;
    const making = this.#make(cost ? { api, params, scope, cost } : { api, params, scope });
    this.#underWay.add(making);
    try {
      const end = await making;
      if (end.kind === 'ok') return reply ? this.#fit(reply, end.body, api) : end.body;
      this.#interrupt(end.kind === 'stop' ? this.#stopped : turnEndOf(end));
    } catch (thrown) {
      // Whatever the job makes of it, no page may be built on a call that never was.
      if (isLost(thrown)) this.#lost ??= errorOf(thrown);
      this.#interrupt({ kind: 'fail', reason: this.#parts.gateway.words(messageOf(thrown)) });
      throw thrown;
    } finally {
      this.#underWay.delete(making);
    }
    throw new TurnInterrupted(this.#interruption ?? INTERRUPTED);
  }

  #interrupt(end: TurnEnd): void {
    if (this.#interruption) return;
    this.#interruption = end;
    this.#ending.abort();
    void this.#parts.clock.sleep(LINGER_MS_MAX, this.#over.signal).then(() => this.#overdue.abort());
  }

  async #make(call: PlatformCall): Promise<CallEnd> {
    const { gateway, stop, calls, onEvent } = this.#parts;
    if (this.#ending.signal.aborted) return { kind: 'stop' };
    if (calls.left !== null) {
      if (calls.left <= 0) return { kind: 'stop' };
      calls.left -= 1;
    }
    this.#countCall();
    return gateway.call({
      call,
      asker: this.#asker,
      flow: this.#where,
      priority: this.#priority,
      tally: this.tally,
      stop: { stopping: this.#ending.signal, deadline: stop.deadline },
      onAttempt: (attempt) =>
        onEvent({ kind: 'attempt', job: this.#asker.job, partition: this.#partition.key, attempt }),
      onWait: (wait) => onEvent({ kind: 'waiting', job: this.#asker.job, partition: this.#partition.key, ...wait }),
    });
  }

  #countCall(): void {
    this.#sincePage += 1;
    if (this.#sincePage <= CALLS_PER_PAGE_MAX) return;
    throw new OffpeakError('RUN_FAILED', `${this.#where}: ${CALLS_PER_PAGE_MAX} calls brought no page`, {
      hint: 'pages() must yield what it has, so that it is kept, or end.',
    });
  }

  #fit(schema: z.ZodType, body: unknown, api: string): unknown {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const faults = parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'reply'}: ${issue.message}`)
      .slice(0, FAULTS_SHOWN_MAX);
    throw new OffpeakError(
      'RUN_FAILED',
      `${this.#where}: the reply of ${api} does not fit its schema: ${faults.join('; ')}`,
    );
  }

  get #where(): string {
    return `${this.#asker.job}/${this.#partition.key}`;
  }
}

/** Ends a job's generator from within its call. Not a failure: jobs must let it pass. */
class TurnInterrupted extends Error {
  override readonly name = 'TurnInterrupted';
  constructor(end: TurnEnd) {
    super(`the turn of this partition ends here: ${end.kind}`);
  }
}
