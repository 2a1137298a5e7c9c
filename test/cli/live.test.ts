import type { Learned } from '../../src/limit/learned';
import type { SandboxOptions } from '../../src/sandbox/options';
import { type Live, until } from './process';
import { makeProject, orderKeys, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

const ORDERS = 'open.order.cursor.list';
/** A quota day that does not turn over while a test runs: it ends in May 2033. */
const LONG_DAY_MS = 1_000_000_000_000;
const PARKED = /"state":"parked"|parked {4}orders/;

interface Allowed {
  readonly perDay?: number;
  readonly perSecond?: number;
  readonly orders?: number;
}

/** A platform that allows less than the documented limits say. */
function makeShop({ perDay, perSecond, orders = 75 }: Allowed): Promise<TestProject> {
  const merchants = Object.fromEntries(USERS.map((user) => [user, { orders, items: 0 }]));
  const sandbox: SandboxOptions = {
    day: { kind: 'fixed', lengthMs: LONG_DAY_MS },
    kuaishou: {
      merchants,
      limits: { ...(perDay && { appPerDay: perDay }), ...(perSecond && { apiQpsByApi: { [ORDERS]: perSecond } }) },
    },
  };
  return makeProject({ config: { dayMs: LONG_DAY_MS }, sandbox });
}

/** A daemon that goes on with a run of which one call was made. */
async function startOn(project: TestProject): Promise<Live> {
  expect((await project.offpeak(['run', 'orders', '--max-calls', '1'])).code).toBe(0);
  const daemon = project.begin(['start']);
  await daemon.says(/"started"/);
  return daemon;
}

async function stop(daemon: Live): Promise<void> {
  daemon.child.kill('SIGTERM');
  expect((await daemon.ended).code).toBe(0);
}

async function learned({ json }: TestProject): Promise<readonly Learned[]> {
  return (await json<{ learned: readonly Learned[] }>(['quota'])).learned;
}

describe('offpeak quota, after a run', () => {
  it('shows the limit that the platform named, beside the configured one', async () => {
    const project = await makeShop({ perSecond: 1 });
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    expect(await learned(project)).toMatchObject([{ budget: 'order-list-app-qps', limit: 1, said: 1 }]);
    const { stdout } = await project.offpeak(['quota']);
    expect(stdout).toMatch(/\nshop +order-list-app-qps +app=\S+;api=open\.order\.cursor\.list +1 instead of 300 +1 /);
    expect(stdout).toContain('Exceed qps limit');
    expect(stdout).toContain('back to the config: `offpeak forget PLATFORM`');
  });

  it('shows that somebody shares the quota of the day', async () => {
    const project = await makeShop({ perDay: 3 });
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const { stdout } = await project.offpeak(['quota']);
    expect(stdout).toMatch(/shop app-day \(app=\S+\): the platform counted 999,9\d\d more than Offpeak sent/);
    expect(stdout).toMatch(/on hold by the platform\n.*\nshop +app=\S+ +2033-05-18 /);
  });
});

describe('while offpeak start runs', () => {
  it('unpark lets it go on with what the platform had put down, to the last record', async () => {
    const project = await makeShop({ perDay: 3 });
    const daemon = await startOn(project);
    await daemon.says(PARKED);
    project.sandbox.restoreQuota();
    const done = await project.json<{ holds: number; partitions: number; daemon: { pid: number } }>(['unpark', 'shop']);
    expect(done.holds).toBe(1);
    expect(done.daemon.pid).toBe(daemon.child.pid);
    await daemon.says(/"state":"done"/);
    await stop(daemon);
    expect([...(await project.stored())].sort()).toEqual(orderKeys(project.sandbox));
    expect(project.sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  it('forget lets it try the configured limit again', async () => {
    const project = await makeShop({ perSecond: 1, orders: 2_000 });
    const daemon = await startOn(project);
    const refusals = (): number => project.sandbox.ledger.refusals().length;
    await until(async () => (await learned(project)).length > 0, 'a limit is learned');
    await until(() => project.sandbox.ledger.attempts().length >= refusals() + 4, 'calls are served at that pace');
    const before = refusals();
    expect(await project.json(['forget', 'shop'])).toMatchObject({ forgotten: 1 });
    await until(() => refusals() > before, 'it calls faster than the platform allows');
    await stop(daemon);
  });
});

describe('while offpeak run --wait waits', () => {
  it('unpark lets it go on, and it ends with every record', async () => {
    const project = await makeShop({ perDay: 3 });
    const waiting = project.begin(['run', 'orders', '--wait']);
    await waiting.says(PARKED);
    project.sandbox.restoreQuota();
    await project.offpeak(['unpark', '--all']);
    const { code } = await waiting.ended;
    expect(code).toBe(0);
    expect([...(await project.stored())].sort()).toEqual(orderKeys(project.sandbox));
  });
});
