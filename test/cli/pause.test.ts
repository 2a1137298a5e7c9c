import { join } from 'node:path';
import type { OperatorPause, RecordedPause } from '../../src/job/operator-pause';
import type { Run } from '../../src/job/run';
import type { SkipAhead } from '../../src/job/skip-ahead';
import { openStore, type Store } from '../../src/store/open';
import { makeProject, ordersJob, removeAll, type TestProject } from './project';

afterAll(removeAll);
/** Each command is a process of its own, and some tests need a dozen. */
jest.setTimeout(60_000);

const WHY = ['--reason', 'stocktaking', '--by', 'ann'] as const;
const DAY_MS = 86_400_000;
const SCHEDULE = "{ cron: '25 1 * * *', timezone: 'Asia/Shanghai' }";

interface Paused {
  readonly paused: readonly OperatorPause[];
  readonly replaced: readonly OperatorPause[];
}

const lasting = async ({ json }: TestProject) => (await json<{ pauses: readonly RecordedPause[] }>(['pauses'])).pauses;

async function said({ offpeak }: TestProject, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await offpeak(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout + stderr;
}

async function prepare(project: TestProject, work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore(join(project.directory, 'data', 'offpeak.db'));
  await work(store).finally(() => store.close());
}

describe('offpeak pause', () => {
  test.concurrent('pauses jobs until somebody resumes them, and every command shows it', async () => {
    const project = await makeProject();
    const text = await said(project, 'pause', 'orders', ...WHY);
    expect(text).toBe(
      'paused: job orders, until `offpeak resume orders`\nno process runs: the next `offpeak start` keeps to it\n',
    );
    const pause = { kind: 'job', name: 'orders', reason: 'stocktaking', by: 'ann', untilMs: null };
    expect(await lasting(project)).toMatchObject([{ ...pause, end: null }]);
    const status = await said(project, 'status');
    expect(status).toMatch(
      /\npaused {2}job orders {2}by ann since .* Asia\/Shanghai, until `offpeak resume orders` {2}stock/,
    );
    expect(status).toMatch(/\norders +never ran +paused/);
    expect(await said(project, 'jobs')).toMatch(/\norders +shop +- +paused +jobs\/orders\.ts/);
    expect(await said(project, 'pauses')).toMatch(/\njob orders +ann +\S+ \S+ Asia\/Shanghai +resumed +stocktaking/);
    expect(await project.json(['status'])).toMatchObject({ pauses: [pause], jobs: [{ pauses: [pause] }] });
    expect(await project.json(['jobs'])).toMatchObject({ jobs: [{ pauses: [pause] }] });
  });

  test.concurrent('pauses a platform until an instant of its zone', async () => {
    const project = await makeProject();
    const day = new Date(Date.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    expect(await said(project, 'pause', '--platform', 'shop', ...WHY, '--until', `${day}T08:00`)).toContain(
      `paused: platform shop, until ${day} 08:00 Asia/Shanghai\n`,
    );
    expect(await lasting(project)).toMatchObject([{ kind: 'platform', untilMs: Date.parse(`${day}T00:00:00Z`) }]);
    expect(await said(project, 'jobs')).toMatch(new RegExp(`\norders .* paused until ${day} 08:00 Asia/Shanghai`));
  });

  test.concurrent('takes the place of the one before, and says so', async () => {
    const project = await makeProject();
    await said(project, 'pause', 'orders', ...WHY);
    const again = await said(project, 'pause', 'orders', '--reason', 'longer', '--by', 'bob', '--until', '2h');
    expect(again).toMatch(
      /^replaced: job orders was paused by ann since .*, until `offpeak resume orders`: stocktaking\n/,
    );
    const [pause, ...others] = await lasting(project);
    expect(others).toEqual([]);
    expect(pause).toMatchObject({ by: 'bob', reason: 'longer' });
    expect((pause?.untilMs ?? 0) - (pause?.sinceMs ?? 0)).toBe(2 * 3_600_000);
    const all = await project.json<{ pauses: unknown[] }>(['pauses', '--all']);
    expect(all.pauses).toMatchObject([
      { by: 'bob', end: null },
      { by: 'ann', end: { by: 'bob' } },
    ]);
    expect(await said(project, 'pauses', '--all')).toMatch(/ended by bob at /);
  });

  test.concurrent('names the user of the shell', async () => {
    const project = await makeProject();
    const { code, stdout } = await project.offpeak(['pause', 'orders', '--reason', 'x', '--json'], {
      env: { SUDO_USER: 'carl' },
    });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Paused).paused).toMatchObject([{ by: 'carl' }]);
    await said(project, 'pause', 'orders', '--reason', 'x');
    expect((await lasting(project))[0]?.by).toMatch(/\S/);
  });

  const refused = [
    { args: ['pause', ...WHY], says: /expected what is to rest: jobs or --platform\n.*`offpeak pauses` lists/ },
    { args: ['pause', 'orders'], says: /required option '--reason <text>' not specified/ },
    { args: ['pause', 'orders', '--reason', ' '], says: /Expected 1 to 500 characters/ },
    { args: ['pause', 'order', ...WHY], says: /there is no job "order", did you mean "orders"\?/ },
    { args: ['pause', '--platform', 'shp', ...WHY], says: /has no platform "shp", did you mean "shop"\?/ },
    { args: ['pause', 'orders', '--platform', 'shop', ...WHY], says: /expected either jobs or --platform, got both/ },
    { args: ['pause', 'orders', ...WHY, '--until', 'soon'], says: /--until: expected a duration .*, got "soon"/ },
    {
      args: ['pause', 'orders', ...WHY, '--until', '2020-01-01'],
      says: /expected an instant to come, got "2020-01-01"/,
    },
    { args: ['pause', 'orders', ...WHY, '--until', '0s'], says: /expected an instant to come, got "0s"/ },
    { args: ['pause', 'orders', ...WHY, '--until', '400d'], says: /expected at most 366 days, got "400d"/ },
    { args: ['resume'], says: /expected either jobs or --platform, or --all, got neither/ },
    { args: ['resume', 'orders', '--all'], says: /expected either jobs or --platform, or --all, got both/ },
    { args: ['resume', 'order'], says: /there is no job "order", did you mean "orders"\?/ },
  ];

  test.concurrent('and resume refuse what makes no sense, and change nothing', async () => {
    const project = await makeProject();
    for (const { args, says } of refused) {
      const { code, stdout, stderr } = await project.offpeak(args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(says);
    }
    expect(await lasting(project)).toEqual([]);
  });

  test.concurrent('without an end that is older than a week is remarked on', async () => {
    const project = await makeProject();
    const pause: OperatorPause = {
      kind: 'platform',
      name: 'shop',
      reason: 'maintenance',
      by: 'ann',
      sinceMs: Date.now() - 9 * DAY_MS,
      untilMs: null,
    };
    await prepare(project, (store) => store.operatorPauses.put([pause]));
    for (const command of ['status', 'jobs', 'pauses']) {
      expect(await said(project, command)).toMatch(/for 9 d, and without an end: is it still meant\?/);
    }
  });
});

describe('offpeak resume', () => {
  test.concurrent('ends a pause, and says what else still rests', async () => {
    const project = await makeProject();
    await said(project, 'pause', 'orders', ...WHY);
    await said(project, 'pause', '--platform', 'shop', ...WHY);
    expect(await said(project, 'resume', 'orders', '--by', 'bob')).toMatch(
      /^resumed: job orders\nstill paused, with platform shop: orders\n/,
    );
    expect(await lasting(project)).toMatchObject([{ kind: 'platform' }]);
    expect(await said(project, 'resume', 'orders')).toMatch(/^job orders is not paused\n/);
    expect(await project.json(['resume', '--all'])).toMatchObject({ resumed: [{ name: 'shop' }], daemon: null });
    expect(await said(project, 'resume', '--all')).toBe('nothing is paused\n');
  });

  test.concurrent('ends the pause of a job that is gone from the project', async () => {
    const project = await makeProject();
    await said(project, 'pause', 'orders', ...WHY);
    project.write('jobs/orders.ts', ordersJob({ name: 'others' }));
    expect(await said(project, 'resume', 'orders')).toMatch(/^resumed: job orders\n/);
  });
});

describe('offpeak run of what is paused', () => {
  test.concurrent('is refused without a call, and done when it is asked for all the same', async () => {
    const project = await makeProject();
    await said(project, 'pause', '--platform', 'shop', ...WHY);
    const { code, stdout, stderr } = await project.offpeak(['run', 'orders']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'error: orders: platform shop paused by ann: stocktaking, until `offpeak resume --platform shop`\n' +
        '  To run it all the same: offpeak run orders --even-if-paused\n',
    );
    expect(project.sandbox.ledger.attempts()).toEqual([]);
    expect(await project.json(['runs'])).toEqual({ runs: [] });
    const { run } = await project.json<{ run: Run }>(['run', 'orders', '--even-if-paused']);
    expect(run.state).toBe('done');
  });

  test.concurrent('in a dry run is no matter: no call leaves the machine', async () => {
    const project = await makeProject();
    await said(project, 'pause', 'orders', ...WHY);
    expect(await said(project, 'run', 'orders', '--dry')).toContain('a dry run on the sandbox');
  });
});

describe('offpeak skip', () => {
  const scheduled = () => makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE }) } });
  const skips = async ({ json }: TestProject) => (await json<{ skips: readonly SkipAhead[] }>(['pauses'])).skips;
  const next = async ({ json }: TestProject, count: number) => {
    const { slots } = await json<{ slots: readonly { atMs: number }[] }>(['next', 'orders', '-n', String(count)]);
    return slots.map(({ atMs }) => atMs);
  };

  test.concurrent('skips the next slots, once each, and takes them back', async () => {
    const project = await scheduled();
    const [first = 0, second = 0, third = 0] = await next(project, 3);
    expect(await said(project, 'skip', 'orders', '-n', '2', ...WHY)).toMatch(
      /^(skipped: orders at \S+ 01:25 Asia\/Shanghai\n){2}$/,
    );
    expect(await skips(project)).toMatchObject([{ slotAtMs: first, by: 'ann' }, { slotAtMs: second }]);
    for (const command of ['status', 'jobs'])
      expect(await said(project, command)).toMatch(/01:25 Asia\/Shanghai skipped/);
    expect(await said(project, 'skip', 'orders', ...WHY)).toMatch(/^skipped already: orders at /);
    const local = new Date(third + 8 * 3_600_000).toISOString().slice(0, 16);
    await said(project, 'skip', 'orders', '--slot', local, ...WHY);
    expect(await skips(project)).toMatchObject([{}, {}, { slotAtMs: third }]);
    expect(await said(project, 'pauses')).toMatch(
      /nothing is paused\n\njob +skips the slot +by +reason\s+orders +\S+ 01:25/,
    );

    expect(await project.json(['skip', 'orders', '--slot', local, '--undo'])).toMatchObject({
      takenBack: [{ slotAtMs: third }],
    });
    expect(await said(project, 'skip', 'orders', '--undo')).toMatch(/^(runs again: orders at .*\n){2}$/);
    expect(await said(project, 'skip', 'orders', '--undo')).toBe('nothing that was asked for is skipped\n');
  });

  const refused = [
    { args: ['order', ...WHY], says: /there is no job "order", did you mean "orders"\?/ },
    { args: ['orders'], says: /expected --reason/ },
    {
      args: ['orders', ...WHY, '--slot', '2099-01-01T01:26'],
      says: /has no slot then, got .*\n.*2099-01-02 01:25 Asia/,
    },
    { args: ['orders', ...WHY, '--slot', '2020-01-01T01:25'], says: /--slot: expected a slot to come/ },
    { args: ['orders', ...WHY, '--slot', 'soon'], says: /--slot: expected an ISO 8601 instant/ },
    { args: ['orders', ...WHY, '--slot', '2099-01-01T01:25', '-n', '2'], says: /either --slot or --count, got both/ },
    { args: ['orders', ...WHY, '-n', '1001'], says: /--count: expected at most 1000, got 1001/ },
    { args: ['by-hand', ...WHY], says: /job by-hand has no schedule/ },
  ];

  test.concurrent('refuses what makes no sense, and changes nothing', async () => {
    const jobs = { 'orders.ts': ordersJob({ schedule: SCHEDULE }), 'by-hand.ts': ordersJob({ name: 'by-hand' }) };
    const project = await makeProject({ jobs });
    for (const { args, says } of refused) {
      const { code, stderr } = await project.offpeak(['skip', ...args]);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toMatch(says);
    }
    expect(await skips(project)).toEqual([]);
  });
});
