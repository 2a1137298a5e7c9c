import { errorOf, messageOf, OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Run, RunPartition } from '../job/run';
import { hashOf } from '../schedule/hash';
import { AWAKE } from '../time/clock';
import type { Gate } from './gate';
import type { Unparks } from './orders';
import { PartitionTurn, type TurnParts } from './partition';
import { Ramp, rampMsOf } from './ramp';
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
  const nowMs = clock.nowMs();
  const listing = run.startedAtMs === null ? listPartitions(parts, job, nowMs) : Promise.resolve([]);
  const listed = await untilCut(listing, stop.deadline);
  if (listed === CUT || parts.putDown.end !== null) return run; // not started: it waits, or it was canceled
  const partitions = listed.filter(({ key }) => parts.selects(key));
  const started = await runs.start({ runId: run.id, partitions, fence, nowMs });
  onEvent({ kind: 'run-started', run: started, resumed: run.startedAtMs !== null });
  const shares = (await runs.partitions(run.id)).filter((share) => parts.selects(share.partition.key));
  const rampMs = await rampMsOf(runs, job);
  await new Turns(parts, { job, run: started, rampMs }).takeAll(shares);
  await parts.gateway.keepUnknown();
  const settled = await runs.settle({ runId: run.id, fence, nowMs: clock.nowMs() });
  parts.gateway.runEnded(job.name);
  onEvent({ kind: 'run-ended', run: settled });
  return settled;
}

/** What the job's own function throws is kept as the run's reason: it must not hold a secret. */
async function listPartitions({ gateway }: JobRunParts, job: Job, nowMs: number): Promise<readonly Partition[]> {
  const partitions = await job.partitions({ nowMs }).catch((thrown: unknown): never => {
    const message = gateway.words(messageOf(thrown));
    if (!(thrown instanceof OffpeakError)) throw new Error(message, { cause: thrown });
    throw new OffpeakError(thrown.code, message, thrown.hint === undefined ? {} : { hint: thrown.hint });
  });
  if (!gateway.hasSecret(JSON.stringify(partitions))) return partitions;
  throw new OffpeakError('JOB_INVALID', `${job.file} partitions: expected keys and scopes without secrets, got one`, {
    hint: 'Give the access tokens to the platform in offpeak.config.ts, by owner.',
  });
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
  readonly #underWay = new Set<Promise<void>>();
  readonly #rewinds = new Map<string, number>();
  #ready: RunPartition[] = [];
  #parked: RunPartition[] = [];
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
  }

  async takeAll(shares: readonly RunPartition[]): Promise<void> {
    const deaf = this.#parts.unparks.listen(() => this.#hearUnpark());
    try {
      await this.#takeTurns(shares);
    } finally {
      deaf();
    }
    if (this.#broken) throw this.#broken;
  }

  async #takeTurns(shares: readonly RunPartition[]): Promise<void> {
    this.#ready = shares.filter(({ state }) => state === 'waiting');
    this.#park(shares.filter(({ state }) => state === 'parked'));
    this.#ramp.begin(this.#parts.clock.monotonicMs(), 0);
    for (;;) {
      if (this.#isUnparked) await this.#readParked();
      this.#unpark();
      while (this.#mayStart()) {
        const share = this.#ready.shift();
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

  /** The store knows when what is parked may go on now. */
  async #readParked(): Promise<void> {
    this.#isUnparked = false;
    const known = await this.#parts.runs.partitions(this.#run.id);
    const parked = this.#parked.map(
      (share) => known.find(({ partition }) => partition.key === share.partition.key) ?? share,
    );
    this.#parked = [];
    this.#firstResumeMs = Infinity;
    this.#park(parked);
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
    this.#underWay.add(turn);
    void turn.then(() => this.#underWay.delete(turn));
  }

  async #take(share: RunPartition): Promise<void> {
    const { key } = share.partition;
    const rewinds = this.#rewinds.get(key) ?? 0;
    const runStartedAtMs = this.#run.startedAtMs ?? this.#parts.clock.nowMs();
    const turn = { job: this.#job, run: this.#run, share, runStartedAtMs, rewindsLeft: REWINDS_MAX - rewinds };
    const { end, pages } = await new PartitionTurn(this.#parts, turn).run();
    if (end.kind === 'park') this.#park([{ ...share, pages, state: 'parked', parkedUntilMs: end.untilMs }]);
    if (end.kind === 'rewind') {
      this.#rewinds.set(key, rewinds + 1);
      this.#ready.push({ ...share, pages, state: 'waiting' });
    }
  }

  /** Moves what may resume now to what is ready. Inside the job's hours only: a reset often comes outside of them. */
  #unpark(): void {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#resumeMs(nowMs) > nowMs) return;
    const parked = this.#parked;
    this.#parked = [];
    this.#firstResumeMs = Infinity;
    const resumed = parked.filter((share) => resumeOf(share) <= nowMs);
    this.#ready = [...this.#ready, ...inStableOrder(this.#job.name, resumed)];
    this.#ramp.begin(this.#parts.clock.monotonicMs(), this.#underWay.size);
    this.#park(parked.filter((share) => resumeOf(share) > nowMs));
  }

  #park(shares: readonly RunPartition[]): void {
    for (const share of shares) {
      this.#parked.push(share);
      this.#firstResumeMs = Math.min(this.#firstResumeMs, resumeOf(share));
    }
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
    const waits: Promise<void>[] = [...this.#underWay];
    const nowMs = clock.nowMs();
    const resumeMs = this.#stopping ? Infinity : this.#resumeMs(nowMs);
    // One that is due has to wait for a place, which the end of a turn makes.
    if (resumeMs !== Infinity && resumeMs > nowMs) waits.push(clock.sleep(resumeMs - nowMs, signal));
    const rampMs = this.#ready.length > 0 && this.#isOpen ? this.#ramp.nextInMs(clock.monotonicMs()) : Infinity;
    if (rampMs !== Infinity) waits.push(clock.sleep(rampMs, signal));
    await untilCut(Promise.race(waits), signal);
    this.#awake.abort(AWAKE);
  }
}

/** Most are parked until the same instant: each goes on at the same place every time, and at another one for every job. */
function inStableOrder(job: string, shares: readonly RunPartition[]): RunPartition[] {
  const ranked = shares.map((share) => ({ share, rank: hashOf(`${job}/${share.partition.key}`) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ share }) => share);
}

function resumeOf({ parkedUntilMs }: RunPartition): number {
  return parkedUntilMs ?? 0;
}
