import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openEngine } from '../src/cli/engine';
import { forecastOf, startsBy } from '../src/cli/forecast';
import { Trace } from '../src/cli/forecast-trace';
import { planRequestOf } from '../src/cli/plan-project';
import { stopControl } from '../src/run/stop';
import { chanceOf } from '../src/schedule/chance';
import type { Forecast } from '../src/schedule/forecast';
import { type Plan, planStarts } from '../src/schedule/plan';
import { openDirectQueue } from '../src/simulation/direct-queue';
import { openMemoryStore } from '../src/store/open';
import { virtualClock } from '../src/time/virtual-clock';
import { command, cpuUs, machine, rounded } from './machine';
import { monthProject, VENDORS } from './month-project';
import { CountingServers } from './month-server';
import { markdown, type Row, rowsOf, summedUp } from './month-table';

/**
 * A month, day by day: the forecast that is made at the start of each day beside what then happens. Both are simulated with
 * the production code; what happens has servers with counters of their own, volumes with noise, and weekdays.
 */
const START_MS = Date.parse('2026-03-02T00:00:00Z'); // a Monday
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS_DEFAULT = 30;
/** Until after the last reset of a day. */
const SPAN_MS = 30 * HOUR_MS;
/** Coarser than `offpeak plan`, which simulates once. */
const COARSE = { callsMax: 400, turnsMax: 250 };
const DOC = 'docs/forecast.md';
const WORK_MAX = 2_000_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: String(DAYS_DEFAULT) },
      seed: { type: 'string', default: ['1'], multiple: true },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const started = process.cpuUsage();
  const rows: Row[] = [];
  const sums: Row[] = [];
  for (const [at, seed] of values.seed.entries()) {
    const own = await month(Number(values.days), seed);
    if (at === 0) rows.push(...own);
    sums.push(...summedUp(own));
  }
  rows.push(...sums);
  const report = {
    machine: machine(),
    command: command('sim:month'),
    cpuS: rounded(cpuUs(started) / 1e6, 0),
    rows,
  };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else console.log(`${report.machine}\n${report.command}, ${report.cpuS} s of processor time\n${markdown(rows)}`);
  if (values.write)
    writeDoc(`${report.machine}, \`${report.command}\`, ${report.cpuS} s of processor time:\n\n${markdown(rows)}`);
}

async function month(days: number, seed: string): Promise<Row[]> {
  const clock = virtualClock(START_MS - 1);
  const store = await openMemoryStore({ clock });
  const project = monthProject(seed);
  const random = chanceOf(Number(seed));
  const servers = new CountingServers({
    clock,
    random,
    vendors: VENDORS,
    onServed: (served) => trace.onArrival(served),
  });
  const trace = new Trace({
    clock,
    platforms: Object.entries(project.config.platforms).map(([name, { budgets, day }]) => {
      return { name, budgets, day, callsPerCall: 1 };
    }),
    usage: [],
  });
  let plan: Plan = { jobs: [], peaks: [], infeasible: [], moved: [] };
  let starts = startsBy(plan, project);
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = await openEngine({
    project,
    store,
    log: silent,
    stop: stopControl(clock, 0),
    onEvent: trace.onEvent,
    command: 'month',
    clock,
    random,
    openQueue: openDirectQueue,
    http: servers,
    startOf: (job, slotAtMs) => starts(job, slotAtMs),
    rhythm: { heartbeatMs: Infinity, lookMsMax: Infinity },
  });
  const serving = engine.scheduler.serve();
  const forecasts: Forecast[] = [];
  const refused: number[][] = [];
  for (let day = 0; day < days; day += 1) {
    const startMs = START_MS + day * DAY_MS;
    const span = { startMs, endMs: startMs + SPAN_MS };
    const { request, demands } = await planRequestOf(project, store, span);
    plan = planStarts({ ...request, workMax: WORK_MAX, jobs: request.jobs.map((job) => keptAt(job, plan)) });
    starts = startsBy(plan, project);
    forecasts.push(await forecastOf({ project, store, plan, demands, span, ...COARSE }));
    await Promise.race([serving, clock.advanceTo(startMs + DAY_MS - 1)]);
    refused.push(VENDORS.map(({ name }) => servers.refused(name)));
  }
  // What the last day carries over is made on the day after.
  await Promise.race([serving, clock.advanceTo(START_MS + (days + 1) * DAY_MS)]);
  await store.close();
  return rowsOf({ seed, forecasts, trace, refused, vendors: VENDORS.map(({ name }) => name), startMs: START_MS });
}

function keptAt<Job extends { readonly name: string }>(
  job: Job,
  plan: Plan,
): Job & { previousOffsetMs: number | null } {
  return { ...job, previousOffsetMs: plan.jobs.find((planned) => planned.job === job.name)?.offsetMs ?? null };
}

function writeDoc(table: string): void {
  const text = readFileSync(DOC, 'utf8');
  const [open, close] = ['<!-- month: written by `npm run -s sim:month -- --write` -->', '<!-- /month -->'];
  const [before = '', rest = ''] = text.split(open);
  const after = rest.split(close)[1] ?? '';
  writeFileSync(DOC, `${before}${open}\n${table}\n${close}${after}`);
}

void main();
