import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import items from '../jobs/kuaishou-items';
import orders from '../jobs/kuaishou-orders';
import forms from '../jobs/yida-forms';
import { EVERYTHING } from '../src/cli/engine';
import type { Project } from '../src/cli/project';
import { openTwin, type Twin } from '../src/cli/twin';
import { kuaishou, secret, yida } from '../src/index';
import { parseJob } from '../src/job/parse';
import { openStore } from '../src/store/open';
import { nextTurn, systemClock } from '../src/time/system-clock';
import { benchProject, openBenchEngine } from './engine';
import { command, machine, rounded } from './machine';

/**
 * The demo's work on three platforms at once, two apps of Kuaishou and one of Yida, beside the lower bound that the limits
 * give: for each of them, its calls over its calls a second. No quota binds; partitions ask for one page after the other.
 */
const ORDERS = 'open.order.cursor.list';
const ITEMS = 'open.item.list.get';
const FORMS = 'yida.forms.instances.search';
const QPS: Readonly<Record<string, number>> = { [ORDERS]: 8, [ITEMS]: 4, [FORMS]: 2 };
const LATENCY_MS: [number, number] = [20, 80];
const UNBOUND = 1_000_000;

interface LimitWork {
  readonly platform: string;
  readonly api: string;
  readonly perSecond: number;
  readonly calls: number;
  readonly refused: number;
  readonly boundS: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-bench-'));
  const storePath = join(directory, 'makespan.db');
  const project = exampleProject(directory);
  const [first, second] = [await twinOf(project, storePath, 'first'), await twinOf(project, storePath, 'second')];
  const makespanS = await run(threePlatforms(first, second), storePath);
  const work = [...workOf('kuaishou', first), ...workOf('kuaishou-2', second)];
  const boundS = Math.max(...work.map((one) => one.boundS));
  const ratio = rounded(makespanS / boundS);
  await Promise.all([first.sandbox.close(), second.sandbox.close()]);
  await rm(directory, { recursive: true, force: true });
  const report = { machine: machine(), command: command('bench:makespan'), makespanS, boundS, ratio, limits: work };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log(`${report.machine}\n${report.command}`);
  console.table(work);
  console.log(`makespan ${makespanS} s, lower bound ${boundS} s, ratio ${ratio}`);
}

/** The example jobs on platforms that their twins replace. */
function exampleProject(directory: string): Project {
  const unused = secret('env:UNUSED');
  const platforms = {
    kuaishou: kuaishou({ appKey: 'ks0', signSecret: unused, tokens: { '3649418105': unused } }),
    yida: yida({ appKey: 'ding0', appSecret: unused, systemToken: unused, appType: 'APP', userId: 'bench' }),
  };
  const jobs = [orders, items, forms].map((definition) =>
    parseJob(definition, { file: 'bench/makespan.ts', platforms: Object.keys(platforms), checkSchedule: () => [] }),
  );
  return benchProject(directory, { platforms }, jobs);
}

function twinOf(project: Project, store: string, seed: string): Promise<Twin> {
  return openTwin(project, {
    store,
    day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
    resetGuardMs: 500,
    budgets: {
      kuaishou: { 'app-day': UNBOUND, 'api-qps': QPS[ITEMS] ?? 1, 'order-list-app-qps': QPS[ORDERS] ?? 1 },
      yida: { 'api-qps': QPS[FORMS] ?? 1 },
    },
    sandbox: {
      seed,
      latencyMs: LATENCY_MS,
      kuaishou: {
        merchants: {
          '3649418105': { orders: 1_600, items: 640 },
          '3649418106': { orders: 3_400, items: 1_480 },
          '3649418107': { orders: 2_900, items: 1_350 },
          '3649418108': { orders: 2_100, items: 1_640 },
        },
        limits: { appPerDay: UNBOUND, apiQps: QPS[ITEMS] ?? 1, apiQpsByApi: { [ORDERS]: QPS[ORDERS] ?? 1 } },
      },
      yida: {
        forms: { 'FORM-SANDBOX-0001': { instances: 3_600 }, 'FORM-SANDBOX-0002': { instances: 1_400 } },
        limits: { apiQps: QPS[FORMS] ?? 1 },
      },
    },
  });
}

/** The second twin's Kuaishou beside the two platforms of the first, with a second copy of its jobs. */
function threePlatforms({ project }: Twin, { project: other }: Twin): Project {
  const kuaishou = other.config.platforms['kuaishou'];
  if (!kuaishou) throw new Error('the project has no platform called kuaishou');
  const again = other.jobs
    .filter(({ platform }) => platform === 'kuaishou')
    .map((job) => ({ ...job, name: `${job.name}-2`, platform: 'kuaishou-2' }));
  const platforms = { ...project.config.platforms, 'kuaishou-2': kuaishou };
  return { ...project, config: { ...project.config, platforms }, jobs: [...project.jobs, ...again] };
}

/** Seconds from the first start to the last end, all jobs started together. */
async function run(project: Project, storePath: string): Promise<number> {
  const store = await openStore(storePath, { clock: systemClock, nextTurn });
  const engine = await openBenchEngine({ project, store });
  const { fence } = engine.lease;
  const startedMs = performance.now();
  await Promise.all(
    project.jobs.map(async (job) => {
      const opened = await store.runs.open({ job: job.name, slotAtMs: Date.now(), kind: 'manual', fence });
      if (!opened) throw new Error('the run exists already');
      const { state } = await engine.runOnce(job, opened, EVERYTHING);
      if (state !== 'done') throw new Error(`${job.name} ended as ${state}`);
    }),
  );
  const seconds = rounded((performance.now() - startedMs) / 1_000, 2);
  await engine.close();
  await store.close();
  return seconds;
}

function workOf(app: string, { sandbox: { ledger } }: Twin): LimitWork[] {
  return Object.entries(QPS).flatMap(([api, perSecond]) => {
    const arrivals = ledger.attempts({ api });
    if (arrivals.length === 0) return [];
    const refused = arrivals.filter(({ verdict }) => verdict === 'refused').length;
    const calls = arrivals.length - refused;
    const platform = api === FORMS ? 'yida' : app;
    return [{ platform, api, perSecond, calls, refused, boundS: rounded(calls / perSecond, 2) }];
  });
}

void main();
