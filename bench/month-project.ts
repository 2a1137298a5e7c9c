import type { Project } from '../src/cli/project';
import { parseConfig } from '../src/config';
import { defineJob, generic, type Platform, z } from '../src/index';
import { type Job, parseJob } from '../src/job/parse';
import { checkSchedule } from '../src/schedule/check';
import { hashOf } from '../src/schedule/hash';
import { SecretVault } from '../src/secrets';
import type { Vendor } from './month-server';

/** Three vendors: one whose quota is ample, one where it runs out on busy days, and one where it often does. */
export const VENDORS: readonly Vendor[] = [
  vendor('shop', 'Asia/Shanghai', { callsPerDay: 1_050, callsPerSecond: 8, latencyMs: [80, 240] }),
  vendor('forms', 'UTC', { callsPerDay: 600, callsPerSecond: 5, latencyMs: [120, 400] }),
  vendor('ads', 'America/Los_Angeles', { callsPerDay: 260, callsPerSecond: 3, latencyMs: [200, 800] }),
];

const MERCHANTS = Array.from({ length: 300 }, (_, at) => `m${1_000 + at}`);
/** Monday to Sunday: shops rest at the weekend. */
const WEEKDAYS = [1.2, 1, 1, 1.05, 1.15, 0.7, 0.6];
const DAY_MS = 86_400_000;

interface JobOf {
  readonly name: string;
  readonly platform: string;
  readonly cron: string;
  readonly merchants: number;
  /** Of one merchant and day, on average. */
  readonly calls: number;
}

const JOBS: readonly JobOf[] = [
  ...jobs('shop', { merchants: [300, 60, 40, 30, 20, 15, 10, 5], calls: [1, 2, 3, 3, 4, 4, 6, 8] }),
  ...jobs('forms', { merchants: [60, 40, 30, 20, 15, 10, 5], calls: [2, 2, 3, 3, 4, 5, 8] }),
  ...jobs('ads', { merchants: [30, 20, 15, 10, 5], calls: [2, 3, 3, 4, 8] }),
];

export function monthProject(seed: string): Project {
  const platforms = Object.fromEntries(VENDORS.map((one) => [one.name, platformOf(one)]));
  const names = Object.keys(platforms);
  return {
    directory: '/nowhere',
    config: parseConfig({ platforms }, 'bench/month.ts'),
    jobs: JOBS.map((job) => jobOf(job, { seed, names })),
    broken: [],
    warnings: [],
    vault: new SecretVault({ env: () => '', file: () => '' }),
  };
}

function vendor(name: string, timezone: string, limits: Omit<Vendor, 'name' | 'day'>): Vendor {
  return { name, day: { kind: 'civil', at: '00:00', timezone }, ...limits };
}

function platformOf({ name, day, callsPerDay, callsPerSecond }: Vendor): Platform {
  const api = generic({ vendor: name, baseUrl: `https://${name}.example.com`, app: name, credentials: [] });
  const source = 'bench/month-project.ts';
  const budgets = [
    { name: 'qps', limit: callsPerSecond, per: { rollingMs: 1_000 }, scope: ['app'], source },
    { name: 'app-day', limit: callsPerDay, per: 'day', scope: ['app'], source },
  ] as const;
  return { ...api, day, resetGuardMs: 500, budgets };
}

function jobs(platform: string, of: { merchants: readonly number[]; calls: readonly number[] }): JobOf[] {
  return of.merchants.map((merchants, at) => ({
    name: `${platform}-${at + 1}`,
    platform,
    cron: `H H(${at % 4}-${(at % 4) + 2}) * * *`,
    merchants,
    calls: of.calls[at] ?? 1,
  }));
}

const cursor = z.object({ runAtMs: z.number(), left: z.number() });

function jobOf(of: JobOf, { seed, names }: { seed: string; names: readonly string[] }): Job {
  const definition = defineJob({
    name: of.name,
    platform: of.platform,
    schedule: { cron: of.cron, timezone: 'UTC' },
    partitions: () => MERCHANTS.slice(0, of.merchants).map((user) => ({ key: user, scope: { user } })),
    cursor,
    initial: () => ({ runAtMs: 0, left: 0 }),
    async *pages({ cursor: from, partition, call, nowMs }) {
      let left = from.runAtMs === nowMs ? from.left : callsOf(of, `${seed} ${partition.key}`, nowMs);
      while (left > 0) {
        await call(`GET /${of.name}`, { user: partition.key });
        left -= 1;
        if (left > 0) yield { records: [], cursor: { runAtMs: nowMs, left } };
      }
    },
    sink: () => undefined,
  });
  return parseJob(definition, { file: `jobs/${of.name}.ts`, platforms: names, checkSchedule });
}

/** Noise of the day over all merchants, and of each merchant. */
function callsOf({ name, calls }: JobOf, of: string, nowMs: number): number {
  const day = Math.floor(nowMs / DAY_MS);
  const weekday = WEEKDAYS[(day + 3) % 7] ?? 1; // 1970-01-01 was a Thursday
  const ofDay = 0.8 + 0.4 * unit(`${name} ${day}`);
  const ofMerchant = 0.5 + unit(`${of} ${name} ${day}`);
  return Math.max(1, Math.round(calls * weekday * ofDay * ofMerchant));
}

/** In [0, 1). */
function unit(text: string): number {
  return hashOf(text) / 2 ** 32;
}
