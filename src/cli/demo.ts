import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { RunEvent } from '../run/event';
import { stopControl } from '../run/stop';
import { openStore, type Store } from '../store/open';
import { nextTurn, systemClock } from '../time/system-clock';
import { color } from './color';
import { judge, showClosing } from './demo-closing';
import { openEngine, storeInUse } from './engine';
import { PACKAGE } from './package';
import { count, note, printJson } from './print';
import { Progress } from './progress';
import { loadProject, type Project } from './project';
import { stopOnSignals } from './signals';
import { openTerminalLog } from './terminal-log';
import { openTwin, type Twin } from './twin';

/** A quota day of the demo. */
const DAY_MS = 30_000;

/** The merchant on the sandbox's list of test users: its small quota goes first. */
const TEST_USER = '3649418105';

const MERCHANTS = {
  [TEST_USER]: { orders: 1_600, items: 140 },
  '3649418106': { orders: 3_400, items: 480 },
  '3649418107': { orders: 2_900, items: 350 },
  '3649418108': { orders: 2_100, items: 640 },
};
const FORMS = { 'FORM-SANDBOX-0001': { instances: 3_600 }, 'FORM-SANDBOX-0002': { instances: 1_400 } };

/** What the sandbox enforces and what Offpeak is told are the same figures: no call over any of them is allowed. */
const APP_PER_DAY = 110;
const TEST_USER_PER_DAY = 16;
const ORDER_QPS = 8;
const ITEM_QPS = 4;
const FORM_QPS = 2;

interface DemoOptions {
  readonly dir: string;
  readonly json?: boolean;
}

/** `offpeak demo`: the example jobs against the sandbox, through a quota that runs out, to the last record. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('watch it work: sandbox platforms, a day of 30 s, a quota that runs out, the resume, nothing lost')
    .option('-C, --dir <folder>', 'where data/demo.db is made anew', process.cwd())
    .option('--json', 'print the closing table as one JSON object')
    .addHelpText('after', '\nTakes one to two minutes and needs no account. Example:\n  offpeak demo')
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options);
    });
}

async function demo(options: DemoOptions): Promise<number> {
  const stop = stopControl(systemClock, 5_000);
  const signals = stopOnSignals(stop);
  const storePath = join(resolve(options.dir), 'data', 'demo.db');
  await makeAnew(storePath);
  const twin = await openDemoTwin(storePath);
  const store = await openStore(storePath, { clock: systemClock, nextTurn });
  try {
    const startedMs = systemClock.monotonicMs();
    introduce(twin.project);
    await play({ twin, store, stop, options });
    const asked = signals.exitCode();
    if (asked !== null) return asked;
    const seconds = Math.round((systemClock.monotonicMs() - startedMs) / 100) / 10;
    const closing = await judge({ sandbox: twin.sandbox, store, seconds });
    if (options.json) printJson(closing.verdict);
    else showClosing(closing, storePath);
    return closing.isGood ? 0 : 1;
  } finally {
    await store.close();
    await twin.sandbox.close();
    signals.detach();
  }
}

/** Throws STORE_IN_USE while another demo runs on it. */
async function makeAnew(storePath: string): Promise<void> {
  await refuseWhenInUse(storePath);
  await mkdir(dirname(storePath), { recursive: true, mode: 0o700 });
  for (const suffix of ['', '-wal', '-shm']) await rm(`${storePath}${suffix}`, { force: true });
}

async function refuseWhenInUse(storePath: string): Promise<void> {
  const store = await openStore(storePath, { clock: systemClock, readOnly: true }).catch(() => null);
  const holder = await store?.lease.holder(systemClock.nowMs());
  await store?.close();
  if (holder) throw storeInUse(holder);
}

/** The jobs and the config that come with the package, wherever the demo is called. */
async function openDemoTwin(storePath: string): Promise<Twin> {
  const project = await loadProject({ dir: PACKAGE });
  return openTwin(project, {
    store: storePath,
    day: { kind: 'fixed', lengthMs: DAY_MS },
    resetGuardMs: 500,
    testUsers: [TEST_USER],
    budgets: {
      kuaishou: {
        'app-day': APP_PER_DAY,
        'test-user-day': TEST_USER_PER_DAY,
        'api-qps': ITEM_QPS,
        'order-list-app-qps': ORDER_QPS,
      },
      yida: { 'api-qps': FORM_QPS },
    },
    sandbox: {
      latencyMs: [20, 80],
      kuaishou: {
        merchants: MERCHANTS,
        testUsers: [TEST_USER],
        limits: {
          appPerDay: APP_PER_DAY,
          userPerDay: TEST_USER_PER_DAY,
          apiQps: ITEM_QPS,
          apiQpsByApi: { 'open.order.cursor.list': ORDER_QPS },
        },
      },
      yida: { forms: FORMS, limits: { apiQps: FORM_QPS } },
    },
  });
}

function introduce({ config, jobs }: Project): void {
  note(
    `${color.bold('offpeak demo')}: ${jobs.length} jobs from jobs/, two sandbox platforms on loopback, a quota day of ${DAY_MS / 1_000} s`,
  );
  note(
    `  kuaishou: ${count(APP_PER_DAY)} calls a day for the app, ${TEST_USER_PER_DAY} for test user ${TEST_USER}, ${ORDER_QPS}/s orders, ${ITEM_QPS}/s items`,
  );
  note(`  yida: ${FORM_QPS}/s;  store: ${config.store}\n`);
}

interface Play {
  readonly twin: Twin;
  readonly store: Store;
  readonly stop: ReturnType<typeof stopControl>;
  readonly options: DemoOptions;
}

async function play({ twin: { project }, store, stop }: Play): Promise<void> {
  const progress = new Progress({ project, usage: () => store.ledger.usage(systemClock.nowMs()) });
  const log = openTerminalLog('error', (line) => project.vault.scrub(line));
  const onEvent = (event: RunEvent): void => progress.see(event);
  const engine = await openEngine({
    project,
    store,
    log,
    stop,
    command: 'demo',
    clock: systemClock,
    random: Math.random,
    onEvent,
  });
  try {
    for (const { name } of project.jobs) {
      await store.runs.open({ job: name, slotAtMs: systemClock.nowMs(), kind: 'manual', fence: engine.lease.fence });
    }
    progress.start();
    await engine.scheduler.finish();
  } finally {
    await progress.stop();
    await engine.close();
  }
}
