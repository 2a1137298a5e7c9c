import Bottleneck from 'bottleneck';
import type { Budget } from '../src/limit/budget';
import { openCaller, type Reply } from './caller';
import { childSpec, tellParent } from './child';
import type { Limit } from './counting';
import { cpuUs, rounded } from './machine';
import { openOffpeak } from './offpeak';
import { openBareServer } from './server';
import {
  API_QPS,
  APIS,
  APP_QPS,
  COLD_CALLS_EACH,
  HOT_CALLS,
  type ThreeLimitFigures,
  type ThreeLimitSubject,
  USER_QPS,
  USERS,
} from './three-limits';

/** All calls wait from the beginning, every user's in turns of the two APIs. */
const LATENCY_MS = [50, 350] as const;
const IN_FLIGHT_MAX = 120;
const EARLY_MS = 10_000;
const COUNTER = { kind: 'sliding' } as const;
const LIMITS: readonly Limit[] = [
  { name: 'app', perSecond: APP_QPS, by: 'app', counter: COUNTER },
  { name: 'api', perSecond: API_QPS, by: 'api', counter: COUNTER },
  { name: 'user', perSecond: USER_QPS, by: 'user', counter: COUNTER },
];

interface Work {
  readonly api: string;
  readonly user: string;
}

type Gate = (work: Work, call: () => Promise<Reply>) => Promise<unknown>;

async function main(): Promise<void> {
  const { subject } = childSpec() as { subject: ThreeLimitSubject };
  const server = await openBareServer({ countings: { all: LIMITS }, latencyMs: LATENCY_MS, spreadMs: 0 });
  const caller = await openCaller(server.url, IN_FLIGHT_MAX);
  const gate = openGate(subject);
  const work = allWork();
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const done = { hotMs: 0, coldMs: 0 };
  const early = wait(EARLY_MS).then(() => server.totals());
  await Promise.all(
    work.map(async (one) => {
      await gate(one, () => caller.call(`/${one.api}/${one.user}`));
      done[one.user === HOT ? 'hotMs' : 'coldMs'] = performance.now() - startedMs;
    }),
  );
  const cpuPerCallUs = Math.round(cpuUs(cpu) / work.length);
  const refused = (await server.totals()).counts['all']?.refused ?? {};
  const earlyCounts = (await early).counts['all'];
  tellParent({
    subject,
    calls: work.length,
    refusedByApp: refused['app'] ?? 0,
    refusedByApi: refused['api'] ?? 0,
    refusedByUser: refused['user'] ?? 0,
    appUsed: rounded((earlyCounts?.served ?? 0) / APP_QPS / (EARLY_MS / 1_000)),
    ...ends(done),
    cpuPerCallUs,
  } satisfies ThreeLimitFigures);
  server.close();
  process.disconnect();
  process.exit();
}

function ends({
  hotMs,
  coldMs,
}: {
  hotMs: number;
  coldMs: number;
}): Pick<ThreeLimitFigures, 'hotDoneS' | 'hotRatio' | 'coldDoneS' | 'coldRatio'> {
  const hotBoundS = HOT_CALLS / USER_QPS;
  const coldBoundS = ((USERS - 1) * COLD_CALLS_EACH) / (APP_QPS - USER_QPS);
  return {
    hotDoneS: rounded(hotMs / 1_000, 2),
    hotRatio: rounded(hotMs / 1_000 / hotBoundS),
    coldDoneS: rounded(coldMs / 1_000, 2),
    coldRatio: rounded(coldMs / 1_000 / coldBoundS),
  };
}

const HOT = 'user-0';

function allWork(): Work[] {
  return Array.from({ length: USERS }, (_, n) => `user-${n}`).flatMap((user) =>
    Array.from({ length: user === HOT ? HOT_CALLS : COLD_CALLS_EACH }, (_, n) => ({ api: `api-${n % APIS}`, user })),
  );
}

function openGate(subject: ThreeLimitSubject): Gate {
  switch (subject) {
    case 'offpeak': {
      const offpeak = openOffpeak(BUDGETS, IN_FLIGHT_MAX);
      return ({ api, user }, call) => offpeak({ scope: { app: 'bench', api, user }, flow: user, call });
    }
    case 'bottlenecks user, API, app':
      return chained(['user', 'api', 'app'], {});
    case 'bottlenecks app, API, user':
      return chained(['app', 'api', 'user'], {});
    case 'bottlenecks app, API, user, maxConcurrent':
      return chained(['app', 'api', 'user'], { maxConcurrent: IN_FLIGHT_MAX });
  }
}

const BUDGETS: readonly Budget[] = [
  { name: 'app-qps', limit: APP_QPS, per: { rollingMs: 1_000 }, scope: ['app'], source: 'bench' },
  { name: 'api-qps', limit: API_QPS, per: { rollingMs: 1_000 }, scope: ['api'], source: 'bench' },
  { name: 'user-qps', limit: USER_QPS, per: { rollingMs: 1_000 }, scope: ['user'], source: 'bench' },
];

/** A limiter for each value of each limit, one inside the other, from the outermost. */
function chained(order: readonly Limit['by'][], options: Bottleneck.ConstructorOptions): Gate {
  const limiters = new Map<string, Bottleneck>();
  const limiter = (by: Limit['by'], value: string): Bottleneck => {
    const key = `${by}|${value}`;
    const perSecond = { app: APP_QPS, api: API_QPS, user: USER_QPS }[by];
    const held = limiters.get(key) ?? new Bottleneck({ minTime: 1_010 / perSecond, ...options });
    limiters.set(key, held);
    return held;
  };
  return ({ api, user }, call) => {
    const chain = order.map((by) => limiter(by, { app: '', api, user }[by]));
    return chain.reduceRight<() => Promise<unknown>>((inner, outer) => () => outer.schedule(inner), call)();
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

void main();
