import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, makeProject, ordersJob, removeAll, USERS } from './project';

afterAll(removeAll);

const SCHEDULE = "{ cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] }";
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('in a project that never ran', () => {
  test.concurrent('status, jobs, runs, quota and state ls say so, and make no store', async () => {
    const { offpeak, directory } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE }) } });
    const said = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await offpeak(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const status = await said('status');
    expect(status).toContain('daemon  not running  (start it with `offpeak start`)');
    expect(status).toMatch(/\norders +never ran +\d{4}-\d\d-\d\d 0[1-5]:\d\d Asia\/Shanghai/);
    expect(await said('jobs')).toMatch(/\norders +shop +H H\(1-5\) \* \* \* {2}01:00-06:00 +\d{4}-.* jobs\/orders\.ts/);
    expect(await said('runs')).toBe('no runs yet\n');
    expect(await said('runs', 'orders')).toBe('no runs yet\n');
    expect(await said('quota')).toBe('nothing was drawn from any budget in its open window\n');
    expect(await said('state', 'ls')).toBe('no checkpoints\n');
    expect(existsSync(join(directory, 'data', 'offpeak.db'))).toBe(false);
  });

  test.concurrent('--json gives one document with every field', async () => {
    const { json, directory } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE }) } });
    const job = { name: 'orders', platform: 'shop', nextSlotAtMs: expect.any(Number) as number };
    // Its hours are open now, or they are not.
    expect(await json(['status'])).toMatchObject({
      daemon: null,
      jobs: [{ ...job, run: null, stuck: [], opensAtMs: expect.any(Number) as number, pauses: [] }],
      pauses: [],
      broken: [],
      unknownReplies: 0,
    });
    const written = { cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] };
    const schedule = { ...written, onBlackout: 'shift', onWindowEnd: 'drain' };
    expect(await json(['jobs'])).toEqual({
      jobs: [{ ...job, schedule, file: 'jobs/orders.ts', pauses: [] }],
      broken: [],
      warnings: [],
    });
    expect(await json(['runs'])).toEqual({ runs: [] });
    expect(await json(['quota'])).toEqual({ usage: [], learned: [], holds: [], shares: [] });
    expect(await json(['state', 'ls'])).toEqual({ checkpoints: [], more: false });
    expect(existsSync(join(directory, 'data', 'offpeak.db'))).toBe(false);
  });
});

describe('after a run that parked', () => {
  const config = { dayMs: 1_000_000_000_000, budgets: { 'app-day': 3 } };

  test.concurrent('each command shows it', async () => {
    const { offpeak, json } = await makeProject({ config });
    await offpeak(['run', 'orders']);
    const until = '2033-05-18 03:33:20 UTC';
    const status = (await offpeak(['status'])).stdout;
    expect(status).toMatch(/\norders +parked +1\/2 done, 1 parked +\d+ +3 +by hand/);
    expect(status).toMatch(new RegExp(`\n  orders/\\d+  parked, resumes at ${until}  app-day of 3 is spent`));
    expect((await offpeak(['runs', '1'])).stdout).toMatch(
      new RegExp(`\n\\d+ +parked +.*${until} +app-day of 3 is spent`),
    );
    expect((await offpeak(['quota'])).stdout).toMatch(new RegExp(`\nshop +app-day .* 3 of 3 +█{20} +0 +${until}`));
    expect((await offpeak(['state', 'ls'])).stdout).toMatch(new RegExp(`\norders/\\d+ +parked +\\d+ +${until}`));
    expect(await json(['quota', 'shop'])).toMatchObject({
      usage: [{ platform: 'shop', budget: 'app-day', limit: 3, used: 3, reserved: 0, left: 0, endMs: 2e12 }],
      holds: [],
    });
    expect(await json(['runs', '--limit', '1'])).toMatchObject({
      runs: [{ id: 1, state: 'parked', resumesAtMs: expect.any(Number) as number }],
    });
  });

  test.concurrent('nothing is coloured without a terminal, and with FORCE_COLOR it is', async () => {
    const { offpeak } = await makeProject({ config });
    const run = await offpeak(['run', 'orders']);
    const plain = [run, await offpeak(['status']), await offpeak(['quota']), await offpeak(['runs', 'orders'])];
    for (const { stdout, stderr } of plain) expect(stdout + stderr).not.toContain('\u001b');
    const painted = await offpeak(['status'], { env: { FORCE_COLOR: '1' } });
    expect(painted.stdout).toContain('\u001b[33mparked');
    expect((await offpeak(['status'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });
});

test.concurrent('what a platform says cannot steer the terminal', async () => {
  const evil = '\u001b[31mred\u001b[2J\u202egnp.exe\u0007\u009b1A\n\rfake line';
  const classify = `() => ({
    kind: 'park', scope: { app: 'env:APP_KEY' }, untilMs: 2e12, code: 'EVIL', reason: ${JSON.stringify(evil)},
  })`;
  const speaking = `((platform) => ({ ...platform, classify: ${classify} }))`;
  const config = configFile()
    .replace('shop: kuaishou', `shop: ${speaking}(kuaishou`)
    .replace('    }),\n', '    })),\n');
  const { offpeak } = await makeProject({ config });
  const ran = await offpeak(['run', 'orders']);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('gnp.exe') as string });
  const commands = [['runs', '1'], ['status'], ['quota'], ['state', 'ls'], ['state', 'show', `orders/${USERS[0]}`]];
  const shown = await Promise.all(
    [...commands, ...commands.map((args) => [...args, '--json'])].map((args) => offpeak(args)),
  );
  for (const { code, stdout, stderr } of [ran, ...shown]) {
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('gnp.exe');
    expect(stdout).not.toMatch(STEERING);
    expect(stderr).not.toMatch(STEERING);
  }
  const coloured = await offpeak(['runs', '1'], { env: { FORCE_COLOR: '1' } });
  expect(coloured.stdout).toContain('·[31mred·[2J·gnp.exe');
});

test.concurrent('a reader that goes away early is no fault', async () => {
  const { begin } = await makeProject();
  const live = begin(['jobs', '--json']);
  live.child.stdout?.destroy();
  const { code, stderr } = await live.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

describe('--help', () => {
  test.concurrent('of every command has a description and an example', async () => {
    const { offpeak } = await makeProject();
    const help = async (path: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await offpeak([...path, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const commands = async (path: readonly string[]): Promise<string[][]> => {
      const listed = (await help(path)).split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '';
      const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) =>
        name && name !== 'help' ? [name] : [],
      );
      return names.map((name) => [...path, name]);
    };
    const top = await commands([]);
    const state = await commands(['state']);
    expect(top.map(([name]) => name)).toEqual(
      expect.arrayContaining(['demo', 'init', 'start', 'run', 'status', 'sandbox']),
    );
    expect(state).toHaveLength(6);
    for (const path of [[], ...top, ...state]) {
      const text = await help(path);
      expect(text).toMatch(/^Usage: offpeak.*\n\n\S.{10,}/);
      expect(text).toMatch(/Examples?:\n {2}(offpeak|pm2) /);
    }
  });

  test.concurrent('offpeak on its own shows the help and ends with 2', async () => {
    const { offpeak } = await makeProject();
    const { code, stdout, stderr } = await offpeak([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: offpeak');
  });
});
