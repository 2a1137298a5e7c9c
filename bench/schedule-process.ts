import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTask } from 'node-cron';
import { childSpec, tellParent } from './child';
import { type Desk, jobsOf, openDesk } from './schedule-desk';
import {
  added,
  begin,
  type Cost,
  type CronFigures,
  cronOf,
  mean,
  memory,
  type OffpeakFigures,
  type Spec,
} from './schedule-figures';

const MINUTE_MS = 60_000;
const IDLE_BEATS = 1_000;
const MIB = 1_048_576;

async function main(): Promise<void> {
  const spec = childSpec() as Spec;
  tellParent(spec.kind === 'offpeak' ? await offpeak(spec) : await nodeCron(spec));
  process.disconnect();
}

async function offpeak({ jobs: count, minutes }: Spec): Promise<OffpeakFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'offpeak-bench-'));
  try {
    const before = memory();
    const jobs = jobsOf(count);
    const started = begin();
    const desk = await openDesk(join(directory, 'bench.db'), jobs);
    const start = started();
    const held = memory();
    const idle = await repeat(IDLE_BEATS, () => desk.beat(1));
    const idleBeatHeapBytes = ((memory().heapMiB - held.heapMiB) * MIB) / IDLE_BEATS;
    const due = await dueMinutes(desk, minutes, count / 100);
    await desk.close();
    const idleFigures = { idleBeats: IDLE_BEATS, idleBeat: idle, idleBeatHeapBytes };
    return { start, memory: added(held, before), ...idleFigures, ...due, runsPerMinute: count / 100 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function dueMinutes(
  desk: Desk,
  minutes: number,
  runsPerMinute: number,
): Promise<Pick<OffpeakFigures, 'dueBeat' | 'dueMinute'>> {
  const beats: Cost[] = [];
  const wholes: Cost[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    const started = begin();
    await desk.beat(MINUTE_MS);
    beats.push(started());
    await desk.ended(minute * runsPerMinute);
    wholes.push(started());
  }
  return { dueBeat: mean(beats), dueMinute: mean(wholes) };
}

async function nodeCron({ jobs: count, minutes }: Spec): Promise<CronFigures> {
  // In the middle of a minute, so that its start meets no tick.
  await sleep((MINUTE_MS + 5_000 - (Date.now() % MINUTE_MS)) % MINUTE_MS);
  let runs = 0;
  const before = memory();
  const started = begin();
  const tasks = Array.from({ length: count }, (_, index) =>
    createTask(cronOf(index, count), () => void (runs += 1), { timezone: 'Asia/Shanghai', noOverlap: true }),
  );
  for (const task of tasks) await task.start();
  const start = started();
  const held = memory();
  await sleep((MINUTE_MS + 35_000 - (Date.now() % MINUTE_MS)) % MINUTE_MS);
  const costs: Cost[] = [];
  const ran = runs;
  for (let minute = 1; minute <= minutes; minute += 1) {
    const took = begin();
    await sleep(MINUTE_MS);
    costs.push(took());
  }
  for (const task of tasks) await task.destroy();
  return { start, memory: added(held, before), minutes: costs, runsPerMinute: (runs - ran) / minutes };
}

async function repeat(times: number, work: () => Promise<void>): Promise<Cost> {
  const took = begin();
  for (let time = 0; time < times; time += 1) await work();
  const { wallMs, cpuMs } = took();
  return { wallMs: wallMs / times, cpuMs: cpuMs / times };
}

void main();
