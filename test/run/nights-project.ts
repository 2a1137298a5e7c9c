import type { Project } from '../../src/cli/project';
import { parseConfig } from '../../src/config';
import { defineJob, generic, type Platform, type Schedule, z } from '../../src/index';
import { type Job, parseJob } from '../../src/job/parse';
import type { Http } from '../../src/platform/http';
import type { HttpRequest, PlatformCall } from '../../src/platform/platform';
import { SecretVault } from '../../src/secrets';
import type { Clock } from '../../src/time/clock';
import type { DayRule } from '../../src/time/window';

/** Its clocks change in the night to 2026-03-08: 02:00 to 03:00 is left out. */
export const ZONE = 'America/New_York';
export const DAY: DayRule = { kind: 'civil', at: '00:00', timezone: ZONE };
export const CALLS_PER_DAY = 300;

interface Shape {
  readonly platform: string;
  readonly schedule: Schedule;
  readonly partitions: number;
  readonly pages: number;
}

/** One job for each way to deal with hours, overlaps and missed slots. */
const SHAPES: Readonly<Record<string, Shape>> = {
  often: {
    platform: 'east',
    schedule: { cron: '*/20 * * * *', timezone: ZONE, windows: ['22:00-06:00'] },
    partitions: 2,
    pages: 2,
  },
  nightly: {
    platform: 'east',
    schedule: { cron: '30 1 * * *', timezone: ZONE, windows: ['01:00-05:00'], onWindowEnd: 'pause' },
    partitions: 4,
    pages: 50,
  },
  gap: {
    platform: 'east',
    schedule: { cron: '10 2 * * *', timezone: ZONE, windows: ['02:00-03:00'], catchUp: 'all' },
    partitions: 2,
    pages: 15,
  },
  queued: {
    platform: 'west',
    schedule: { cron: '*/30 * * * *', timezone: ZONE, overlap: 'queue-one', catchUp: { policy: 'all', max: 5 } },
    partitions: 2,
    pages: 2,
  },
  canceling: {
    platform: 'west',
    schedule: { every: '2h', timezone: ZONE, windows: ['20:00-08:00'], overlap: 'cancel', onWindowEnd: 'ignore' },
    partitions: 3,
    pages: 4,
  },
  patient: {
    platform: 'west',
    schedule: {
      every: '45m',
      timezone: ZONE,
      overlap: 'queue-all',
      catchUp: { policy: 'all', includePaused: true },
      blackouts: [{ hours: '12:00-14:00', reason: 'lunch' }],
      onBlackout: 'skip',
    },
    partitions: 1,
    pages: 2,
  },
};

export interface PageOf {
  readonly job: string;
  readonly partition: string;
  /** When the run first started: all of its turns see it. */
  readonly runAtMs: number;
  readonly page: number;
}

export interface Nights {
  readonly project: Project;
  readonly pagesOf: (job: string) => number;
  /** The edge of a process, which asks at the instants of its clock. */
  readonly httpOn: (clock: Clock, served: (platform: string, page: PageOf) => void) => Http;
}

/** @param committed is told of each page that a sink takes. */
export function nightsProject(random: () => number, committed: (page: PageOf) => void): Nights {
  const asked = new WeakMap<HttpRequest, { platform: string; call: PlatformCall }>();
  const platform = (name: string): Platform => ({
    ...generic({ vendor: name, baseUrl: 'https://api.example.com', app: 'a1', credentials: [] }),
    day: DAY,
    resetGuardMs: 0,
    budgets: [{ name: 'app-day', limit: CALLS_PER_DAY, per: 'day', scope: ['app'], source: 'test' }],
    request: (call) => {
      const request: HttpRequest = { method: 'GET', url: 'https://api.example.com', headers: {}, body: null };
      asked.set(request, { platform: name, call });
      return request;
    },
    classify: () => ({ kind: 'ok', body: null }),
  });
  const config = parseConfig({ platforms: { east: platform('east'), west: platform('west') } }, 'test');
  return {
    project: {
      directory: '/nowhere',
      config,
      jobs: Object.entries(SHAPES).map(([name, shape]) => jobOf(name, shape, committed)),
      broken: [],
      warnings: [],
      vault: new SecretVault({ env: () => '', file: () => '' }),
    },
    pagesOf: (job) => SHAPES[job]?.pages ?? 0,
    httpOn: (clock, served) => ({
      async attempt(request) {
        const sent = asked.get(request);
        if (!sent) throw new TypeError('a request that no platform made');
        served(sent.platform, sent.call.params as unknown as PageOf);
        const durationMs = 200 + Math.floor(random() * 10_000);
        await clock.sleep(durationMs);
        // By which the ledger knows after a step that this clock is right.
        const headers = { date: new Date(clock.nowMs()).toUTCString() };
        return { kind: 'reply', reply: { status: 200, headers, body: '' }, replyBytes: 0, durationMs };
      },
      close: () => Promise.resolve(),
    }),
  };
}

const cursorSchema = z.object({ runAtMs: z.number(), page: z.number() });

function jobOf(name: string, { platform, schedule, partitions, pages }: Shape, committed: (page: PageOf) => void): Job {
  const definition = defineJob({
    name,
    platform,
    schedule,
    partitions: () => Array.from({ length: partitions }, (_, at) => ({ key: `p${at}` })),
    cursor: cursorSchema,
    initial: () => ({ runAtMs: 0, page: 0 }),
    async *pages({ cursor, partition, call, nowMs: runAtMs }) {
      for (let page = cursor.runAtMs === runAtMs ? cursor.page : 0; page < pages; page += 1) {
        const asked = { job: name, partition: partition.key, runAtMs, page };
        await call('GET /pages', asked);
        yield { records: [asked], cursor: { runAtMs, page: page + 1 } };
      }
    },
    sink: (records) => {
      for (const record of records) committed(record as unknown as PageOf);
    },
  });
  return parseJob(definition, { file: `${name}.ts`, platforms: ['east', 'west'], checkSchedule: () => [] });
}
