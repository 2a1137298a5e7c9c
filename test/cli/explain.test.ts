import { join } from 'node:path';
import type { Told } from '../../src/cli/explain/explanation';
import { isLease, type Lease } from '../../src/job/lease';
import { openStore, type Store } from '../../src/store/open';
import { type ConfigOptions, makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);
/** Each command is a process of its own. */
jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Slots of every day at the same time in UTC, the last one some hours ago. */
const NIGHTLY = "{ every: '24h', timezone: 'UTC' }";

interface Explained {
  readonly job: string;
  readonly findings: readonly Told[];
}

async function scheduled(schedule = NIGHTLY, config: ConfigOptions = {}): Promise<TestProject> {
  return makeProject({ config, jobs: { 'orders.ts': ordersJob({ schedule }) } });
}

async function said({ offpeak }: TestProject, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await offpeak(['explain', 'orders', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function findingsOf({ json }: TestProject, ...args: string[]): Promise<readonly Told[]> {
  return (await json<Explained>(['explain', 'orders', ...args])).findings;
}

/** Works on the store with its lease, as a daemon that ends then. */
async function asDaemon(project: TestProject, work: (store: Store, lease: Lease) => Promise<unknown>): Promise<void> {
  const store = await openStore(join(project.directory, 'data', 'offpeak.db'));
  const lease = await store.lease.acquire('start', Date.now());
  if (!isLease(lease)) throw new Error('the store is in use');
  await work(store, lease);
  await store.lease.release(lease.fence, Date.now());
  await store.close();
}

const midnightMs = (): number => Math.floor(Date.now() / DAY_MS) * DAY_MS;

describe('offpeak explain', () => {
  test.concurrent('tells of a job that never ran on a store that is not there', async () => {
    const project = await scheduled();
    const text = await said(project);
    expect(text).toMatch(/^orders {2}on platform shop, at \S+ \S+ UTC\n\nnow\n {2}nothing of it waits: it never ran\n/);
    expect(text).toContain('\n  no daemon is running, so that nothing starts or goes on: `offpeak start`\n');
    expect(text).toContain('\nwhy at that time\n  its slots: every 24h, which is every 1 d of UTC, 0 ms into it\n');
    expect(text).toMatch(/\nlast slot\n {2}\S+ 00:00 UTC has no row: no daemon has ever scheduled/);
    expect(text).toMatch(
      /\nnext slot\n {2}slot \S+ 00:00 UTC, starts at .*\n {2}a run is expected .* \(never ran: a guess\)\n$/,
    );
  });

  test.concurrent('tells why a run is parked, what is spent, and when it goes on', async () => {
    const project = await makeProject({
      config: { budgets: { 'app-day': 3 } },
      jobs: { 'orders.ts': ordersJob({ schedule: "{ cron: '0 3 * * *', timezone: 'Asia/Shanghai' }" }) },
    });
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const text = await said(project);
    expect(text).toMatch(/\n {2}run 1, asked for at .*, is parked: 1 of 2 partitions done, 1 parked\n/);
    expect(text).toMatch(/\n {2}1 partition \(\d+\) parked until \S+ 00:00 Asia\/Shanghai: app-day of 3 is spent/);
    expect(text).toMatch(/\n {2}the budget app-day \(app=\S+\) of 3 is spent: resets at \S+ 00:00 Asia\/Shanghai\n/);
    expect(text).toMatch(/\n {2}it goes on at \S+ 00:00 Asia\/Shanghai at the earliest, once a daemon is running\n/);
    const findings = await findingsOf(project);
    const parked = findings.find(({ kind }) => kind === 'partitions-parked');
    const goesOn = findings.find(({ kind }) => kind === 'goes-on');
    expect(parked).toMatchObject({ topic: 'now', count: 1, untilMs: expect.any(Number) as number });
    expect(goesOn).toMatchObject({ needs: 'daemon', atMs: parked && 'untilMs' in parked ? parked.untilMs : 0 });
  });

  test.concurrent('tells of a pause, and marks it and skipped slots in next', async () => {
    const project = await scheduled();
    await project.offpeak(['skip', 'orders', '--reason', 'stocktaking', '--by', 'bob']);
    const text = await said(project);
    expect(text).toMatch(
      /\n {2}the slot \S+ 00:00 UTC passes without a run \(operator: skipped by bob: stocktaking\)\n {2}slot /,
    );
    const next = await project.offpeak(['next', 'orders', '-n', '2']);
    expect(next.stdout).toMatch(/T00:00:00Z {2}skipped by bob: stocktaking *\n\S+T00:00:00Z *\n$/);
    await project.offpeak(['pause', 'orders', '--reason', 'moving', '--by', 'ann', '--until', '90d']);
    const paused = await findingsOf(project);
    expect(paused).toContainEqual(
      expect.objectContaining({
        kind: 'paused',
        pause: expect.objectContaining({ by: 'ann', reason: 'moving' }) as object,
      }),
    );
    expect(paused.filter(({ kind }) => kind === 'will-pass')).toMatchObject([
      { because: 'operator', slots: 1 },
      { because: 'paused', slots: 89 },
    ]);
    const slots = await project.json(['next', 'orders', '-n', '2']);
    expect(slots).toMatchObject({
      slots: [
        { skip: { by: 'bob' }, pause: { by: 'ann' } },
        { skip: null, pause: { reason: 'moving' } },
      ],
    });
  });

  test.concurrent('tells which blackout keeps it, and until when', async () => {
    const dates = `${new Date(Date.now() - DAY_MS).toISOString().slice(0, 10)}/${new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)}`;
    const blackouts = `blackouts: [{ dates: ['${dates}'], reason: 'Double 11 freeze' }]`;
    const project = await scheduled(NIGHTLY, { more: `platformHours: { shop: { timezone: 'UTC', ${blackouts} } },` });
    const end = new Date(midnightMs() + 2 * DAY_MS).toISOString().slice(0, 10);
    const text = await said(project);
    expect(text).toContain(
      `\n  its hours are closed: blackout of platform shop: Double 11 freeze, until ${end} 00:00 UTC\n`,
    );
    expect(text).toContain(`\n  hours of platform shop: blackout ${dates} (Double 11 freeze), in UTC\n`);
  });

  test.concurrent('tells the planned start of a run that waits for it, with the reason of the plan', async () => {
    const project = await scheduled();
    const slotAtMs = midnightMs();
    const startAtMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS + 90 * MINUTE_MS;
    await asDaemon(project, async (store, { fence }) => {
      await store.runs.decidedUntil({ jobs: ['orders'], fence, nowMs: slotAtMs - 1 });
      const open = { kind: 'open', as: 'schedule', slotAtMs, startAtMs, cancels: [] } as const;
      const decided = { job: 'orders', decisions: [open], decidedUntilMs: slotAtMs };
      await store.runs.decide({ jobs: [decided], fence, nowMs: slotAtMs });
      const reason = { kind: 'levelled', share: 0.48, shareAtSlot: 0.61, avoids: false } as const;
      const jobs = [{ job: 'orders', offsetMs: 17 * MINUTE_MS, durationMs: 600_000, reason }];
      await store.plans.put({ plannedAtMs: slotAtMs, digest: 'of other job files', jobs }, fence);
    });
    const start = `${new Date(startAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    const text = await said(project);
    expect(text).toMatch(/\n {2}run 1, of the slot \S+ 00:00 UTC, waits for its planned start, at /);
    expect(text).toContain(`waits for its planned start, at ${start}\n`);
    expect(text).toContain('the limit is used to 48 % at most, at its slot to 61 %; job files or limits have changed');
    expect(text).toContain(`00:00 UTC has run 1, planned to start at ${start}, not started; it is queued\n`);
    expect(text).toMatch(/\n {2}slot \S+ 00:00 UTC, planned start \S+ 00:17 UTC\n/);
  });

  test.concurrent('tells into which run a slot was coalesced', async () => {
    const project = await scheduled();
    const slotAtMs = midnightMs();
    await asDaemon(project, async (store, { fence }) => {
      await store.runs.decidedUntil({ jobs: ['orders'], fence, nowMs: slotAtMs - 3 * DAY_MS });
      const open = {
        kind: 'open',
        as: 'schedule',
        slotAtMs: slotAtMs - 2 * DAY_MS,
        startAtMs: null,
        cancels: [],
      } as const;
      const why = { because: 'coalesced', reason: 'run 1 is parked and goes on in its place' } as const;
      const skip = { kind: 'skip', slotAtMs, ...why, intoRunId: 1, slots: 2 } as const;
      const decided = { job: 'orders', decisions: [open, skip], decidedUntilMs: slotAtMs };
      await store.runs.decide({ jobs: [decided], fence, nowMs: slotAtMs });
    });
    const dayBefore = new Date(slotAtMs - DAY_MS).toISOString().slice(0, 10);
    const why = '(coalesced: run 1 is parked and goes on in its place); run 1, of the slot ';
    expect(await said(project)).toContain(`00:00 UTC has no run, as one of 2 slots up to `);
    const text = await said(project, '--slot', `${dayBefore}T00:00`);
    expect(text).toContain(`\nthis slot\n  ${dayBefore} 00:00 UTC has no run, as one of 2 slots up to `);
    expect(text).toContain(why);
    expect(text).not.toContain('\nnow\n');
    expect((await findingsOf(project, '--slot', `${dayBefore}T00:00`))[0]).toMatchObject({
      topic: 'slot',
      kind: 'left-out',
      row: { because: 'coalesced', intoRunId: 1 },
      into: { id: 1, state: 'queued' },
    });
  });

  test.concurrent('tells what is wrong with a broken job file, and ends with 2', async () => {
    const project = await scheduled("{ cron: '61 2 * * *', timezone: 'UTC' }");
    const { code, stdout } = await project.offpeak(['explain', 'orders']);
    expect(code).toBe(2);
    expect(stdout).toContain('\n  its job file is broken, so that nothing of it runs: jobs/orders.ts');
  });

  test.concurrent('tells which secret is missing', async () => {
    const project = await scheduled();
    const { stdout } = await project.offpeak(['explain', 'orders'], { env: { [`TOKEN_${USERS[0]}`]: '' } });
    expect(stdout).toContain(
      `it cannot make calls with the environment of this command: platform shop: no value for env:TOKEN_${USERS[0]}`,
    );
  });

  test.concurrent.each([
    [['order'], /there is no job "order", did you mean "orders"\?/],
    [['orders', '--slot', 'soon'], /--slot: expected an ISO 8601 instant such as .*, got "soon"/],
    [
      ['orders', '--slot', '2026-01-01T00:01'],
      /orders has no slot then, got .*\n.*The next one after that is 2026-01-02 00:00 UTC/,
    ],
  ])('refuses %j', async (args, says) => {
    const project = await scheduled();
    const { code, stdout, stderr } = await project.offpeak(['explain', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});
