import type { Project } from '../../src/cli/project';
import { parseConfig } from '../../src/config';
import { defineJob, generic, kuaishou, type Partition, type Schedule, upsert, z } from '../../src/index';
import type { Call } from '../../src/job/definition';
import { type Job, parseJob } from '../../src/job/parse';
import type { TokenSource } from '../../src/platform/platform';
import { SecretVault, secret } from '../../src/secrets';
import type { DayRule } from '../../src/time/window';
import { APP_KEY, SHOP_ORIGIN } from './kuaishou-server';
import { MALL_ORIGIN } from './mall-server';
import { NO_MORE } from './server';

const HOUR_MS = 3_600_000;
/** Longer than any clock of a simulation is wrong. */
const OVERLAP_MS = HOUR_MS;
export const SHOP_DAY: DayRule = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' };
export const mallDay = (zone: string): DayRule => ({ kind: 'civil', at: '03:00', timezone: zone });

/** What an operator may change in the files of the project between two processes. */
export interface Settings {
  readonly shopLimit: number;
  readonly mallLimit: number;
  readonly hasExtra: boolean;
  /** Minutes after which the nightly job's hour starts. */
  readonly nightlyMinute: number;
}

export interface ProjectOptions extends Settings {
  /** Whose clocks change within the days that are simulated. */
  readonly zone: string;
  readonly startMs: number;
  readonly tokens: TokenSource;
}

/** The partitions of each job. */
export const PARTITIONS: Readonly<Record<string, readonly string[]>> = {
  orders: ['u1', 'u2'],
  refunds: ['u1'],
  nightly: ['s1', 's2'],
  often: ['s3'],
  extra: ['s4'],
};

/** So many records a day come into being of each partition. */
export const RECORDS_PER_DAY: Readonly<Record<string, number>> = {
  orders: 4,
  refunds: 5,
  nightly: 3,
  often: 6,
  extra: 2,
};

export function projectOf(options: ProjectOptions): Project {
  const { shopLimit, mallLimit, hasExtra, tokens, zone } = options;
  const shop = kuaishou({
    appKey: APP_KEY,
    signSecret: secret('env:SIGN_SECRET'),
    appSecret: secret('env:APP_SECRET'),
    baseUrl: SHOP_ORIGIN,
    tokens,
    budgets: { 'app-day': shopLimit, 'in-flight': 4 },
  });
  const mall = generic({
    vendor: 'mall',
    baseUrl: MALL_ORIGIN,
    app: 'm1',
    credentials: [],
    day: mallDay(zone),
    budgets: {
      'app-day': { limit: mallLimit, per: 'day', scope: ['app'] },
      'app-second': { limit: 5, per: '1s', scope: ['app'] },
      'app-span': { limit: 3, per: '20s', pacing: 'burst', scope: ['app'] },
    },
  });
  const names = Object.keys(PARTITIONS).filter((name) => name !== 'extra' || hasExtra);
  return {
    directory: '/nowhere',
    config: parseConfig({ platforms: { shop, mall } }, 'simulation'),
    jobs: names.map((name) => jobOf(name, options)),
    broken: [],
    warnings: [],
    vault: new SecretVault({ env: (name) => `secret ${name}`, file: () => '' }),
  };
}

/** One job for each way to deal with hours, overlaps and missed slots. */
function scheduleOf(name: string, { zone, nightlyMinute }: ProjectOptions): Schedule {
  switch (name) {
    case 'orders':
      return { cron: '15 1 * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'], onWindowEnd: 'pause' };
    case 'refunds':
      return { every: '12h', catchUp: { policy: 'all', max: 3 }, overlap: 'queue-all' };
    case 'nightly':
      return { cron: `${nightlyMinute} 2 * * *`, timezone: zone, windows: ['01:00-05:00'] };
    case 'often':
      return {
        every: '8h',
        timezone: zone,
        overlap: 'queue-one',
        blackouts: [{ hours: '12:00-13:00', reason: 'lunch' }],
        catchUp: 'all',
      };
    default:
      return { cron: '45 3 * * *', timezone: zone, overlap: 'cancel' };
  }
}

const cursorSchema = z.object({ sinceMs: z.number(), untilMs: z.number(), page: z.string() });

interface List {
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly next: string;
}

type Ask = (
  call: Call,
  asked: { partition: Partition; sinceMs: number; untilMs: number; page: string },
) => Promise<List>;

const ASKS: Readonly<Record<string, Ask>> = {
  async orders(call, { sinceMs, untilMs, page }) {
    const asked = { beginTime: sinceMs, endTime: untilMs, page };
    const { data } = await call('open.order.cursor.list', asked);
    return { records: data.orderList, next: data.cursor };
  },
  async refunds(call, { sinceMs, untilMs, page }) {
    const asked = { beginTime: sinceMs, endTime: untilMs, page };
    const { data } = await call('open.seller.order.refund.pcursor.list', asked);
    return { records: data.refundOrderInfoList, next: data.pcursor };
  },
};

const mallReply = z.object({
  data: z.object({ records: z.array(z.record(z.string(), z.unknown())), next: z.string() }),
});

function askMall(name: string): Ask {
  return async (call, { partition, sinceMs, untilMs, page }) => {
    const asked = { shop: partition.key, since: sinceMs, until: untilMs, page };
    const { data } = await call(`GET /${name}`, asked, { reply: mallReply });
    return data;
  };
}

function jobOf(name: string, options: ProjectOptions): Job {
  const ask = ASKS[name] ?? askMall(name);
  const isShop = name in ASKS;
  const definition = defineJob({
    name,
    platform: isShop ? 'shop' : 'mall',
    schedule: scheduleOf(name, options),
    partitions: () => (PARTITIONS[name] ?? []).map((key) => (isShop ? { key, scope: { user: key } } : { key })),
    cursor: cursorSchema,
    initial: () => ({ sinceMs: options.startMs, untilMs: 0, page: '' }),
    async *pages({ cursor, partition, call, nowMs }) {
      let { page } = cursor;
      const { sinceMs } = cursor;
      // A list that was begun is read to the end that it was begun with.
      const untilMs = page === '' ? nowMs : cursor.untilMs;
      while (page !== NO_MORE) {
        const list = await ask(call, { partition, sinceMs: sinceMs - OVERLAP_MS, untilMs, page });
        page = list.next;
        yield { records: list.records, cursor: { sinceMs, untilMs, page } };
      }
      yield { records: [], cursor: { sinceMs: untilMs, untilMs, page: '' } };
    },
    sink: upsert(name, { key: 'oid' }),
  });
  return parseJob(definition, { file: `${name}.ts`, platforms: ['shop', 'mall'], checkSchedule: () => [] });
}
