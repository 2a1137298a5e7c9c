import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Bottleneck from 'bottleneck';
import { RateLimiter } from 'limiter';
import type { Budget } from '../src/limit/budget';
import { command, machine, rounded } from './machine';
import { openAdmission, openOffpeak } from './offpeak';

/** What admission costs when nothing binds, beside other queues in the same run, and what it costs when many calls wait. */
const CALLS = 100_000;
/** Bottleneck does some 400 jobs a second: a tenth of a minute. */
const BOTTLENECK_CALLS = 2_400;
const LENGTHS = [100, 1_000, 10_000, 100_000];
const LANES_MANY = 10_000;
/** More are never in flight at once. */
const PLACES = 1_000;
/** Places that are held while the others come to wait; few, since giving them back is counted too. */
const PLACES_HELD = 10;
/** No limit: more calls a second than any machine makes. */
const UNBOUND = 10_000_000;

const BUDGETS: readonly Budget[] = [
  { name: 'app-qps', limit: UNBOUND, per: { bucketMs: 1_000, burst: UNBOUND }, scope: ['app'], source: 'bench' },
  { name: 'user-qps', limit: UNBOUND, per: { bucketMs: 1_000, burst: UNBOUND }, scope: ['user'], source: 'bench' },
];

interface Throughput {
  readonly subject: string;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** Over the slowest one of the run. */
  readonly ratio: number;
}

interface Waiting {
  readonly waiting: number;
  readonly lanes: number;
  readonly bytesPerCall: number;
  readonly enqueueUs: number;
  /** Microseconds for each admission while the line is drained. */
  readonly admitUs: number;
  /** `admitUs` over that of the shortest line. */
  readonly ratio: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const throughput = withRatios(await throughputs());
  const waiting: Omit<Waiting, 'ratio'>[] = [];
  await measureWaiting(1_000, 1); // warm-up
  for (const length of LENGTHS) waiting.push(await medianWaiting(length));
  for (const length of [LANES_MANY, 100_000]) waiting.push(await measureWaiting(length, LANES_MANY));
  const first = waiting[0]?.admitUs ?? 1;
  const report = {
    machine: machine(),
    command: command('bench:admission'),
    throughput,
    waiting: waiting.map((one) => ({ ...one, ratio: rounded(one.admitUs / first) })),
  };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log(`${report.machine}\n${report.command}`);
  console.table(report.throughput);
  console.table(report.waiting);
}

type Run = () => Promise<unknown>;

async function throughputs(): Promise<Omit<Throughput, 'ratio'>[]> {
  const { default: PQueue } = await import('p-queue');
  const nothing = (): Promise<null> => Promise.resolve(null);
  const offpeak = openOffpeak(BUDGETS, PLACES);
  const jobs = new Bottleneck({ maxConcurrent: PLACES });
  const jobPerCall = openOffpeak(BUDGETS, PLACES, { run: (task, priority) => jobs.schedule({ priority }, task) });
  const pQueue = new PQueue({ concurrency: PLACES });
  const limiter = new RateLimiter({ tokensPerInterval: UNBOUND, interval: 'second' });
  const bottleneck = new Bottleneck({ maxConcurrent: PLACES });
  const reply = Promise.resolve({ refused: false, roundTripMs: 1 });
  const call = { scope: { app: 'bench', user: '1' }, flow: '1', call: () => reply };
  await timed('warm-up', 20_000, () => offpeak(call));
  return [
    await timed('offpeak, admission and queue', CALLS, () => offpeak(call)),
    await timed('admission, and a Bottleneck job for each call', BOTTLENECK_CALLS, () => jobPerCall(call)),
    await timed('p-queue', CALLS, () => pQueue.add(nothing)),
    await timed('limiter', CALLS, async () => {
      await limiter.removeTokens(1);
      return nothing();
    }),
    await timed('bottleneck', BOTTLENECK_CALLS, () => bottleneck.schedule(nothing)),
  ];
}

/** All calls are handed over at once. */
async function timed(subject: string, calls: number, run: Run): Promise<Omit<Throughput, 'ratio'>> {
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: calls }, run));
  const seconds = (performance.now() - startedMs) / 1_000;
  return { subject, calls, callsPerSecond: Math.round(calls / seconds) };
}

function withRatios(all: readonly Omit<Throughput, 'ratio'>[]): Throughput[] {
  const slowest = Math.min(...all.map(({ callsPerSecond }) => callsPerSecond));
  return all.map((one) => ({ ...one, ratio: rounded(one.callsPerSecond / slowest, 1) }));
}

/** A short line says little by itself: the garbage of one measurement is as large as what it measures. */
async function medianWaiting(length: number): Promise<Omit<Waiting, 'ratio'>> {
  const all: Omit<Waiting, 'ratio'>[] = [];
  const times = length <= 1_000 ? 15 : 1;
  while (all.length < times) all.push(await measureWaiting(length, 1));
  const median = (figure: 'bytesPerCall' | 'enqueueUs' | 'admitUs'): number =>
    all.map((one) => one[figure]).sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
  return {
    waiting: length,
    lanes: 1,
    bytesPerCall: median('bytesPerCall'),
    enqueueUs: median('enqueueUs'),
    admitUs: median('admitUs'),
  };
}

/** Holds every place, lets so many calls come to wait, and then gives the places back. */
async function measureWaiting(waiting: number, lanes: number): Promise<Omit<Waiting, 'ratio'>> {
  const admission = openAdmission(PLACES_HELD);
  const inFlight: Budget = { name: 'in-flight', limit: PLACES_HELD, per: 'in-flight', scope: ['app'], source: 'bench' };
  const admit = (lane: number) => admission([...BUDGETS, inFlight], { app: 'bench', user: String(lane) });
  const held = await Promise.all(Array.from({ length: PLACES_HELD }, () => admit(0)));
  const before = heapBytes();
  const startedMs = performance.now();
  let admittedCalls = 0;
  const drained = new Promise<void>((resolve) => {
    for (let n = 0; n < waiting; n += 1) {
      void admit(n % lanes).then((permit) => {
        permit.sent();
        permit.release();
        admittedCalls += 1;
        if (admittedCalls === waiting) resolve();
      });
    }
  });
  const enqueuedMs = performance.now();
  await Promise.resolve();
  const bytes = heapBytes() - before;
  const drainMs = performance.now();
  for (const permit of held) permit.release();
  await drained;
  return {
    waiting,
    lanes,
    bytesPerCall: Math.round(bytes / waiting),
    enqueueUs: rounded(((enqueuedMs - startedMs) * 1_000) / waiting, 1),
    admitUs: rounded(((performance.now() - drainMs) * 1_000) / waiting, 1),
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

void main();
