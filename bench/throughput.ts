import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { nextMessage, startChild } from './child';
import { command, cpuUs, machine, rounded } from './machine';
import type { Load } from './order-load';
import { runScript } from './order-script';
import type { OrderServerSpec } from './order-server';
import { openOffpeak } from './order-sync';

interface Figures {
  readonly callsPerS: number;
  readonly cpuUsPerCall: number;
}

interface Case {
  readonly recordsPerPage: number;
  readonly partitions: number;
  readonly offpeak: Figures;
  readonly undici: Figures;
  readonly script: Figures;
  readonly ratioToUndici: number;
  readonly ratioToScript: number;
}

interface Options {
  readonly recordsPerPage: readonly number[];
  readonly partitions: readonly number[];
  readonly calls: number;
  readonly repeats: number;
}

/** Before anything is measured: V8 compiles what a call passes over the first thousands of them, and a daemon runs for days. */
const WARM_UP = { partitions: 64, pagesEach: 128 };
/** The script makes so many of the calls: it is slow, and no faster with more of them. */
const SCRIPT_SHARE = 1 / 4;

/**
 * Calls per second through the whole path, every page committed with FULL, when no limit binds: beside plain undici, which
 * keeps nothing, and beside a script that keeps the same. All in one process on one core, in turns; the stub has another.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '2048' },
      records: { type: 'string', default: '1,10,50' },
      partitions: { type: 'string', default: '8,64,256' },
      repeats: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const options: Options = {
    calls: Number(values.calls),
    repeats: Number(values.repeats),
    recordsPerPage: values.records.split(',').map(Number),
    partitions: values.partitions.split(',').map(Number),
  };
  pin(process.pid, 0);
  const cases: Case[] = [];
  for (const recordsPerPage of options.recordsPerPage) cases.push(...(await casesOf(recordsPerPage, options)));
  const report = { machine: machine(), command: command('bench:throughput'), cases };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log(`${report.machine}\n${report.command}`);
  console.table(cases.map(toRow));
}

async function casesOf(recordsPerPage: number, { partitions, calls, repeats }: Options): Promise<Case[]> {
  const server = startChild('order-server.ts', { recordsPerPage } satisfies OrderServerSpec);
  const { port } = await nextMessage<{ port: number }>(server);
  if (server.pid !== undefined) pin(server.pid, 1);
  const of = { url: `http://127.0.0.1:${port}`, recordsPerPage };
  await inDirectory((directory) => measureOffpeak({ ...of, ...WARM_UP, directory }));
  const cases: Case[] = [];
  for (const count of partitions) {
    const pagesEach = Math.ceil(calls / count);
    const load = { ...of, partitions: count, pagesEach };
    await measureCase({ ...load, pagesEach: Math.ceil(pagesEach / 8) }, 1); // the others, and the connections
    cases.push(await measureCase(load, repeats));
  }
  server.kill();
  return cases;
}

async function measureCase(load: Omit<Load, 'directory'>, repeats: number): Promise<Case> {
  const undici: Figures[] = [];
  const script: Figures[] = [];
  const offpeak: Figures[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    await inDirectory(async (directory) => {
      const all: Load = { ...load, directory };
      const few: Load = { ...all, pagesEach: Math.ceil(load.pagesEach * SCRIPT_SHARE) };
      const agent = new Agent({ connections: load.partitions });
      undici.push(await measure(all, () => runPlain(all, agent)));
      script.push(await measure(few, () => runScript(few, agent)));
      await agent.close();
      offpeak.push(await measureOffpeak(all));
    });
  }
  return caseOf(load, { undici: median(undici), script: median(script), offpeak: median(offpeak) });
}

async function inDirectory(work: (directory: string) => Promise<unknown>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-bench-'));
  await work(directory);
  await rm(directory, { recursive: true, force: true });
}

async function measureOffpeak(load: Load): Promise<Figures> {
  const { run, close } = await openOffpeak(load);
  const figures = await measure(load, run);
  await close();
  return figures;
}

function caseOf(
  { recordsPerPage, partitions }: Omit<Load, 'directory'>,
  figures: Pick<Case, 'offpeak' | 'undici' | 'script'>,
): Case {
  const { offpeak, undici, script } = figures;
  const ratioTo = (peer: Figures): number => rounded(offpeak.callsPerS / peer.callsPerS);
  return { recordsPerPage, partitions, ...figures, ratioToUndici: ratioTo(undici), ratioToScript: ratioTo(script) };
}

async function runPlain({ url, partitions, pagesEach }: Load, dispatcher: Agent): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let page = 1; page <= pagesEach; page += 1) {
      const reply = await request(`${url}/orders?cursor=${page}`, { dispatcher });
      await reply.body.json();
    }
  };
  await Promise.all(Array.from({ length: partitions }, lane));
}

async function measure({ partitions, pagesEach }: Load, work: () => Promise<unknown>): Promise<Figures> {
  const calls = partitions * pagesEach;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  return { callsPerS: Math.round(calls / seconds), cpuUsPerCall: Math.round(cpuUs(cpu) / calls) };
}

/** Each figure for itself: the others of this machine disturb them at different times. */
function median(figures: readonly Figures[]): Figures {
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return {
    callsPerS: middle(figures.map(({ callsPerS }) => callsPerS)),
    cpuUsPerCall: middle(figures.map(({ cpuUsPerCall }) => cpuUsPerCall)),
  };
}

/** Keeps a process on one core, where the machine has the tool for it. */
function pin(pid: number, core: number): void {
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)]);
}

function toRow({ recordsPerPage, partitions, offpeak, undici, script, ratioToUndici, ratioToScript }: Case): object {
  const shown = ({ callsPerS, cpuUsPerCall }: Figures): string => `${callsPerS}/s, ${cpuUsPerCall} us`;
  return {
    'records a page': recordsPerPage,
    partitions,
    offpeak: shown(offpeak),
    undici: shown(undici),
    script: shown(script),
    'to undici': ratioToUndici,
    'to script': ratioToScript,
  };
}

void main();
