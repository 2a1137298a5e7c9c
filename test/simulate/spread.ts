import { nextMessage, startChild } from '../../bench/child';
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

/** Each worker process takes the next seed when it is done with one. The workers end when this process does. */
export async function spread({ seeds, jobs, spec, onSeed }: SpreadOptions): Promise<Spread> {
  const reports: SeedReport[] = [];
  const left = seeds.entries();
  const work = async (): Promise<number> => {
    const worker = startChild('../test/simulate/worker.ts', spec);
    let workedUs = 0;
    for (const [at, seed] of left) {
      worker.send(seed);
      const { report, cpuUs } = await nextMessage<Lived>(worker);
      reports[at] = report;
      workedUs = cpuUs;
      onSeed(report);
    }
    worker.disconnect();
    return workedUs;
  };
  const worked = await Promise.all(Array.from({ length: Math.min(jobs, seeds.length) }, work));
  return { reports, cpuUs: worked.reduce((sum, cpuUs) => sum + cpuUs, 0) };
}
