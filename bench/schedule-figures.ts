import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cpuUs } from './machine';

/** One scheduler in a process of its own. */
export interface Spec {
  readonly kind: 'offpeak' | 'node-cron';
  readonly jobs: number;
  /** Minutes in which slots come: Offpeak's clock is moved, node-cron's are real time. */
  readonly minutes: number;
}

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Memory {
  readonly heapMiB: number;
  readonly rssMiB: number;
}

export interface OffpeakFigures {
  /** From nothing, on an empty store, to the end of the first look. */
  readonly start: Cost;
  /** What the start added. */
  readonly memory: Memory;
  /** The mean of so many heartbeats at which no slot came. */
  readonly idleBeats: number;
  readonly idleBeat: Cost;
  /** What one of them leaves in the heap, after a collection. */
  readonly idleBeatHeapBytes: number;
  /** One in a hundred jobs is due: to the end of the look, with the rows of the runs durable. */
  readonly dueBeat: Cost;
  readonly runsPerMinute: number;
  /** The same, until every one of these runs has started and ended, durably. */
  readonly dueMinute: Cost;
}

export interface CronFigures {
  readonly start: Cost;
  readonly memory: Memory;
  /** The whole process for 60 s each, with one tick in their middle. */
  readonly minutes: readonly Cost[];
  readonly runsPerMinute: number;
}

/** Every hour for 60 of 100 jobs, which are spread over its minutes; the others at night, which does not come. */
export function cronOf(index: number, jobs: number): string {
  return index < jobs * 0.6 ? `${index % 60} * * * *` : `${index % 60} ${1 + (index % 3)} * * *`;
}

/** Call what it returns at the end. */
export function begin(): () => Cost {
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  return () => ({ wallMs: performance.now() - startedMs, cpuMs: cpuUs(startedCpu) / 1_000 });
}

export function mean(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost): number => costs.reduce((sum, cost) => sum + cost[key], 0) / costs.length;
  return { wallMs: of('wallMs'), cpuMs: of('cpuMs') };
}

const MIB = 1_048_576;

export function memory(): Memory {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMiB: heapUsed / MIB, rssMiB: rss / MIB };
}

export function added(after: Memory, before: Memory): Memory {
  return { heapMiB: after.heapMiB - before.heapMiB, rssMiB: after.rssMiB - before.rssMiB };
}
