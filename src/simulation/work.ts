import { z } from 'zod';
import type { Call, Page, PageContext } from '../job/definition';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Scope } from '../job/scope';
import { CALLS } from './scale';

/** How one job calls, as it is simulated. */
export interface Work {
  readonly job: Job;
  /** With the share of the calls that each makes; the shares add up to 1. */
  readonly partitions: readonly Share<Partition>[];
  /** What the scopes of its calls have beside their partition's: the app, the API, the model. The shares add up to 1. */
  readonly scopes: readonly Share<Scope>[];
  /** How long a call takes, with what the job does between two of them. */
  readonly callMs: number;
  /** Of one run in all partitions, as it is planned with: how coarsely it is simulated goes by that. */
  readonly calls: number;
  /** Of the run that first started then. */
  readonly callsOf: (runStartedAtMs: number) => number;
  /** What runs that are under way still have to make, by `workKey`. */
  readonly left: ReadonlyMap<string, number>;
}

export interface Share<Of> {
  readonly of: Of;
  readonly share: number;
}

export function workKey(runStartedAtMs: number, partition: string): string {
  return `${runStartedAtMs} ${partition}`;
}

/** The API name under which a simulated job asks with one of its scopes. */
export function simulatedApi(job: string, scopeAt: number): string {
  return `${job}#${scopeAt}`;
}

const cursorSchema = z.object({ runAtMs: z.number(), left: z.number() });
type Cursor = z.infer<typeof cursorSchema>;

const NO_RECORDS: readonly never[] = [];

/** A job that makes the calls of another one and delivers nothing: same name, schedule and priority. */
export function simulatedJob(work: Work, callsPerCall: number): Job {
  const known = new Map<number, ReadonlyMap<string, number>>();
  const callsAt = (runStartedAtMs: number): ReadonlyMap<string, number> => {
    const calls = known.get(runStartedAtMs) ?? callsByPartition(work.partitions, work.callsOf(runStartedAtMs));
    known.set(runStartedAtMs, calls);
    return calls;
  };
  return {
    ...work.job,
    partitions: async function* () {
      yield await Promise.resolve(work.partitions.map(({ of }) => of));
    },
    cursor: cursorSchema,
    initial: () => ({ runAtMs: 0, left: 0 }),
    pages: ({ cursor, partition, call, nowMs }: PageContext<unknown>) => {
      const { runAtMs, left } = cursor as Cursor;
      const first = work.left.get(workKey(nowMs, partition.key)) ?? callsAt(nowMs).get(partition.key) ?? 1;
      return pages(call, { work, callsPerCall, nowMs, first, left: runAtMs === nowMs ? left : first });
    },
    sink: () => undefined,
  };
}

interface PagesOf {
  readonly work: Work;
  readonly callsPerCall: number;
  readonly nowMs: number;
  /** How many calls the partition began with. */
  readonly first: number;
  readonly left: number;
}

async function* pages(call: Call, of: PagesOf): AsyncGenerator<Page<Cursor>, void, void> {
  const { work, callsPerCall, nowMs, first } = of;
  for (let left = of.left; left > 0; ) {
    const amount = Math.min(callsPerCall, left);
    const api = simulatedApi(work.job.name, scopeAt(work.scopes, 1 - left / first));
    await call(api, {}, { cost: { [CALLS]: amount } });
    left -= amount;
    if (left === 0) return; // the end of the turn keeps what the last page would
    yield { records: NO_RECORDS, cursor: { runAtMs: nowMs, left } };
  }
}

/** Rounded so that their sum is the run's. */
function callsByPartition(partitions: Work['partitions'], calls: number): Map<string, number> {
  let before = 0;
  return new Map(
    partitions.map(({ of, share }) => {
      const until = before + share * calls;
      const own = Math.round(until) - Math.round(before);
      before = until;
      return [of.key, own];
    }),
  );
}

/** Which scope the call after this part of a partition's calls has. */
function scopeAt(scopes: readonly Share<Scope>[], part: number): number {
  let until = 0;
  const at = scopes.findIndex(({ share }) => {
    until += share;
    return part < until;
  });
  return Math.max(0, at);
}
