import { join } from 'node:path';
import { type Live, until } from './process';
import { CHECKOUT, configFile, makeProject, ordersJob, removeAll, type TestProject } from './project';
import { expectNothingLost, inCall, servedAgain, unfinished } from './unfinished';

afterAll(removeAll);

const MAIN = join(CHECKOUT, 'dist', 'main.js');

/** Its next calls hang for so long. */
function hanging(slowBodyMs: number, shutdownTimeoutMs = 5_000): Promise<TestProject> {
  return unfinished({ slowBodyMs, shutdownTimeoutMs });
}

describe('a calm end', () => {
  test.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
    'start ends with 0 on %s, with the page in flight committed',
    async (signal) => {
      const project = await hanging(250);
      const daemon = project.begin(['start']);
      await inCall(project);
      daemon.child.kill(signal);
      const { code, stderr, stdout } = await daemon.ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toContain('"stopping"');
      expect(stderr).toContain('"stopped"');
      await expectNothingLost(project);
      expect(servedAgain(project)).toBe(0);
    },
  );

  test.concurrent.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('run ends on %s with %i, with the page in flight committed', async (signal, code) => {
    const project = await hanging(250);
    const run = project.begin(['run', 'orders']);
    await inCall(project);
    run.child.kill(signal);
    const ended = await run.ended;
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain('stopping when the calls under way have ended');
    expect(ended.stderr).toContain('unfinished: `offpeak run orders`');
    await expectNothingLost(project);
    expect(servedAgain(project)).toBe(0);
  });

  test.concurrent('a call that outlasts the shutdown timeout is cut, and its page repeated once', async () => {
    const project = await hanging(60_000, 200);
    const daemon = project.begin(['start']);
    await inCall(project);
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
    await expectNothingLost(project);
    expect(servedAgain(project)).toBe(1);
  });

  test.concurrent.each([
    ['start', 130],
    ['run', 130],
  ] as const)('a second signal ends %s at once', async (command, code) => {
    const project = await hanging(60_000, 600_000);
    const live = project.begin(command === 'run' ? ['run', 'orders'] : ['start']);
    await inCall(project);
    live.child.kill('SIGINT');
    await live.says(/stopping/);
    live.child.kill('SIGINT');
    expect((await live.ended).code).toBe(code);
    await expectNothingLost(project);
  });

  test.concurrent('nothing that a job left open keeps a run that has ended', async () => {
    const job = ordersJob({ before: 'setInterval(() => undefined, 1_000);' });
    const { offpeak } = await makeProject({ jobs: { 'orders.ts': job } });
    expect((await offpeak(['run', 'orders'])).code).toBe(0);
  });
});

describe('an error that a job lets go astray', () => {
  const stray = (code: string): string =>
    ordersJob({ before: `if (!globalThis.gone) { globalThis.gone = true; ${code} }` });

  test.concurrent('as a rejected promise is logged without its secrets, and the run goes on', async () => {
    const job = stray("void Promise.reject(new Error('astray with ' + process.env.SIGN_SECRET));");
    const { offpeak, sandbox } = await makeProject({ jobs: { 'orders.ts': job } });
    const { code, stderr } = await offpeak(['run', 'orders']);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('astray with') as string });
    expect(stderr).not.toContain(sandbox.kuaishou.signSecret);
  });

  test.concurrent('as an exception ends the process with 1, without its secrets and with nothing lost', async () => {
    const job = stray("setImmediate(() => { throw new Error('astray with ' + process.env.SIGN_SECRET); });");
    const project = await makeProject({ jobs: { 'orders.ts': job } });
    const { code, stderr } = await project.offpeak(['run', 'orders']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('astray with') as string });
    expect(stderr).not.toContain(project.sandbox.kuaishou.signSecret);
    project.write('jobs/orders.ts', ordersJob());
    await expectNothingLost(project);
  });
});

function isOfType(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}

function isReply(message: unknown): boolean {
  return isOfType(message, 'axm:reply');
}

describe('under pm2', () => {
  test.concurrent('the daemon says ready once it can work, and ends calmly on the shutdown message', async () => {
    const project = await hanging(250);
    const daemon = project.begin([], { script: MAIN, ipc: true });
    await until(() => daemon.messages.includes('ready'), 'ready');
    await inCall(project);
    daemon.child.send('shutdown');
    expect((await daemon.ended).code).toBe(0);
    await expectNothingLost(project);
    expect(servedAgain(project)).toBe(0);
  });

  test.concurrent('a signal after the shutdown message is not a second one', async () => {
    const project = await hanging(1_000, 10_000);
    const daemon = project.begin([], { script: MAIN, ipc: true });
    await inCall(project);
    for (const message of ['shutdown', 'shutdown']) daemon.child.send(message);
    await daemon.says(/"stopping"/);
    daemon.child.kill('SIGINT');
    const { code, stderr } = await daemon.ended;
    expect({ code, stopping: stderr.split('"stopping"').length - 1 }).toEqual({ code: 0, stopping: 1 });
    await expectNothingLost(project);
    expect(servedAgain(project)).toBe(0);
  });

  test.concurrent('a daemon that stands by is ready, says so, and refuses what only the other can do', async () => {
    const project = await makeProject();
    const first = project.begin(['start']);
    await first.says(/"started"/);
    const second = project.begin([], { script: MAIN, ipc: true });
    await until(() => second.messages.includes('ready'), 'ready');
    expect(second.output()).toContain('"standing by');
    const answer = async (action: string, opts?: string): Promise<unknown> => {
      const before = second.messages.length;
      second.child.send(opts === undefined ? action : { msg: action, opts });
      const found = (): unknown => second.messages.slice(before).find((one) => isReply(one));
      await until(() => found() !== undefined, 'an answer');
      return found();
    };
    expect(await answer('status')).toMatchObject({ data: { return: { role: 'standing by' } } });
    expect(await answer('run-now', 'orders')).toMatchObject({ data: { return: { error: 'STORE_IN_USE' } } });
    second.child.send('shutdown');
    expect((await second.ended).code).toBe(0);
    first.child.kill('SIGTERM');
    await first.ended;
  });

  test.concurrent('a parent that is gone is no fault', async () => {
    const project = await makeProject();
    const daemon = project.begin([], { script: MAIN, ipc: true });
    daemon.child.disconnect();
    await daemon.says(/"started"/);
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  });

  test.concurrent.each([
    { what: 'has an unknown key', config: configFile({ more: 'partitionInFlight: 2,' }), env: {}, says: 'unknown key' },
    { what: 'cannot be read', config: 'export default {', env: {}, says: 'offpeak.config.ts:1' },
    {
      what: 'lacks the secrets of every job',
      config: configFile(),
      env: { SIGN_SECRET: '' },
      says: 'no value for env:SIGN_SECRET',
    },
  ])('main and start end with 78 for a config that $what', async ({ config, env, says }) => {
    const project = await makeProject({ config });
    for (const live of [project.begin([], { script: MAIN, ipc: true, env }), project.begin(['start'], { env })]) {
      const { code, stderr, stdout } = await live.ended;
      expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
      expect(stderr).toContain(says);
      expect(stderr).not.toContain('    at ');
      expect(live.messages).toEqual([]);
    }
  });

  test.concurrent('a broken job file is reported, and the daemon serves the others', async () => {
    const jobs = { 'broken.ts': 'export default {', 'orders.ts': ordersJob() };
    const project = await makeProject({ jobs });
    const daemon = project.begin(['start']);
    await daemon.says(/"started"/);
    expect(daemon.output()).toContain('jobs/broken.ts:1');
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  });
});

describe('one process writes to a store', () => {
  async function started(project: TestProject): Promise<Live> {
    const daemon = project.begin(['start']);
    await daemon.says(/"started"/);
    return daemon;
  }

  test.concurrent('run is refused with 4 while a daemon holds the store, which is named', async () => {
    const project = await makeProject();
    const daemon = await started(project);
    const { code, stdout, stderr } = await project.offpeak(['run', 'orders']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^error: the store is in use by process ${daemon.child.pid ?? ''} on \\S+ \\(offpeak start\\)\n`),
    );
    expect(project.sandbox.ledger.attempts()).toEqual([]);
    const status = await project.json<{ daemon: { pid: number; command: string } }>(['status']);
    expect(status.daemon).toMatchObject({ pid: daemon.child.pid, command: 'start' });
    expect((await project.offpeak(['status'])).stdout).toMatch(/^daemon {2}running {2}offpeak start, process /);
  });

  test.concurrent.each(['SIGTERM', 'SIGKILL'] as const)(
    'a second daemon stands by, and takes over when the first ends by %s',
    async (signal) => {
      const project = await makeProject();
      const first = await started(project);
      const second = project.begin(['start']);
      await second.says(/"standing by: another process holds the store"/);
      expect(second.output()).toContain(`"pid":${second.child.pid ?? ''}`);
      first.child.kill(signal);
      await first.ended;
      await second.says(/"started"/);
      second.child.kill('SIGTERM');
      expect((await second.ended).code).toBe(0);
    },
  );

  test.concurrent('a daemon that stands by ends with 0 when it is asked to', async () => {
    const project = await makeProject();
    await started(project);
    const second = project.begin(['start']);
    await second.says(/"standing by/);
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
  });
});
