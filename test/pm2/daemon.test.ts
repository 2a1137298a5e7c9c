import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/job/run';
import { until } from '../cli/process';
import { configFile, makeProject, orderKeys, ordersJob, removeAll, type TestProject } from '../cli/project';
import { expectNothingLost, inCall, servedAgain, unfinished } from '../cli/unfinished';
import { killAll, openPm2Home, type Pm2Home } from './home';
import { installPm2 } from './install';

const command = installPm2();
const underPm2 = command === null ? test.skip : test.concurrent;

afterAll(async () => {
  await killAll();
  await removeAll();
});

const TEST_MS_MAX = 120_000;
/** Later than this pm2 does not begin the first restart. */
const RESTART_MS_MAX = 2_000;

function home(project: TestProject, settings: Readonly<Record<string, unknown>> = {}): Pm2Home {
  return openPm2Home(project, command ?? '', settings);
}

/** Its next call hangs for so long. */
function hanging(slowBodyMs: number, job?: string): Promise<TestProject> {
  return unfinished({ slowBodyMs, shutdownTimeoutMs: 20_000, ...(job !== undefined && { job }) });
}

async function holder({ json }: TestProject): Promise<unknown> {
  return (await json<{ daemon: unknown }>(['status'])).daemon;
}

async function actions(app: Pm2Home['app']): Promise<readonly string[]> {
  return (await app()).pm2_env.axm_actions.map(({ action_name: name }) => name);
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}

describe('the start', () => {
  underPm2(
    'is told to pm2 when the daemon can work',
    async () => {
      const project = await makeProject();
      const { start, app, log } = home(project);
      expect((await start()).code).toBe(0);
      expect(log()).toContain('"msg":"started"');
      expect(log()).toContain('"tzdata":');
      expect(log()).not.toContain('"level":"warn"'); // the shipped file satisfies the self-check
      const { pm2_env: env, pid } = await app();
      expect(env).toMatchObject({ status: 'online', restart_time: 0 });
      expect(await holder(project)).toMatchObject({ pid, command: 'start' });
    },
    TEST_MS_MAX,
  );

  underPm2(
    'is never told while the config hangs: pm2 waits for as long as it was told',
    async () => {
      const config = `${configFile()}\nsetInterval(() => undefined, 1_000);\nawait new Promise(() => undefined);`;
      const project = await makeProject({ config });
      const { start, app, log } = home(project, { listen_timeout: 3_000 });
      const beganAtMs = Date.now();
      await start();
      expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(3_000);
      expect(await actions(app)).not.toContain('status');
      expect(log()).toBe('');
    },
    TEST_MS_MAX,
  );

  underPm2(
    'with a config that cannot work ends with 78, and stays stopped',
    async () => {
      const project = await makeProject({ config: configFile({ more: 'partitionInFlight: 2,' }) });
      const { start, app, log } = home(project);
      await start();
      await pause(RESTART_MS_MAX);
      // With a back-off pm2 7.0.4 goes on to show `waiting restart`, and never does.
      const { pid, pm2_env: env } = await app();
      expect({ pid, ...env }).toMatchObject({ pid: 0, restart_time: 0, exit_code: 78 });
      expect(log()).toContain('unknown key');
    },
    TEST_MS_MAX,
  );

  underPm2(
    'warns of settings that hurt, each with what to do',
    async () => {
      const project = await makeProject();
      const bad = { kill_timeout: undefined, cron_restart: '0 3 * * *', wait_ready: false, time: true };
      const { start, logs, log } = home(project, bad);
      await start();
      await logs('"msg":"started"');
      const warned = [...log().matchAll(/"setting":"(\w+)"/g)].map(([, setting]) => setting);
      expect(warned).toEqual(['kill_timeout', 'cron_restart', 'log_date_format', 'wait_ready']);
    },
    TEST_MS_MAX,
  );
});

describe('a stop with a call in flight', () => {
  underPm2(
    'within the kill timeout commits its page, and lets go of the store',
    async () => {
      const project = await hanging(2_500);
      const { start, pm2, app, log } = home(project);
      await start();
      await inCall(project);
      await pm2('stop', 'offpeak');
      expect((await app()).pm2_env).toMatchObject({ status: 'stopped', exit_code: 0 });
      expect(log()).toContain('"msg":"stopped"');
      expect(existsSync(join(project.directory, 'data', 'offpeak.db-wal'))).toBe(false);
      expect(await holder(project)).toBeNull();
      await expectNothingLost(project);
      expect(servedAgain(project)).toBe(0);
    },
    TEST_MS_MAX,
  );

  underPm2(
    'that outlasts the kill timeout ends calmly before it: the call is cut, and its page repeated once',
    async () => {
      const project = await hanging(60_000);
      const { start, pm2, app, log } = home(project, { kill_timeout: 4_000 });
      await start();
      await inCall(project);
      await pm2('stop', 'offpeak');
      expect((await app()).pm2_env).toMatchObject({ status: 'stopped', exit_code: 0 });
      expect(log()).toContain('"msg":"stopped"');
      await expectNothingLost(project);
      expect(servedAgain(project)).toBe(1);
    },
    TEST_MS_MAX,
  );

  underPm2(
    'in a job that never lets go ends by force: nothing is lost, and a page repeated once',
    async () => {
      const job = ordersJob({ before: "if (page !== '' && process.env.pm_id) for (;;);" });
      const project = await hanging(10, job);
      const { start, pm2, app, log } = home(project, { kill_timeout: 2_000 });
      await start();
      await inCall(project);
      await pm2('stop', 'offpeak');
      expect((await app()).pm2_env.status).toBe('stopped');
      expect(log()).not.toContain('"msg":"stopped"');
      await expectNothingLost(project);
      expect(sortedTimes(project).every((times) => times <= 2)).toBe(true);
    },
    TEST_MS_MAX,
  );
});

function sortedTimes({ sandbox }: TestProject): number[] {
  return sandbox.ledger.pagesServed().map(({ times }) => times);
}

describe('a death', () => {
  underPm2(
    'of the daemon by SIGKILL goes on at the same page after the restart',
    async () => {
      const project = await hanging(60_000);
      const { start, app } = home(project);
      await start();
      await inCall(project);
      const { pid } = await app();
      process.kill(pid, 'SIGKILL');
      await until(async () => (await runs(project))[0]?.state === 'done', 'the run is done');
      const after = await app();
      expect(after.pid).not.toBe(pid);
      expect(after.pm2_env).toMatchObject({ status: 'online', restart_time: 1 });
      expect((await runs(project)).map(({ id }) => id)).toEqual([1]);
      expect([...(await project.stored())].sort()).toEqual(orderKeys(project.sandbox));
      expect(servedAgain(project)).toBeLessThanOrEqual(1);
    },
    TEST_MS_MAX,
  );

  underPm2(
    'of pm2 itself, which takes the daemon with it, loses nothing',
    async () => {
      const project = await hanging(60_000);
      const { start, godPid } = home(project);
      await start();
      await inCall(project);
      process.kill(godPid(), 'SIGKILL');
      await until(async () => (await holder(project)) === null, 'the daemon has ended');
      await expectNothingLost(project);
      expect(servedAgain(project)).toBeLessThanOrEqual(1);
    },
    TEST_MS_MAX,
  );
});

async function runs({ json }: TestProject): Promise<readonly Run[]> {
  return (await json<{ runs: Run[] }>(['runs'])).runs;
}

describe('a reload in cluster mode', () => {
  underPm2(
    'at the instant of a slot has one scheduler at a time, one run of the slot and no call twice',
    async () => {
      const job = ordersJob({ schedule: "{ cron: '* * * * *', timezone: 'UTC' }" });
      const project = await makeProject({ jobs: { 'orders.ts': job } });
      const { start, pm2, log } = home(project, { exec_mode: 'cluster' });
      await until(() => Date.now() % 60_000 < 50_000, 'there is time until the next minute', 60_000);
      await start();
      expect(log()).toContain('"setting":"exec_mode"');
      const slotAtMs = Math.ceil(Date.now() / 60_000) * 60_000;
      await until(() => Date.now() > slotAtMs - 2_000, 'the minute ends', 60_000);
      while (Date.now() < slotAtMs + 1_000) await pm2('reload', 'offpeak');
      await until(async () => (await runs(project)).some(({ state }) => state === 'done'), 'the run is done');
      const turns = [...log().matchAll(/"msg":"(started|stopping)"/g)].map(([, turn]) => turn);
      expect(turns.filter((turn) => turn === 'started').length).toBeGreaterThan(1);
      expect(turns.join()).not.toContain('started,started');
      const ofSlot = (await runs(project)).filter((run) => run.slotAtMs === slotAtMs);
      expect(ofSlot).toHaveLength(1);
      expect(servedAgain(project)).toBe(0);
    },
    TEST_MS_MAX,
  );
});

describe('what pm2 shows and asks', () => {
  underPm2(
    'are metrics, and actions that are always answered',
    async () => {
      const job = ordersJob({ schedule: "{ cron: '0 3 1 1 *', timezone: 'Asia/Shanghai' }" });
      const project = await makeProject({ jobs: { 'orders.ts': job } });
      const { start, app, trigger, log } = home(project);
      await start();
      expect(await trigger('status')).toMatchObject({ role: 'serving', jobs: [{ job: 'orders', state: 'never ran' }] });
      expect(await trigger('run-now', 'orders')).toMatchObject({ run: 1, began: true });
      await until(async () => (await runs(project))[0]?.state === 'done', 'the run is done');
      expect(await trigger('checkpoint', 'orders/3649418105')).toMatchObject({ status: 'idle', cursor: { page: '' } });
      expect(await trigger('plan', '{"days":2}')).toMatchObject({ days: 2, jobs: [{ job: 'orders' }] });
      expect(await trigger('log-level', 'debug')).toEqual({ level: 'debug' });
      expect(await trigger('run-now', 'order')).toMatchObject({ error: 'JOB_UNKNOWN' });
      expect(await trigger('status', '{"job":')).toMatchObject({ error: 'USAGE' });
      const metrics = async () => (await app()).pm2_env.axm_monitor;
      await until(async () => (await metrics())['Role']?.value === 'serving', 'metrics');
      expect(await metrics()).toMatchObject({
        Role: { value: 'serving' },
        'Next start': { value: expect.stringMatching(/^orders \d{4}-01-01 03:00 Asia\/Shanghai$/) as string },
        Running: { value: 0, unit: 'runs' },
        'Quota left shop': { value: expect.any(Number) as number },
      });
      expect(log()).not.toContain(project.sandbox.kuaishou.signSecret);
    },
    TEST_MS_MAX,
  );
});
