import { OffpeakError } from '../../src/errors';
import { openPm2, type Pm2 } from '../../src/monitor/pm2';
import type { Operations } from '../../src/monitor/pm2-action';
import type { DaemonState } from '../../src/monitor/pm2-metrics';
import { type FakeClock, fakeClock } from '../fake-clock';

const SECRET = 'ks-sign-secret-42';

const STATE: DaemonState = {
  role: 'serving',
  nextStart: 'orders 2026-03-02 01:25 Asia/Shanghai',
  running: 1,
  parked: { count: 2, until: '2026-03-03 00:00 Asia/Shanghai' },
  lagMs: 1_499,
  quotas: [{ platform: 'kuaishou', budget: 'app-day app=ks1', left: 874, limit: 1_000 }],
};

interface Message {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Bundle {
  readonly clock: FakeClock;
  readonly pm2: Pm2;
  readonly sent: (type: string) => Message['data'][];
  readonly receive: (message: unknown) => void;
  readonly isHeard: () => boolean;
  /** Sends a request and waits for its answer. */
  readonly ask: (name: string, opts?: unknown) => Promise<unknown>;
}

interface Parts {
  readonly operations?: Partial<Operations>;
  readonly state?: () => Promise<DaemonState | null>;
}

function setup({ operations = {}, state = () => Promise.resolve(STATE) }: Parts = {}): Bundle {
  const clock = fakeClock();
  const messages: Message[] = [];
  let listener: ((message: unknown) => void) | null = null;
  const channel = {
    send: (message: object) => void messages.push(message as Message),
    listen: (onMessage: (message: unknown) => void) => {
      listener = onMessage;
      return () => {
        listener = null;
      };
    },
  };
  const echo = (name: string) => (ask: unknown) => Promise.resolve({ did: name, ask });
  const all: Operations = {
    plan: echo('plan'),
    status: echo('status'),
    runNow: echo('run-now'),
    checkpoint: echo('checkpoint'),
    logLevel: echo('log-level'),
    ...operations,
  };
  const scrub = (text: string): string => text.replaceAll(SECRET, 'env:SIGN_SECRET');
  const pm2 = openPm2({ channel, clock, operations: all, state, scrub });
  const sent = (type: string): Message['data'][] => messages.filter((one) => one.type === type).map(({ data }) => data);
  return {
    clock,
    pm2,
    sent,
    receive: (message) => listener?.(message),
    isHeard: () => listener !== null,
    async ask(name, opts) {
      const before = sent('axm:reply').length;
      listener?.(opts === undefined ? name : { msg: name, opts });
      await clock.advance(0);
      const [reply, ...more] = sent('axm:reply').slice(before);
      expect(more).toEqual([]);
      expect(reply?.['action_name']).toBe(name);
      return reply?.['return'];
    },
  };
}

const names = ({ sent }: Bundle): unknown[] => sent('axm:action').map(({ action_name: name }) => name);

describe('the actions', () => {
  it('are announced when it opens', () => {
    const bundle = setup();
    expect(names(bundle)).toEqual(['plan', 'status', 'run-now', 'checkpoint', 'log-level']);
    expect(bundle.sent('axm:action')[0]).toEqual({ action_name: 'plan', action_type: 'custom', arity: 2 });
  });

  it('include pause and resume where there are such operations', async () => {
    const pause = (ask: unknown) => Promise.resolve(ask);
    const bundle = setup({ operations: { pause, resume: pause } });
    expect(names(bundle)).toEqual(expect.arrayContaining(['pause', 'resume']));
    expect(await bundle.ask('pause', '{"platform":"kuaishou","until":"18:00","reason":"sale"}')).toEqual({
      platform: 'kuaishou',
      until: '18:00',
      reason: 'sale',
    });
    expect(await bundle.ask('resume', 'orders')).toEqual({ job: 'orders' });
  });

  it.each([
    ['plan', undefined, { days: 1 }],
    ['plan', '3', { days: 3 }],
    ['plan', '{"days":2}', { days: 2 }],
    ['plan', { days: 2 }, { days: 2 }],
    ['status', '', {}],
    ['status', 'orders', { job: 'orders' }],
    ['run-now', ' orders ', { job: 'orders' }],
    ['checkpoint', 'orders', { job: 'orders' }],
    ['checkpoint', 'orders/a/b', { job: 'orders', partition: 'a/b' }],
    ['log-level', undefined, {}],
    ['log-level', 'debug', { level: 'debug' }],
  ])('take their parameter plain, as JSON or not at all: %s %j', async (name, parameter, ask) => {
    expect(await setup().ask(name, parameter)).toEqual({ did: name, ask });
  });

  it.each([
    ['run-now', undefined, 'run-now job: '],
    ['plan', '8', 'plan days: '],
    ['plan', '{"dayz":1}', 'did you mean "days"?'],
    ['status', '{"job":', 'expected plain text or a JSON object'],
    ['log-level', 'loud', 'log-level level: '],
    ['status', 'x'.repeat(5_000), 'expected at most 4096 characters, got 5000'],
  ])('answer a parameter that they cannot take with what is wrong: %s %j', async (name, parameter, says) => {
    expect(await setup().ask(name, parameter)).toEqual({
      error: 'USAGE',
      message: expect.stringContaining(says) as string,
    });
  });

  it('answer an error with its code and hint, without secrets and control characters', async () => {
    const error = new OffpeakError('JOB_UNKNOWN', `no job \u001b[31m${SECRET}`, { hint: `not ${SECRET}` });
    const { ask } = setup({ operations: { status: () => Promise.reject(error) } });
    expect(await ask('status')).toEqual({
      error: 'JOB_UNKNOWN',
      message: 'no job ·[31menv:SIGN_SECRET',
      hint: 'not env:SIGN_SECRET',
    });
  });

  it('answer a bug, too', async () => {
    const { ask } = setup({ operations: { status: () => Promise.reject(new TypeError(`x of ${SECRET}`)) } });
    expect(await ask('status')).toEqual({ error: 'FAILED', message: 'x of env:SIGN_SECRET' });
  });

  it('answer without secrets at any depth', async () => {
    const cursor = JSON.parse(`{"__proto__":{"a\\u001b]8;;${SECRET}\\u0007\\u202e":"\\u2028\\u009b2J"}}`) as unknown;
    const status = () => Promise.resolve({ jobs: [{ reason: `sent ${SECRET}` }], cursor });
    expect(JSON.stringify(await setup({ operations: { status } }).ask('status'))).toBe(
      '{"jobs":[{"reason":"sent env:SIGN_SECRET"}],"cursor":{"__proto__":{"a·]8;;env:SIGN_SECRET··":"··2J"}}}',
    );
  });

  it.each(['Next start', 'Parked', 'Quota left'])(
    'the metric %s neither tells a secret nor steers a terminal',
    async (metric) => {
      const text = `a\u001b]8;;http://x\u0007${SECRET}\u202e\u2028\u009b2J`;
      const quotas = [{ platform: text, budget: text, left: 1, limit: 2 }];
      const { clock, sent } = setup({
        state: () => Promise.resolve({ ...STATE, nextStart: text, parked: { count: 1, until: text }, quotas }),
      });
      await clock.advance(0);
      const told = JSON.stringify(
        Object.entries(sent('axm:monitor').at(-1) ?? {}).filter(([name]) => name.startsWith(metric)),
      );
      expect(told).toContain('a·]8;;http://x·env:SIGN_SECRET···2J');
      expect(told).not.toContain(SECRET);
    },
  );

  it('answer that an answer is too long', async () => {
    const status = () => Promise.resolve('x'.repeat(300_000));
    expect(await setup({ operations: { status } }).ask('status')).toMatchObject({ error: 'RUN_FAILED' });
  });

  it('answer after 10 s that the work takes longer', async () => {
    const { clock, receive, sent } = setup({ operations: { status: () => new Promise(() => undefined) } });
    receive('status');
    await clock.advance(9_999);
    expect(sent('axm:reply')).toEqual([]);
    await clock.advance(1);
    const [reply] = sent('axm:reply');
    expect(reply?.['return']).toMatchObject({ message: 'no answer: it takes longer than 10 s' });
  });

  it('answer the ninth at a time that eight are under way', async () => {
    const { clock, receive, sent } = setup({ operations: { status: () => new Promise(() => undefined) } });
    for (let asked = 0; asked < 9; asked += 1) receive('status');
    await clock.advance(0);
    expect(sent('axm:reply')).toHaveLength(1);
    expect(sent('axm:reply')[0]?.['return']).toMatchObject({ message: '8 actions are under way' });
  });

  it('leave every other message alone', async () => {
    const { clock, receive, sent } = setup();
    for (const message of ['shutdown', 'km:heapdump', 'pause', { msg: 'unknown' }, { type: 'x' }, null, 7]) {
      receive(message);
    }
    await clock.advance(0);
    expect(sent('axm:reply')).toEqual([]);
  });

  it('are answered at the close that the process ends', async () => {
    const { pm2, receive, sent, isHeard } = setup({ operations: { status: () => new Promise(() => undefined) } });
    receive('status');
    await pm2.close();
    expect(sent('axm:reply')[0]?.['return']).toMatchObject({ message: 'no answer: the process ends' });
    expect(isHeard()).toBe(false);
  });
});

describe('the metrics', () => {
  it('are sent at once, and every 5 seconds until the close', async () => {
    const { clock, pm2, sent } = setup();
    await clock.advance(0);
    expect(sent('axm:monitor')).toEqual([
      {
        Role: { value: 'serving' },
        'Next start': { value: 'orders 2026-03-02 01:25 Asia/Shanghai' },
        Running: { value: 1, unit: 'runs' },
        Parked: { value: 2, unit: 'runs, until 2026-03-03 00:00 Asia/Shanghai' },
        Lag: { value: 1, unit: 's' },
        'Quota left kuaishou': { value: 874, unit: 'of 1000 app-day app=ks1' },
      },
    ]);
    await clock.advance(10_000);
    expect(sent('axm:monitor')).toHaveLength(3);
    await pm2.close();
    await clock.advance(10_000);
    expect(sent('axm:monitor')).toHaveLength(3);
  });

  it('say what is paused where that is known', async () => {
    const paused = { count: 1, until: null };
    const { clock, sent } = setup({ state: () => Promise.resolve({ ...STATE, paused, nextStart: null }) });
    await clock.advance(0);
    expect(sent('axm:monitor')[0]).toMatchObject({ Paused: { value: 1, unit: '' }, 'Next start': { value: 'none' } });
  });

  it('are left out while they cannot be told, and come again', async () => {
    const answers = [() => Promise.reject(new Error('busy')), () => Promise.resolve(null)];
    const { clock, sent } = setup({ state: () => (answers.shift() ?? (() => Promise.resolve(STATE)))() });
    await clock.advance(5_000);
    expect(sent('axm:monitor')).toEqual([]);
    await clock.advance(5_000);
    expect(sent('axm:monitor')).toHaveLength(1);
  });
});
