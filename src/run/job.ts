import { errorOf } from '../errors';
import type { Job } from '../job/parse';
import type { Run, RunPartition } from '../job/run';
import { AWAKE } from '../time/clock';
import { Backlog } from './backlog';
import type { Gate } from './gate';
import type { Unparks } from './orders';
import { PartitionTurn, type TurnParts } from './partition';
import { Ramp, rampMsOf } from './ramp';
import { type StartParts, startRun } from './start';
import { CUT, untilCut } from './stop';

export interface JobRunParts extends TurnParts {
  /** Partitions side by side, from the config. */
  readonly partitionsInFlight: number;
  /** Only partitions for which this holds take part. */
  readonly selects: (partitionKey: string) => boolean;
  readonly unparks: Unparks;
  readonly gate: Gate;
}

/** How often a partition may go back to its bookmark within one run. */
const REWINDS_MAX = 3;

/**
 * Takes a run as far as it goes now: its partitions side by side, each turn on its own. Parked ones go on while others
 * still run; when nothing is left to do now, the run is closed or put down as its partitions say.
 */
export async function runJob(parts: JobRunParts, job: Job, run: Run): Promise<Run> {
  const { runs, clock, fence, onEvent, stop } = parts;
  const started = await untilCut(startRun(startOf(parts), job, run), stop.deadline);
  if (started === CUT || started === null) return run; // not started: it waits, or it was canceled
  onEvent({ kind: 'run-started', run: started, resumed: run.startedAtMs !== null });
  const rampMs = await rampMsOf(runs, job);
  await new Turns(parts, { job, run: started, rampMs }).takeAll();
  await parts.gateway.keepUnknown();
  const settled = await runs.settle({ runId: run.id, fence, nowMs: clock.nowMs() });
  parts.gateway.runEnded(job.name);
  onEvent({ kind: 'run-ended', run: settled });
  return settled;
}

function startOf({ runs, clock, fence, selects, gateway, putDown, stop }: JobRunParts): StartParts {
  const isOff = (): boolean => putDown.end !== null || stop.deadline.aborted;
  return { runs, clock, fence, selects, secrets: gateway, isOff };
}

interface TurnsOf {
  readonly job: Job;
  readonly run: Run;
  /** Over how long partitions that begin together are brought up to the limit. */
  readonly rampMs: number;
}

/** The turns of one run: starts what can go on, up to the limit, until nothing is under way and nothing can start. */
class Turns {
  readonly #parts: JobRunParts;
  readonly #job: Job;
  readonly #run: Run;
  readonly #ramp: Ramp;
  readonly #backlog: Backlog;
  /** By the partition's key. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #rewinds = new Map<string, number>();
  /** The earliest instant at which one of the parked may go on. */
  #firstResumeMs = Infinity;
  /** An operator has made some of them due. */
  #isUnparked = false;
  #awake = new AbortController();
  /** The store or the lease is lost: no further turn can be kept. */
  #broken: Error | null = null;

  constructor(parts: JobRunParts, { job, run, rampMs }: TurnsOf) {
    this.#parts = parts;
    this.#job = job;
    this.#run = run;
    this.#ramp = new Ramp(Math.min(parts.partitionsInFlight, job.partitionsInFlight ?? Infinity), rampMs);
    const { runs, selects } = parts;
    const isTaken = (key: string): boolean => this.#underWay.has(key);
    this.#backlog = new Backlog({ runs, selects, isTaken, runId: run.id, job: job.name });
  }

  async takeAll(): Promise<void> {
    const deaf = this.#parts.unparks.listen(() => this.#hearUnpark());
    try {
      await this.#takeTurns();
    } finally {
      deaf();
    }
    if (this.#broken) throw this.#broken;
  }

  async #takeTurns(): Promise<void> {
    await this.#readFirstResume(-1);
    this.#ramp.begin(this.#parts.clock.monotonicMs(), 0);
    for (;;) {
      if (this.#isUnparked) {
        this.#isUnparked = false;
        await this.#readFirstResume(-1);
      }
      await this.#unpark();
      while (this.#mayStart()) {
        const share = await this.#backlog.take();
        if (!share) break;
        this.#start(share);
      }
      if (this.#underWay.size === 0) break;
      await this.#nextChange();
    }
  }

  #hearUnpark(): void {
    this.#isUnparked = true;
    this.#awake.abort(AWAKE);
  }

  /** A turn may park its partition in the meantime. */
  async #readFirstResume(afterMs: number): Promise<void> {
    this.#firstResumeMs = Infinity;
    const firstMs = await this.#backlog.firstParkedMs(afterMs);
    this.#firstResumeMs = Math.min(this.#firstResumeMs, firstMs);
  }

  #mayStart(): boolean {
    return this.#isOpen && this.#underWay.size < this.#ramp.allowedAt(this.#parts.clock.monotonicMs());
  }

  /** False when no further turn is to begin. */
  get #isOpen(): boolean {
    return this.#broken === null && !this.#stopping && this.#parts.calls.left !== 0;
  }

  get #stopping(): boolean {
    return this.#parts.stop.stopping.aborted || !this.#parts.putDown.mayStart;
  }

  #start(share: RunPartition): void {
    const turn = this.#take(share).catch((thrown: unknown) => {
      this.#broken ??= errorOf(thrown);
    });
    const { key } = share.partition;
    this.#underWay.set(key, turn);
    void turn.then(() => this.#underWay.delete(key));
  }

  async #take(share: RunPartition): Promise<void> {
    const { key } = share.partition;
    const rewinds = this.#rewinds.get(key) ?? 0;
    const runStartedAtMs = this.#run.startedAtMs ?? this.#parts.clock.nowMs();
    const turn = { job: this.#job, run: this.#run, share, runStartedAtMs, rewindsLeft: REWINDS_MAX - rewinds };
    const { end, pages } = await new PartitionTurn(this.#parts, turn).run();
    if (end.kind === 'park') this.#firstResumeMs = Math.min(this.#firstResumeMs, end.untilMs);
    if (end.kind === 'rewind') {
      this.#rewinds.set(key, rewinds + 1);
      this.#backlog.rewind({ ...share, pages, state: 'waiting' });
    }
  }

  /** Makes ready what may resume now. Inside the job's hours only: a reset often comes outside of them. */
  async #unpark(): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#resumeMs(nowMs) > nowMs) return;
    this.#backlog.unpark(nowMs);
    this.#ramp.begin(this.#parts.clock.monotonicMs(), this.#underWay.size);
    await this.#readFirstResume(nowMs);
  }

  /** When the first parked partition may go on; Infinity when none is parked. */
  #resumeMs(nowMs: number): number {
    const firstMs = this.#firstResumeMs;
    return firstMs === Infinity
      ? Infinity
      : this.#parts.gate.nextStartMs(this.#job, this.#run, Math.max(firstMs, nowMs));
  }

  /** Waits for the end of a turn, or for the first parked partition whose time comes. */
  async #nextChange(): Promise<void> {
    const { clock } = this.#parts;
    this.#awake = new AbortController();
    const { signal } = this.#awake;
    if (this.#isUnparked) return;
    const waits: Promise<void>[] = [...this.#underWay.values()];
    const nowMs = clock.nowMs();
    const resumeMs = this.#stopping ? Infinity : this.#resumeMs(nowMs);
    // One that is due has to wait for a place, which the end of a turn makes.
    if (resumeMs !== Infinity && resumeMs > nowMs) waits.push(clock.sleep(resumeMs - nowMs, signal));
    const rampMs = this.#backlog.hasMore && this.#isOpen ? this.#ramp.nextInMs(clock.monotonicMs()) : Infinity;
    if (rampMs !== Infinity) waits.push(clock.sleep(rampMs, signal));
    await untilCut(Promise.race(waits), signal);
    this.#awake.abort(AWAKE);
  }
}
