import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import type { RunEvent } from '../run/event';
import { stopControl } from '../run/stop';
import type { Sandbox } from '../sandbox/sandbox';
import { openStore, type Store } from '../store/open';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { openEngine } from './engine';
import { count, note, print, printJson, table } from './print';
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

/** What the demo ends with. */
interface Verdict {
  readonly sandboxRecords: number;
  readonly storedRecords: number;
  /** Records that were delivered more than once. */
  readonly duplicates: number;
  readonly missing: number;
  /** Attempts that the sandbox refused by any limit. */
  readonly overBudget: number;
  readonly parks: number;
  readonly resumes: number;
  readonly seconds: number;
}

/** `offpeak demo`: the example jobs against the sandbox, through a quota that runs out, to the last record. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('watch it work: sandbox platforms, a day of 30 s, a quota that runs out, the resume, nothing lost')
    .option('-C, --dir <folder>', 'where data/demo.db is made anew', process.cwd())
    .option('--json', 'print the closing table as one JSON object')
    .addHelpText('after', '\nTakes about two minutes and needs no account. Example:\n  offpeak demo')
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
  const store = await openStore(storePath, { clock: systemClock });
  try {
    const startedMs = systemClock.monotonicMs();
    introduce(twin.project);
    await play({ twin, store, stop, options });
    const asked = signals.exitCode();
    if (asked !== null) return asked;
    const seconds = Math.round((systemClock.monotonicMs() - startedMs) / 100) / 10;
    return await conclude({ twin, store, seconds, options });
  } finally {
    await store.close();
    await twin.sandbox.close();
    signals.detach();
  }
}

async function makeAnew(storePath: string): Promise<void> {
  await mkdir(dirname(storePath), { recursive: true, mode: 0o700 });
  for (const suffix of ['', '-wal', '-shm']) await rm(`${storePath}${suffix}`, { force: true });
}

/** The jobs and the config that come with the package, wherever the demo is called. */
async function openDemoTwin(storePath: string): Promise<Twin> {
  const project = await loadProject({ dir: join(__dirname, '..', '..') });
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
    `${pc.bold('offpeak demo')}: ${jobs.length} jobs from jobs/, two sandbox platforms on loopback, a quota day of ${DAY_MS / 1_000} s`,
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

async function conclude({
  twin,
  store,
  seconds,
  options,
}: {
  twin: Twin;
  store: Store;
  seconds: number;
  options: DemoOptions;
}): Promise<number> {
  const kinds = await compare(twin.sandbox, store);
  const runs = await store.runs.list({ limit: 100 });
  const totals = runs.map((run) => run.totals);
  const sum = (pick: (of: (typeof totals)[number]) => number): number =>
    totals.reduce((total, of) => total + pick(of), 0);
  const verdict: Verdict = {
    sandboxRecords: kinds.reduce((total, { held }) => total + held, 0),
    storedRecords: kinds.reduce((total, { stored }) => total + stored, 0),
    duplicates: sum(({ records }) => records) - kinds.reduce((total, { stored }) => total + stored, 0),
    missing: kinds.reduce((total, { missing }) => total + missing, 0),
    overBudget: twin.sandbox.ledger.overBudget(),
    parks: sum(({ parks }) => parks),
    resumes: sum(({ resumes }) => resumes),
    seconds,
  };
  if (options.json) printJson(verdict);
  else
    show(
      verdict,
      kinds,
      runs.every(({ state }) => state === 'done'),
    );
  return isGood(verdict) && runs.every(({ state }) => state === 'done') ? 0 : 1;
}

function isGood({ duplicates, missing, overBudget, parks }: Verdict): boolean {
  return duplicates === 0 && missing === 0 && overBudget === 0 && parks > 0;
}

interface Kind {
  readonly name: string;
  readonly held: number;
  readonly stored: number;
  readonly missing: number;
}

/** What the sandbox holds, against what the database holds. */
async function compare({ kuaishou, yida }: Sandbox, store: Store): Promise<Kind[]> {
  return Promise.all([
    compareKind(store, 'orders', kuaishou.orderIds()),
    compareKind(store, 'items', kuaishou.itemIds()),
    compareKind(store, 'form_instances', yida.instanceIds()),
  ]);
}

async function compareKind(store: Store, name: string, ids: Iterable<string | number>): Promise<Kind> {
  const stored = new Set(await store.records.keys(name));
  const held = [...ids].map(String);
  return { name, held: held.length, stored: stored.size, missing: held.filter((id) => !stored.has(id)).length };
}

function show(verdict: Verdict, kinds: readonly Kind[], complete: boolean): void {
  print(
    `\n${table(
      ['records', 'in the sandbox', 'in the database', 'missing'],
      kinds.map((kind) => [kind.name, count(kind.held), count(kind.stored), count(kind.missing)]),
    )}`,
  );
  print(
    `\n${table(
      [],
      [
        ['delivered twice', count(verdict.duplicates)],
        ['attempts over any budget, as the sandbox counted', count(verdict.overBudget)],
        ['partitions parked / resumed', `${verdict.parks} / ${verdict.resumes}`],
        ['took', formatDuration(verdict.seconds * 1_000)],
      ],
    )}`,
  );
  print(
    isGood(verdict) && complete
      ? pc.green('\nEvery record is there once.')
      : pc.red('\nSomething is wrong: please report this with the output above.'),
  );
  print(`\nLook further:
  npx offpeak runs --store data/demo.db           what ran, and how often it was parked
  npx offpeak quota --store data/demo.db          what was drawn from which budget
  npx offpeak state ls --store data/demo.db       where each merchant stands
  jobs/kuaishou-orders.ts                         the job file behind it
  offpeak.config.ts                               put your own account here, then: npm start`);
}
