import { join } from 'node:path';
import type { Settlement } from '../../src/job/attempt';
import { isLease } from '../../src/job/lease';
import type { Budget } from '../../src/limit/budget';
import type { Hold } from '../../src/limit/hold';
import type { Learned } from '../../src/limit/learned';
import type { BlockRequest } from '../../src/limit/ledger';
import { openStore, type Store } from '../../src/store/open';
import { systemClock } from '../../src/time/system-clock';
import { configFile, makeProject, ordersJob, type ProjectOptions, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

const DAY_MS = 24 * 3_600_000;
/** 18 May 2033, far from now: what is on hold and parked stays so while the tests run. */
const LATER_MS = 2e12;
const [USER, OTHER] = USERS;
const EVERY = "{ every: '1m' }";

const HOLD: Hold = {
  platform: 'shop',
  scope: { app: 'ks1', user: USER },
  untilMs: LATER_MS,
  code: '1016',
  reason: 'Exceed quota limit',
  sinceMs: 0,
};

const LEARNED: Learned = {
  platform: 'shop',
  budget: 'app-day',
  scopeKey: 'app=ks1',
  limit: 800,
  said: 1_500,
  guardMs: null,
  guardRefusedMs: null,
  catchUpMax: null,
  strangers: 42,
  refusals: 3,
  refusedAtMs: LATER_MS,
  reason: 'the platform said so',
  changedAtMs: LATER_MS,
};

/** Works on the project's store as a process that holds it, and lets go of it. */
async function prepare<Result>(
  project: TestProject,
  work: (store: Store, fence: number) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(join(project.directory, 'data', 'offpeak.db'));
  const lease = await store.lease.acquire('test', systemClock.nowMs());
  if (!isLease(lease)) throw new Error(`the lease is held by ${lease.host}`);
  try {
    return await work(store, lease.fence);
  } finally {
    await store.lease.release(lease.fence, systemClock.nowMs());
    await store.close();
  }
}

function blockOf(needed: number): BlockRequest {
  const budget: Budget = { name: 'app-day', limit: 1_000, per: 'day', scope: ['app'], source: 'test' };
  const nowMs = systemClock.nowMs();
  const window = { key: 'today', startMs: nowMs - DAY_MS, endMs: LATER_MS };
  return { draw: { budget, scope: { app: 'ks1' }, counter: 'app-day|app=ks1' }, window, needed, wanted: needed };
}

/** A store in which `orders` drew 500 and nobody 100, 50 are reserved, both its partitions are parked, and two holds stand. */
async function setup(options: ProjectOptions = {}): Promise<TestProject> {
  const project = await makeProject(options);
  await prepare(project, async (store, fence) => {
    const nowMs = systemClock.nowMs();
    const draw = async (needed: number) => {
      const answer = await store.ledger.reserve({ platform: 'shop', blocks: [blockOf(needed)], fence, nowMs });
      return answer.kind === 'reserved' ? answer.blocks.map(({ drawn }) => ({ ...drawn, spent: needed })) : [];
    };
    const run = await store.runs.open({ job: 'orders', slotAtMs: nowMs, kind: 'manual', fence });
    const runId = run!.id;
    const partitions = USERS.map((key) => ({ key, scope: { user: key } }));
    await store.runs.start({ runId, partitions, fence, nowMs });
    for (const partition of USERS) {
      const claim = { runId, job: 'orders', partition, fence };
      await store.runs.claim(claim, nowMs);
      const settlement: Settlement = { used: await draw(250), unsent: [], attempts: [] };
      await store.runs.endTurn({
        claim,
        end: { kind: 'park', untilMs: LATER_MS, reason: 'spent' },
        settlement,
        nowMs,
      });
    }
    await store.runs.settle({ runId, fence, nowMs });
    await store.ledger.settle({ used: await draw(100), unsent: [], fence });
    await draw(50);
    await store.holds.put(HOLD, fence);
    await store.holds.put({ ...HOLD, scope: { app: 'ks1', user: OTHER } }, fence);
    await store.learned.put([LEARNED, { ...LEARNED, budget: 'api-qps', scopeKey: 'app=ks1;api=a' }], fence);
  });
  return project;
}

/** The orders that wait for whoever holds the store next. */
const ordersOf = (project: TestProject) => prepare(project, (store, fence) => store.orders.take(fence));

/** When each partition of the run may go on, in their order. */
const resumesOf = (project: TestProject) =>
  prepare(project, async (store) => (await store.runs.partitions(1)).map(({ parkedUntilMs }) => parkedUntilMs));

describe('offpeak quota', () => {
  test.concurrent('shows what is used, what is in blocks, what was learned and what is on hold', async () => {
    const { offpeak } = await setup();
    const { stdout, stderr, code } = await offpeak(['quota']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nshop +app-day +app=ks1 +600 of 1,000, 50 in blocks +█{12}▒░{7} +350 +2033-05-18 /);
    expect(stdout).toMatch(/\nshop +app-day +app=ks1 +800 instead of [\d,]+ +1,500 +3, last 2033-05-18 /);
    expect(stdout).toContain('shop app-day (app=ks1): the platform counted 42 more than Offpeak sent');
    expect(stdout).toMatch(new RegExp(`\nshop +app=ks1;user=${USER} +2033-05-18 .* Exceed quota limit`));
    expect(stdout).toContain(`\`offpeak unpark shop --scope 'app=ks1;user=${USER}'\``);
  });

  test.concurrent('shows who used it, the greatest first', async () => {
    const { offpeak } = await setup();
    const { stdout } = await offpeak(['quota', '--by', 'job']);
    expect(stdout).toMatch(/\nshop +app-day +app=ks1 +orders +500 +83 %/);
    expect(stdout).toMatch(/\nshop +app-day +app=ks1 +\(no job\) +100 +17 %/);
  });

  test.concurrent('shows how jobs share it, where one says so', async () => {
    const more = (quota: string): string => `quota: ${quota},`;
    const { offpeak, json } = await setup({
      config: configFile({ budgets: { 'app-day': 1_000 } }).replace("secret('env:APP_KEY')", "'ks1'"),
      jobs: {
        'orders.ts': ordersJob(),
        'items.ts': ordersJob({ name: 'items', more: more('{ reserve: 300, weight: 2, cap: 500 }'), schedule: EVERY }),
      },
    });
    const { stdout } = await offpeak(['quota']);
    expect(stdout).toMatch(/\nshares\n.*may use now +kept for others/);
    expect(stdout).toMatch(/\nshop +app-day +items +300 +2 +500 +0 +400 +0/);
    expect(stdout).toMatch(/\nshop +app-day +orders +0 +1 +500 +500 +400/);
    expect(await json(['quota'])).toMatchObject({
      shares: [
        { job: 'items', reserve: 300, weight: 2, cap: 500, used: 0, allowance: 400, keptForOthers: 0 },
        { job: 'orders', reserve: 0, weight: 1, cap: null, used: 500, allowance: 500, keptForOthers: 400 },
      ],
    });
  });

  test.concurrent('gives all of it to programs', async () => {
    const { json } = await setup();
    expect(await json(['quota', 'shop'])).toMatchObject({
      usage: [{ budget: 'app-day', used: 600, reserved: 50, left: 350, byJob: { orders: 500 } }],
      learned: [{ budget: 'api-qps' }, LEARNED],
      holds: [HOLD, { scope: { user: OTHER } }],
    });
  });
});

describe('offpeak unpark', () => {
  test.concurrent('lifts the hold of a user and makes the user’s partition due, and leaves the order', async () => {
    const project = await setup();
    const { code, stdout, stderr } = await project.offpeak(['unpark', '--scope', `user=${USER}`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(
      'holds lifted: 1; partitions that may go on: 1\n' +
        'no process runs: they go on with the next `offpeak start` or `offpeak run`\n',
    );
    const [first, second] = await resumesOf(project);
    expect(first).toBeLessThanOrEqual(systemClock.nowMs());
    expect(second).toBe(LATER_MS);
    expect(await project.json(['quota'])).toMatchObject({ holds: [{ scope: { user: OTHER } }] });
    expect(await ordersOf(project)).toEqual([{ kind: 'unpark', filter: { scope: { user: USER } } }]);
  });

  test.concurrent('takes the command that quota prints', async () => {
    const project = await setup();
    const args = ['unpark', 'shop', '--scope', `app=ks1;user=${USER}`];
    expect(await project.json(args)).toEqual({ holds: 1, partitions: 1, daemon: null });
  });

  test.concurrent('takes everything with --all, and a job and a partition by name', async () => {
    const project = await setup();
    const one = ['unpark', '--job', 'orders', '--partition', OTHER];
    expect(await project.json(one)).toMatchObject({ holds: 1, partitions: 1 });
    expect(await project.json(['unpark', '--all'])).toMatchObject({ holds: 1, partitions: 1 });
    expect((await project.offpeak(['unpark', '--all'])).stderr).toBe(
      'nothing that was asked for is parked or on hold\n',
    );
  });

  test.concurrent('works while a process holds the store, and names it', async () => {
    const project = await setup();
    const store = await openStore(join(project.directory, 'data', 'offpeak.db'));
    await store.lease.acquire('start', systemClock.nowMs());
    const { code, stderr } = await project.offpeak(['unpark', 'shop']);
    await store.close();
    expect(code).toBe(0);
    expect(stderr).toContain(`process ${process.pid} takes this up within a minute`);
  });

  test.concurrent.each([
    { args: [], says: /expected what is to go on: a platform, --scope, --job or --partition; --all for everything/ },
    { args: ['shop', '--all'], says: /expected either --all or what is to go on, got both/ },
    { args: ['shp'], says: /the config file has no platform "shp", did you mean "shop"\?/ },
    { args: ['--job', 'order'], says: /there is no job "order", did you mean "orders"\?/ },
    { args: ['--scope', 'usr=1'], says: /There is no name "usr", did you mean "user"\?/ },
    { args: ['--scope', 'user'], says: /Expected NAME=VALUE, such as user=42, got "user"/ },
  ])('refuses $args, and changes nothing', async ({ args, says }) => {
    const project = await setup();
    const { code, stdout, stderr } = await project.offpeak(['unpark', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(await resumesOf(project)).toEqual([LATER_MS, LATER_MS]);
    expect(await ordersOf(project)).toEqual([]);
  });
});

describe('offpeak forget', () => {
  test.concurrent('takes back what was learned of a budget, and leaves the order', async () => {
    const project = await setup();
    const { code, stderr } = await project.offpeak(['forget', 'shop', '--budget', 'app-day']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'counters forgotten: 1\n' });
    expect(await project.json(['quota'])).toMatchObject({ learned: [{ budget: 'api-qps' }] });
    expect(await ordersOf(project)).toEqual([{ kind: 'forget', filter: { platform: 'shop', budget: 'app-day' } }]);
  });

  test.concurrent('takes a part of a counter’s scope', async () => {
    const project = await setup();
    expect(await project.json(['forget', '--scope', 'api=a'])).toEqual({ forgotten: 1, daemon: null });
    expect(await project.json(['quota'])).toMatchObject({ learned: [{ budget: 'app-day' }] });
    expect((await project.offpeak(['forget', '--scope', 'api=a'])).stderr).toBe(
      'nothing was learned of what was asked for\n',
    );
  });

  test.concurrent('takes everything when nothing is named', async () => {
    const project = await setup();
    expect(await project.json(['forget'])).toMatchObject({ forgotten: 2 });
    expect(await project.json(['quota'])).toMatchObject({ learned: [] });
  });

  test.concurrent.each([
    { args: ['shp'], says: /the config file has no platform "shp", did you mean "shop"\?/ },
    { args: ['--budget', 'app-dya'], says: /there is no budget "app-dya", did you mean "app-day"\?/ },
  ])('refuses $args', async ({ args, says }) => {
    const project = await setup();
    const { code, stderr } = await project.offpeak(['forget', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(await ordersOf(project)).toEqual([]);
  });
});
