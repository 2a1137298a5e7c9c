import { OffpeakError } from '../../src/errors';
import type { AttemptRecord, Drawn } from '../../src/job/attempt';
import { Admission } from '../../src/limit/admission';
import type { Budget } from '../../src/limit/budget';
import type { BlockRequest, Ledger } from '../../src/limit/ledger';
import type { Http, HttpResult } from '../../src/platform/http';
import type { Platform } from '../../src/platform/platform';
import type { CallRequest } from '../../src/run/attempts';
import { Gateway, type GatewayParts } from '../../src/run/gateway';
import { stopControl } from '../../src/run/stop';
import { Tally } from '../../src/run/tally';
import { SecretVault } from '../../src/secrets';
import { fakeClock } from '../fake-clock';

const BUDGETS: Budget[] = [
  { name: 'app-day', limit: 100, per: 'day', scope: ['app'], source: 'test' },
  { name: 'in-flight', limit: 1, per: 'in-flight', scope: ['app'], source: 'test' },
];
const OK: HttpResult = {
  kind: 'reply',
  reply: { status: 200, headers: {}, body: 'ok' },
  replyBytes: 2,
  durationMs: 1,
};

/** A gateway alone: a queue that lets calls through on demand, and a ledger that only counts. */
function setup(parts: Partial<GatewayParts> = {}) {
  const clock = fakeClock();
  const stop = stopControl(clock, 1_000);
  const sent: string[] = [];
  const balance = { reserved: 0, givenBack: 0 };
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const platform: Platform = {
    vendor: 'test',
    origins: ['http://127.0.0.1'],
    day: { kind: 'civil', at: '00:00', timezone: 'UTC' },
    resetGuardMs: 0,
    budgets: BUDGETS,
    secrets: [],
    tokens: null,
    scope: ({ api, scope }) => ({ ...scope, app: 'a', api }),
    request: ({ api }) => ({ method: 'GET', url: `http://127.0.0.1/${api}`, headers: {}, body: null }),
    classify: () => ({ kind: 'ok', body: 'ok' }),
  };
  const ledger: Ledger = {
    reserve: ({ blocks }) => {
      const granted = blocks.map(({ draw, window, needed }) => {
        balance.reserved += needed;
        const drawn = { platform: 'p', budget: draw.budget.name, scopeKey: '', windowKey: window.key, amount: needed };
        return { drawn, left: 0 };
      });
      return Promise.resolve({ kind: 'reserved', blocks: granted });
    },
    settle: ({ unsent }) => {
      for (const { amount } of unsent) balance.givenBack += amount;
      return Promise.resolve();
    },
    usage: () => Promise.resolve([]),
    ...parts.ledger,
  };
  const http: Http = {
    attempt: (request) => {
      sent.push(request.url);
      return Promise.resolve(OK);
    },
    close: () => Promise.resolve(),
  };
  const { day, resetGuardMs } = platform;
  const quota = {
    day,
    resetGuardMs,
    reserve: (blocks: readonly BlockRequest[]) =>
      ledger.reserve({ platform: 'p', blocks, fence: 1, nowMs: clock.nowMs() }),
    giveBack: (unsent: readonly Drawn[]) => ledger.settle({ used: [], unsent, fence: 1 }),
  };
  const gateway = new Gateway(
    {
      name: 'p',
      platform,
      admission: new Admission({ clock, fullAtMs: -Infinity, quota }),
      queue: { run: (task) => opened.then(task), depth: () => 0, stop: () => Promise.resolve() },
      holds: { put: () => Promise.resolve(), list: () => Promise.resolve([]) },
      learned: { put: () => Promise.resolve(), list: () => Promise.resolve([]) },
      unknownReplies: {
        keep: () => Promise.resolve(),
        list: () => Promise.resolve([]),
        forget: () => Promise.resolve(0),
      },
      http,
      lease: { isSure: true, confirm: () => Promise.resolve() },
      tokens: null,
      vault: new SecretVault({ env: () => undefined, file: () => '' }),
      clock,
      random: () => 0,
      shares: null,
      fence: 1,
      ...parts,
      ledger,
    },
    [],
  );
  const attempts: AttemptRecord[] = [];
  const requestOf = (user: string): CallRequest => ({
    call: { api: 'list', params: {}, scope: { user } },
    asker: null,
    flow: user,
    priority: 5,
    tally: new Tally(),
    stop,
    onAttempt: (attempt) => void attempts.push(attempt),
    onWait: () => undefined,
  });
  return { clock, stop, sent, balance, open, gateway, requestOf, attempts, ledger, http };
}

/** A queue that starts a task when its entry in `tasks` is called. */
function steppedQueue() {
  const tasks: (() => void)[] = [];
  const queue: GatewayParts['queue'] = {
    run: (task) => new Promise<void>((resolve) => void tasks.push(resolve)).then(task),
    depth: () => 0,
    stop: () => Promise.resolve(),
  };
  return { queue, tasks };
}

describe('a call that waits in the queue', () => {
  it('is not sent after the stop, and gives its draws back', async () => {
    const { clock, gateway, requestOf, stop, sent, balance, open } = setup();
    const call = gateway.call(requestOf('1'));
    await clock.advance(1);
    expect(balance).toEqual({ reserved: 1, givenBack: 0 });
    stop.request('now');
    open();
    expect(await call).toEqual({ kind: 'stop' });
    expect(sent).toEqual([]);
    await gateway.close();
    expect(balance).toEqual({ reserved: 1, givenBack: 1 });
  });

  it('is not sent once the lease may have ended, and gives its draws back', async () => {
    const lease = { isSure: true, confirm: () => Promise.reject(new OffpeakError('FENCED', 'lost')) };
    const { clock, gateway, requestOf, sent, balance, open } = setup({ lease });
    const call = gateway.call(requestOf('1'));
    const refused = expect(call).rejects.toMatchObject({ code: 'FENCED' });
    await clock.advance(1);
    lease.isSure = false;
    open();
    await refused;
    expect(sent).toEqual([]);
    await gateway.close();
    expect(balance).toEqual({ reserved: 1, givenBack: 1 });
  });

  it('is not sent after a neighbour was refused meanwhile', async () => {
    const budgets = BUDGETS.filter(({ per }) => per !== 'in-flight');
    const first = setup();
    const platform: Platform = {
      ...first.gateway.platform,
      budgets,
      classify: ({ body }, { scope }) =>
        body === 'ok' && scope.user === '1'
          ? {
              kind: 'park',
              code: 'Q',
              reason: 'gone',
              scope: { app: 'a' },
              untilMs: Date.parse('2027-01-01'),
              advice: '',
            }
          : { kind: 'ok', body },
    };
    const { queue, tasks } = steppedQueue();
    const { gateway, clock, requestOf, sent, balance } = setup({ platform, queue });
    const calls = [gateway.call(requestOf('1')), gateway.call(requestOf('2'))];
    await clock.advance(1);
    tasks[0]?.();
    await clock.advance(1);
    tasks[1]?.();
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['park', 'park']);
    expect(sent).toHaveLength(1);
    await gateway.close();
    expect(balance.reserved - balance.givenBack).toBe(1);
  });

  it('is sent only after the pause when a neighbour was refused as too fast meanwhile', async () => {
    const first = setup();
    let isRefused = false;
    const platform: Platform = {
      ...first.gateway.platform,
      budgets: BUDGETS.filter(({ per }) => per !== 'in-flight'),
      classify: ({ body }) => {
        if (isRefused) return { kind: 'ok', body };
        isRefused = true;
        return { kind: 'pause', code: 'QPS', reason: 'too fast', scope: { app: 'a' }, forMs: 7_000 };
      },
    };
    const { queue, tasks } = steppedQueue();
    const { gateway, clock, requestOf, sent, balance } = setup({ platform, queue });
    void Promise.all([gateway.call(requestOf('1')), gateway.call(requestOf('2'))]);
    const letGo = async (ms: number): Promise<void> => {
      for (const task of tasks.splice(0)) task();
      await clock.advance(ms);
    };
    await clock.advance(1);
    tasks.shift()?.();
    await clock.advance(1);
    await letGo(6_000);
    expect(sent).toHaveLength(1);
    await clock.advance(1_000);
    await letGo(1);
    expect(sent).toHaveLength(3);
    await gateway.close();
    expect(balance.reserved - balance.givenBack).toBe(3);
  });
});

describe('a call that throws', () => {
  it.each<[string, Partial<GatewayParts>]>([
    ['because the ledger cannot be written', { ledger: broken() }],
    ['because the attempt is refused by its origin', { http: refusing() }],
  ])('%s lets go of its place in flight, and of its draws', async (_, parts) => {
    const { gateway, clock, requestOf, balance, open } = setup(parts);
    open();
    await expect(clock.run(gateway.call(requestOf('1')))).rejects.toThrow('no');
    // One call in flight is allowed: had the first kept its place, this one would wait for ever.
    await expect(clock.run(gateway.call(requestOf('2')))).rejects.toThrow('no');
    await gateway.close();
    expect(balance.reserved).toBe(balance.givenBack);
  });

  function broken(): Ledger {
    const { ledger } = setup();
    return { ...ledger, reserve: () => Promise.reject(new Error('no')) };
  }

  function refusing(): Http {
    return { attempt: () => Promise.reject(new Error('no')), close: () => Promise.resolve() };
  }
});
