import { parseArgs } from 'node:util';
import { nextMessage, startChild } from './child';
import { command, machine, rounded } from './machine';
import type { Cost, CronFigures, OffpeakFigures, Spec } from './schedule-figures';

/**
 * What 10,000 scheduled jobs cost, Offpeak's beside as many node-cron tasks with the same expressions: start, memory, and a
 * minute in which one in a hundred is due. Each is alone in its process. Offpeak's clock is moved, and its minutes are
 * heartbeats that follow each other; it keeps every slot and run in a file, durably. node-cron has minutes of real time, keeps
 * nothing, and its tasks do nothing.
 */
const JOBS = 10_000;
const MINUTES = 20;
const REAL_MINUTES = 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, jobs: { type: 'string', default: String(JOBS) } },
  });
  const jobs = Number(values.jobs);
  const offpeak = await figuresOf<OffpeakFigures>({ kind: 'offpeak', jobs, minutes: MINUTES });
  const nodeCron = await figuresOf<CronFigures>({ kind: 'node-cron', jobs, minutes: REAL_MINUTES });
  const minuteCpuMs = medianOf(nodeCron.minutes.map(({ cpuMs }) => cpuMs));
  const report = {
    machine: machine(),
    command: command('bench:schedule'),
    jobs,
    offpeak,
    nodeCron,
    /** node-cron's over Offpeak's: above 1 Offpeak needs less. Of node-cron the minute in the middle. */
    ratios: {
      startMs: ratio(nodeCron.start.wallMs, offpeak.start.wallMs),
      startCpu: ratio(nodeCron.start.cpuMs, offpeak.start.cpuMs),
      heap: ratio(nodeCron.memory.heapMiB, offpeak.memory.heapMiB),
      rss: ratio(nodeCron.memory.rssMiB, offpeak.memory.rssMiB),
      minuteCpuToBeat: ratio(minuteCpuMs, offpeak.dueBeat.cpuMs),
      minuteCpuToWholeRuns: ratio(minuteCpuMs, offpeak.dueMinute.cpuMs),
    },
  };
  if (values.json) console.log(JSON.stringify(report, (_, value: unknown) => short(value), 2));
  else show(report);
}

function figuresOf<Figures>(spec: Spec): Promise<Figures> {
  return nextMessage<Figures>(startChild('schedule-process.ts', spec));
}

interface Report {
  readonly machine: string;
  readonly command: string;
  readonly jobs: number;
  readonly offpeak: OffpeakFigures;
  readonly nodeCron: CronFigures;
  readonly ratios: Readonly<Record<string, number>>;
}

function show({ machine: on, command: how, jobs, offpeak, nodeCron, ratios }: Report): void {
  console.log(`${on}\n${how}\n${jobs} jobs, ${offpeak.runsPerMinute} of them due in a minute`);
  console.table({
    Offpeak: {
      start: costText(offpeak.start),
      'heap MiB': rounded(offpeak.memory.heapMiB, 1),
      'RSS MiB': rounded(offpeak.memory.rssMiB, 1),
      'idle heartbeat': costText(offpeak.idleBeat),
      'minute, slots kept': costText(offpeak.dueBeat),
      'minute, runs ended': costText(offpeak.dueMinute),
    },
    'node-cron': {
      start: costText(nodeCron.start),
      'heap MiB': rounded(nodeCron.memory.heapMiB, 1),
      'RSS MiB': rounded(nodeCron.memory.rssMiB, 1),
      'minute, runs ended': `${nodeCron.minutes.map(({ cpuMs }) => rounded(cpuMs, 0)).join(', ')} ms CPU`,
    },
  });
  console.log(`an idle heartbeat leaves ${rounded(offpeak.idleBeatHeapBytes, 0)} bytes in the heap`);
  console.log("node-cron's figure over Offpeak's:");
  console.table(ratios);
}

function costText({ wallMs, cpuMs }: Cost): string {
  return `${rounded(wallMs, 2)} ms, ${rounded(cpuMs, 2)} ms CPU`;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ratio(theirs: number, ours: number): number {
  return rounded(theirs / ours, 2);
}

function short(value: unknown): unknown {
  return typeof value === 'number' ? rounded(value) : value;
}

void main();
