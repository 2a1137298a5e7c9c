import { errorOf, messageOf, OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Run, RunPartition } from '../job/run';
import { AWAKE } from '../time/clock';
import type { Gate } from './gate';
import type { Unparks } from './orders';
import { PartitionTurn, type TurnParts } from './partition';
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
  if (listed === CUT) return run; // not started: the next process does it
  const partitions = listed.filter(({ key }) => parts.selects(key));
  const started = await runs.start({ runId: run.id, partitions, fence, nowMs });
  onEvent({ kind: 'run-started', run: started, resumed: run.startedAtMs !== null });
  const shares = (await runs.partitions(run.id)).filter((share) => parts.selects(share.partition.key));
  await new Turns(parts, job, started).takeAll(shares);
  await parts.gateway.keepUnknown();
  const settled = await runs.settle({ runId: run.id, fence, nowMs: clock.nowMs() });
  onEvent({ kind: 'run-ended', run: settled });
  return settled;
}

/** What the job's own function throws is kept as the run's reason: it must not hold a secret. */
async function listPartitions({ gateway }: JobRunParts, job: Job, nowMs: number): Promise<readonly Partition[]> {
  try {
    return await job.partitions({ nowMs });
  } catch (thrown) {
    if (thrown instanceof OffpeakError) throw thrown;
    throw new Error(gateway.words(messageOf(thrown)), { cause: thrown });
  }
}

/** The turns of one run: starts what can go on, up to the limit, until nothing is under way and nothing can start. */
class Turns {
  readonly #parts: JobRunParts;
  readonly #job: Job;
  readonly #run: Run;
  readonly #inFlightMax: number;
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

  constructor(parts: JobRunParts, job: Job, run: Run) {
    this.#parts = parts;
    this.#job = job;
    this.#run = run;
    this.#inFlightMax = Math.min(parts.partitionsInFlight, job.partitionsInFlight ?? Infinity);
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
    const { calls } = this.#parts;
    return this.#broken === null && !this.#stopping && calls.left !== 0 && this.#underWay.size < this.#inFlightMax;
  }

  get #stopping(): boolean {
    return this.#parts.stop.stopping.aborted || this.#parts.putDown.end !== null;
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
    const turn = { job: this.#job, share, runStartedAtMs, rewindsLeft: REWINDS_MAX - rewinds };
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
    this.#ready = [...this.#ready, ...parked.filter((share) => resumeOf(share) <= nowMs)];
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
    await untilCut(Promise.race(waits), signal);
    this.#awake.abort(AWAKE);
  }
}

function resumeOf({ parkedUntilMs }: RunPartition): number {
  return parkedUntilMs ?? 0;
}
