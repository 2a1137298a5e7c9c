import { nextMessage, startChild } from '../../bench/child';
import { inParallel } from '../mutants/campaign';
import type { SeedReport } from './campaign';
import type { ScenarioOptions } from './scenario';

/** What a worker is told once. */
export interface WorkerSpec extends ScenarioOptions {
  /** Of the files that stores are in; null for stores in memory. */
  readonly directory: string | null;
}

/** What a worker answers to the number of a seed. */
export interface Lived {
  readonly report: SeedReport;
  /** Processor time of the worker so far, without its start. */
  readonly cpuUs: number;
}

/** What dies in a life never ends, and is kept by signals that nobody aborts: some 5 MB a life. */
const SEEDS_PER_WORKER = 20;

export interface SpreadOptions {
  readonly seeds: readonly number[];
  /** Worker processes at once. */
  readonly jobs: number;
  readonly spec: WorkerSpec;
  /** Told after each seed, in the order in which they end. */
  readonly onSeed: (report: SeedReport) => void;
}

export interface Spread {
  /** In the order of the seeds. */
  readonly reports: readonly SeedReport[];
  /** Of all workers together. */
  readonly cpuUs: number;
}

/** Each worker process lives a share of the seeds, and makes room for another. They end when this process does. */
export async function spread({ seeds, jobs, spec, onSeed }: SpreadOptions): Promise<Spread> {
  const reports: SeedReport[] = [];
  const length = Math.min(SEEDS_PER_WORKER, Math.ceil(seeds.length / jobs));
  let cpuUs = 0;
  const liveShare = async (share: readonly (readonly [at: number, seed: number])[]): Promise<void> => {
    const worker = startChild('../test/simulate/worker.ts', spec);
    let ownUs = 0;
    for (const [at, seed] of share) {
      worker.send(seed);
      const { report, cpuUs: workedUs } = await nextMessage<Lived>(worker);
      reports[at] = report;
      ownUs = workedUs;
      onSeed(report);
    }
    worker.disconnect();
    cpuUs += ownUs;
  };
  await inParallel(sharesOf([...seeds.entries()], length), jobs, liveShare);
  return { reports, cpuUs };
}

function sharesOf<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, at) =>
    items.slice(at * length, (at + 1) * length),
  );
}
