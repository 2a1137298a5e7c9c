import type { Job } from '../job/parse';
import type { Run, RunPartition } from '../job/run';
import { PartitionTurn, type TurnParts } from './partition';

export interface JobRunParts extends TurnParts {
  /** Partitions side by side, from the config. */
  readonly partitionsInFlight: number;
  /** Only partitions for which this holds take part. */
  readonly selects: (partitionKey: string) => boolean;
}

/** How often a partition may go back to its bookmark within one run. */
const REWINDS_MAX = 3;

/**
 * Takes a run as far as it goes now: its partitions side by side, each turn on its own. Parked ones go on while others
 * still run; when nothing is left to do now, the run is closed or put down as its partitions say.
 */
export async function runJob(parts: JobRunParts, job: Job, run: Run): Promise<Run> {
  const { runs, clock, fence, onEvent } = parts;
  const nowMs = clock.nowMs();
  const listed = run.startedAtMs === null ? await job.partitions({ nowMs }) : [];
  const partitions = listed.filter(({ key }) => parts.selects(key));
  const started = await runs.start({ runId: run.id, partitions, fence, nowMs });
  onEvent({ kind: 'run-started', run: started, resumed: run.startedAtMs !== null });
  const shares = (await runs.partitions(run.id)).filter((share) => parts.selects(share.partition.key));
  await new Turns(parts, job, started.startedAtMs ?? nowMs).takeAll(shares);
  const settled = await runs.settle({ runId: run.id, fence, nowMs: clock.nowMs() });
  onEvent({ kind: 'run-ended', run: settled });
  return settled;
}

/** The turns of one run: starts what can go on, up to the limit, until nothing is under way and nothing can start. */
class Turns {
  readonly #parts: JobRunParts;
  readonly #job: Job;
  readonly #runStartedAtMs: number;
  readonly #inFlightMax: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #rewinds = new Map<string, number>();
  #ready: RunPartition[] = [];
  #parked: RunPartition[] = [];
  /** The store or the lease is lost: no further turn can be kept. */
  #broken: Error | null = null;

  constructor(parts: JobRunParts, job: Job, runStartedAtMs: number) {
    this.#parts = parts;
    this.#job = job;
    this.#runStartedAtMs = runStartedAtMs;
    this.#inFlightMax = Math.min(parts.partitionsInFlight, job.partitionsInFlight ?? Infinity);
  }

  async takeAll(shares: readonly RunPartition[]): Promise<void> {
    this.#ready = shares.filter(({ state }) => state === 'waiting');
    this.#parked = shares.filter(({ state }) => state === 'parked');
    for (;;) {
      this.#unpark();
      while (this.#mayStart()) {
        const share = this.#ready.shift();
        if (!share) break;
        this.#start(share);
      }
      if (this.#underWay.size === 0) break;
      await this.#nextChange();
    }
    if (this.#broken) throw this.#broken;
  }

  #mayStart(): boolean {
    return this.#broken === null && !this.#stopping && this.#underWay.size < this.#inFlightMax;
  }

  get #stopping(): boolean {
    return this.#parts.stop.stopping.aborted;
  }

  #start(share: RunPartition): void {
    const turn = this.#take(share).catch((thrown: unknown) => {
      this.#broken ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    });
    this.#underWay.add(turn);
    void turn.then(() => this.#underWay.delete(turn));
  }

  async #take(share: RunPartition): Promise<void> {
    const { key } = share.partition;
    const rewinds = this.#rewinds.get(key) ?? 0;
    const turn = { job: this.#job, share, runStartedAtMs: this.#runStartedAtMs, rewindsLeft: REWINDS_MAX - rewinds };
    const { end, pages } = await new PartitionTurn(this.#parts, turn).run();
    if (end.kind === 'park') this.#parked.push({ ...share, pages, state: 'parked', parkedUntilMs: end.untilMs });
    if (end.kind === 'rewind') {
      this.#rewinds.set(key, rewinds + 1);
      this.#ready.push({ ...share, pages, state: 'waiting' });
    }
  }

  #unpark(): void {
    const nowMs = this.#parts.clock.nowMs();
    const due = this.#parked.filter(({ parkedUntilMs }) => (parkedUntilMs ?? 0) <= nowMs);
    this.#parked = this.#parked.filter((share) => !due.includes(share));
    this.#ready.push(...due);
  }

  /** Waits for the end of a turn, or for the first parked partition whose time comes. */
  async #nextChange(): Promise<void> {
    const awake = new AbortController();
    const waits: Promise<unknown>[] = [...this.#underWay];
    const firstMs = Math.min(...this.#parked.map(({ parkedUntilMs }) => parkedUntilMs ?? Infinity));
    if (firstMs !== Infinity && !this.#stopping) {
      waits.push(this.#parts.clock.sleep(Math.max(1, firstMs - this.#parts.clock.nowMs()), awake.signal));
    }
    await Promise.race(waits);
    awake.abort();
  }
}
