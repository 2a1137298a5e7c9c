import type { JobFacts } from '../../../src/cli/explain/facts';
import type { JobDefinition } from '../../../src/index';
import type { RecordedPause } from '../../../src/job/operator-pause';
import type { Run, RunTotals, StuckGroup } from '../../../src/job/run';
import { type LevelDefinition, parseLevel } from '../../../src/schedule/hours-level';
import { hoursOfJobs } from '../../../src/schedule/job-hours';
import { ordersJob } from '../../run/jobs';

export const SHANGHAI = 'Asia/Shanghai';

/** An instant of a day in Shanghai: `20 01:25`. */
export function at(dayAndTime: string): number {
  return Date.parse(`2026-11-${dayAndTime.replace(' ', 'T')}+08:00`);
}

/** The same back. */
export function textOf(atMs: number): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(8, 16).replace('T', ' ');
}

const TOTALS: RunTotals = {
  partitions: 2,
  partitionsDone: 0,
  partitionsParked: 0,
  partitionsFailed: 0,
  pages: 0,
  records: 0,
  attempts: 0,
  parks: 0,
  resumes: 0,
};

export function run(changes: Partial<Run> & { readonly totals?: RunTotals } = {}): Run {
  return {
    id: 7,
    job: 'orders',
    slotAtMs: at('20 02:00'),
    kind: 'schedule',
    state: 'queued',
    because: null,
    reason: null,
    intoRunId: null,
    slots: 1,
    past: null,
    startAtMs: null,
    startedAtMs: null,
    endedAtMs: null,
    resumesAtMs: null,
    ...changes,
    totals: { ...TOTALS, ...changes.totals },
  };
}

/** Its run is parked, with the second of two merchants. */
export function parkedUntil(untilMs: number): Pick<JobFacts, 'run' | 'stuck'> {
  const totals = { ...TOTALS, partitionsDone: 1, partitionsParked: 1 };
  const parked = run({ state: 'parked', startedAtMs: at('20 02:17'), resumesAtMs: untilMs, totals });
  return { run: parked, stuck: [parkedGroup(untilMs, ['102'])] };
}

export function parkedGroup(untilMs: number, keys: readonly string[], count = keys.length): StuckGroup {
  return { state: 'parked', parkedUntilMs: untilMs, reason: 'app-day of 20 is spent', keys, count };
}

export function pause(changes: Partial<RecordedPause> = {}): RecordedPause {
  const said = { kind: 'job', name: 'orders', reason: 'stocktaking', by: 'ann' } as const;
  return { ...said, sinceMs: at('20 01:00'), untilMs: null, end: null, ...changes };
}

/** Both as the store lists a pause that lasts. */
export function pausedBy(one: RecordedPause): Pick<JobFacts, 'lasting' | 'pauses'> {
  return { lasting: [one], pauses: [one] };
}

export interface Situation extends Partial<Omit<JobFacts, 'job' | 'hours'>> {
  /** Null for a job that runs by hand. */
  readonly schedule?: JobDefinition['schedule'] | null;
  /** Hours of all jobs, and of the platform. */
  readonly around?: { readonly all?: LevelDefinition; readonly shop?: LevelDefinition };
}

/** Every night at two, seen at noon of the 20th while a daemon serves and nothing is wrong. */
export function factsOf({ schedule, around: { all, shop } = {}, ...changes }: Situation = {}): JobFacts {
  const nightly = { cron: '0 2 * * *', timezone: SHANGHAI };
  const job = ordersJob(['101', '102'], schedule === null ? {} : { schedule: schedule ?? nightly });
  const outer = {
    hours: all ? parseLevel({ level: 'global' }, all) : null,
    platformHours: shop ? { shop: parseLevel({ level: 'platform', platform: 'shop' }, shop) } : {},
  };
  const nowMs = at('20 12:00');
  const { run: present = null } = changes;
  return {
    job,
    nowMs,
    hours: hoursOfJobs(outer)(job),
    holder: { host: 'vm', pid: 9, command: 'start', heartbeatAtMs: nowMs, expiresAtMs: nowMs + 20_000 },
    secretFault: null,
    diskShort: null,
    lasting: [],
    pauses: [],
    skips: [],
    run: null,
    unfinished: present ? [present] : [],
    stuck: [],
    underWay: [],
    jobsInFlight: 4,
    holds: [],
    spent: [],
    share: null,
    plan: null,
    demand: null,
    rows: present ? [present] : [],
    decidedUntilMs: at('20 02:00'),
    ...changes,
  };
}
