import type { OperatorPause } from '../../src/job/operator-pause';
import type { Run } from '../../src/job/run';
import { type Live, until } from './process';
import { configFile, makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

const WHY = ['--reason', 'stocktaking', '--by', 'ann'] as const;

interface Paused {
  readonly paused: readonly OperatorPause[];
}

async function said({ offpeak }: TestProject, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await offpeak(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout + stderr;
}

describe('while the daemon runs', () => {
  const [USER, OTHER] = USERS;
  const PAGES = 300;
  const MERCHANTS = { [USER]: { orders: PAGES * 50, items: 0 }, [OTHER]: { orders: 0, items: 0 } };
  /** Each page takes a while, until there is a file `fast`. */
  const SLOW = `if (!(await import('node:fs')).existsSync('fast')) await new Promise((wake) => setTimeout(wake, 100));`;

  const runOf = async ({ json }: TestProject, job: string) => {
    const { runs } = await json<{ runs: readonly Run[] }>(['runs', job]);
    return runs[0];
  };

  /** A project whose jobs have an unfinished run each, which a daemon goes on with. */
  async function unfinished(project: TestProject, jobs: readonly string[]): Promise<TestProject> {
    for (const job of jobs) await said(project, 'run', job, '--max-calls', '1');
    return project;
  }

  async function start(project: TestProject): Promise<Live> {
    const daemon = project.begin(['start']);
    await daemon.says(/"started"/);
    return daemon;
  }

  async function end(daemon: Live): Promise<void> {
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  }

  const isState = (project: TestProject, job: string, state: Run['state']) => (): Promise<boolean> =>
    runOf(project, job).then((run) => run?.state === state);

  function attemptsOf({ sandbox }: TestProject): number {
    return sandbox.ledger.attempts().length;
  }

  test.concurrent('a run is put down between two pages, and goes on at the same page when it is resumed', async () => {
    const project = await makeProject({
      jobs: { 'orders.ts': ordersJob({ users: [USER], before: SLOW }) },
      sandbox: { kuaishou: { merchants: MERCHANTS } },
    });
    await unfinished(project, ['orders']);
    const daemon = await start(project);
    await until(() => attemptsOf(project) > 3, 'the daemon makes calls');
    expect(await said(project, 'pause', 'orders', ...WHY)).toContain('takes this up within some seconds');
    await until(isState(project, 'orders', 'parked'), 'the run is put down');
    const attempts = attemptsOf(project);
    expect(attempts).toBeLessThan(PAGES);
    expect(await said(project, 'status')).toContain(
      `orders/${USER}  parked, resumes when \`offpeak resume\` says so  paused by ann: stocktaking`,
    );
    expect(attemptsOf(project)).toBe(attempts);

    project.write('fast', '');
    await said(project, 'resume', 'orders');
    await until(isState(project, 'orders', 'done'), 'the run is done');
    expect((await runOf(project, 'orders'))?.totals).toMatchObject({ records: PAGES * 50, parks: 1, resumes: 1 });
    expect(project.sandbox.ledger.pagesServed().filter(({ times }) => times > 1)).toEqual([]);
    await end(daemon);
  }, 60_000);

  test.concurrent('a pause with an instant ends by itself', async () => {
    const project = await unfinished(await makeProject(), ['orders']);
    const { paused } = await project.json<Paused>(['pause', 'orders', ...WHY, '--until', '6s']);
    const attempts = attemptsOf(project);
    const daemon = await start(project);
    await until(isState(project, 'orders', 'done'), 'the run is done');
    const later = project.sandbox.ledger.attempts().slice(attempts);
    expect(Math.min(...later.map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(paused[0]?.untilMs ?? Infinity);
    expect(await project.json(['pauses'])).toMatchObject({ pauses: [] });
    await end(daemon);
  }, 60_000);

  test.concurrent('the pause of a platform stops its jobs, and no others', async () => {
    const config = configFile();
    const [shop = ''] = /shop: kuaishou\([\s\S]*?\n {4}\}\),/.exec(config) ?? [];
    const project = await makeProject({
      config: config.replace(shop, `${shop} ${shop.replace('shop', 'mall')}`),
      jobs: {
        'orders.ts': ordersJob({ users: [USER] }),
        'others.ts': ordersJob({ name: 'others', platform: 'mall', users: [OTHER] }),
      },
    });
    await unfinished(project, ['orders', 'others']);
    await said(project, 'pause', '--platform', 'shop', ...WHY);
    const daemon = await start(project);
    expect(daemon.output()).toContain('platform shop, by ann: stocktaking');
    await until(isState(project, 'others', 'done'), 'the other platform goes on');
    expect((await runOf(project, 'orders'))?.state).toBe('queued');
    await said(project, 'resume', '--platform', 'shop');
    await until(isState(project, 'orders', 'done'), 'the run is done');
    await end(daemon);
  }, 60_000);

  test.concurrent('run --wait is put down, too, and goes on when it is resumed', async () => {
    const project = await makeProject({
      jobs: { 'orders.ts': ordersJob({ users: [USER], before: SLOW }) },
      sandbox: { kuaishou: { merchants: MERCHANTS } },
    });
    const run = project.begin(['run', 'orders', '--wait', '--json']);
    await until(() => attemptsOf(project) > 3, 'the run makes calls');
    await said(project, 'pause', '--platform', 'shop', ...WHY);
    await until(isState(project, 'orders', 'parked'), 'the run is put down');
    project.write('fast', '');
    await said(project, 'resume', '--all');
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ run: { state: 'done', totals: { parks: 1, records: PAGES * 50 } } });
    expect(project.sandbox.ledger.pagesServed().filter(({ times }) => times > 1)).toEqual([]);
  }, 60_000);
});
