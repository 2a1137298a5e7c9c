import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startChild } from './child';
import { command, machine, rounded } from './machine';
import type { OwnSample } from './soak-daemon';
import { openSoakProject } from './soak-project';

/**
 * The daemon for as long as you like: real time, real HTTP to the sandbox at some 50 calls a second. What grows shows as a
 * slope, by least squares over what comes after the warm-up. Linux only: it reads /proc.
 */
interface Sample extends OwnSample {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly fds: number;
  readonly walBytes: number;
  readonly fileBytes: number;
}

const SAMPLE_MS = 1_000;
/** A third of the time, two minutes at most: the first runs fill caches, and the heap finds its size. */
const WARM_UP_SHARE = 1 / 3;
const WARM_UP_MS_MAX = 120_000;
const MINUTE_MS = 60_000;
const MB = 1024 * 1024;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '30' }, json: { type: 'boolean', default: false } },
  });
  const minutes = Number(values.minutes);
  const { directory, sandbox } = await openSoakProject();
  const { samples, exitCode } = await watched(directory, minutes * MINUTE_MS);
  const totals = sandbox.ledger.totals();
  await sandbox.close();
  rmSync(directory, { recursive: true, force: true });
  const verdict = {
    machine: machine(),
    command: command('soak'),
    minutes,
    ...figuresOf(samples),
    callsTotal: totals.arrivals,
    callsPerSecond: rounded(totals.arrivals / (minutes * 60), 1),
    overspent: Object.values(totals.overBudget).reduce((sum, one) => sum + one, 0),
    exitCode,
  };
  console.log(values.json ? JSON.stringify(verdict, null, 2) : verdict);
}

async function watched(directory: string, forMs: number): Promise<{ samples: Sample[]; exitCode: number | null }> {
  const child = startChild('soak-daemon.ts', { directory });
  const latest: { own: OwnSample | null } = { own: null };
  child.on('message', (message) => {
    if (isOwnSample(message)) latest.own = message; // the daemon tells its parent when it is ready, too
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const samples: Sample[] = [];
  const startMs = performance.now();
  while (performance.now() - startMs < forMs && child.exitCode === null) {
    await sleep(SAMPLE_MS);
    const { own } = latest;
    if (own !== null && child.pid !== undefined)
      samples.push({ ...sampleOf(child.pid, directory), ...own, atMs: performance.now() - startMs });
  }
  child.kill('SIGTERM');
  const [exitCode] = await exit;
  return { samples, exitCode };
}

function isOwnSample(message: unknown): message is OwnSample {
  return typeof message === 'object' && message !== null && 'heapBytes' in message;
}

function sampleOf(pid: number, directory: string): Omit<Sample, 'atMs' | keyof OwnSample> {
  const rssKb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  const size = (name: string): number => statSync(join(directory, 'data', name), { throwIfNoEntry: false })?.size ?? 0;
  return {
    rssBytes: Number(rssKb) * 1024,
    fds: readdirSync(`/proc/${pid}/fd`).length,
    walBytes: size('offpeak.db-wal'),
    fileBytes: size('offpeak.db'),
  };
}

function figuresOf(samples: readonly Sample[]): Record<string, number> {
  const lastMs = samples.at(-1)?.atMs ?? 0;
  const warmUpMs = Math.min(WARM_UP_MS_MAX, lastMs * WARM_UP_SHARE);
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs);
  const most = (of: (sample: Sample) => number): number => Math.max(...warm.map(of));
  return {
    samples: warm.length,
    rssMbMax: rounded(
      most(({ rssBytes }) => rssBytes / MB),
      1,
    ),
    rssSlopeMbPerHour: slopePerHour(warm, ({ rssBytes }) => rssBytes / MB),
    heapSlopeMbPerHour: slopePerHour(warm, ({ heapBytes }) => heapBytes / MB),
    fdsMin: Math.min(...warm.map(({ fds }) => fds)),
    fdsMax: most(({ fds }) => fds),
    walMbMax: rounded(
      most(({ walBytes }) => walBytes / MB),
      1,
    ),
    fileMbPerHour: slopePerHour(warm, ({ fileBytes }) => fileBytes / MB),
    commitP99Ms: median(warm.map(({ commitP99Ms }) => commitP99Ms)),
    commitP99MsMax: rounded(
      most(({ commitP99Ms }) => commitP99Ms),
      1,
    ),
    loopDelayP99Ms: median(warm.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
  };
}

/** By least squares. */
function slopePerHour(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const hours = samples.map(({ atMs }) => atMs / (60 * MINUTE_MS));
  const values = samples.map(of);
  const [meanHour, meanValue] = [mean(hours), mean(values)];
  const together = hours.reduce((sum, hour, at) => sum + (hour - meanHour) * ((values[at] ?? 0) - meanValue), 0);
  return rounded(together / hours.reduce((sum, hour) => sum + (hour - meanHour) ** 2, 0), 1);
}

function median(values: readonly number[]): number {
  return rounded([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0, 2);
}

void main();
