import type { AttemptRecord, Drawn } from '../../src/job/attempt';
import { Admission } from '../../src/limit/admission';
import type { Budget } from '../../src/limit/budget';
import type { Ledger } from '../../src/limit/ledger';
import type { Http, HttpResult } from '../../src/platform/http';
import type { Platform } from '../../src/platform/platform';
import { type CallRequest, Gateway, type GatewayParts } from '../../src/run/gateway';
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
    reserve: ({ draws }) => {
      balance.reserved += draws.length;
      const drawn = draws.map(({ draw, amount }): Drawn => {
        return { platform: 'p', budget: draw.budget.name, scopeKey: draw.counter, windowKey: 'd', amount };
      });
      return Promise.resolve({ kind: 'reserved', drawn });
    },
    settle: ({ unsent }) => {
      balance.givenBack += unsent.length;
      return Promise.resolve();
    },
    usage: () => Promise.resolve([]),
  };
  const http: Http = {
    attempt: (request) => {
      sent.push(request.url);
      return Promise.resolve(OK);
    },
    close: () => Promise.resolve(),
  };
  const gateway = new Gateway(
    {
      name: 'p',
      platform,
      admission: new Admission({ clock, fullAtMs: -Infinity }),
      queue: { run: (task) => opened.then(task), depth: () => 0, stop: () => Promise.resolve() },
      ledger,
      holds: { put: () => Promise.resolve(), list: () => Promise.resolve([]) },
      http,
      tokens: null,
      vault: new SecretVault({ env: () => undefined, file: () => '' }),
      clock,
      random: () => 0,
      fence: 1,
      ...parts,
    },
    [],
  );
  const attempts: AttemptRecord[] = [];
  const requestOf = (user: string): CallRequest => ({
    call: { api: 'list', params: {}, scope: { user } },
    tally: new Tally(),
    stop,
    onAttempt: (attempt) => void attempts.push(attempt),
  });
  return { clock, stop, sent, balance, open, gateway, requestOf, attempts, ledger, http };
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
    const tasks: (() => void)[] = [];
    const queue: GatewayParts['queue'] = {
      run: (task) => new Promise<void>((resolve) => void tasks.push(resolve)).then(task),
      depth: () => 0,
      stop: () => Promise.resolve(),
    };
    const { gateway, clock, requestOf, sent, balance } = setup({ platform, queue });
    const calls = [gateway.call(requestOf('1')), gateway.call(requestOf('2'))];
    await clock.advance(1);
    tasks[0]?.();
    await clock.advance(1);
    tasks[1]?.();
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['park', 'park']);
    expect(sent).toHaveLength(1);
    expect(balance).toEqual({ reserved: 2, givenBack: 1 });
  });
});

describe('a call that throws', () => {
  it.each<[string, Partial<GatewayParts>, number]>([
    ['because the ledger cannot be written', { ledger: broken() }, 0],
    ['because the attempt is refused by its origin', { http: refusing() }, 1],
  ])('%s lets go of its place in flight, and of its draws', async (_, parts, givenBack) => {
    const { gateway, clock, requestOf, balance, open } = setup(parts);
    open();
    await expect(clock.run(gateway.call(requestOf('1')))).rejects.toThrow('no');
    expect(balance.givenBack).toBe(givenBack);
    // One call in flight is allowed: had the first kept its place, this one would wait for ever.
    await expect(clock.run(gateway.call(requestOf('2')))).rejects.toThrow('no');
  });

  function broken(): Ledger {
    const { ledger } = setup();
    return { ...ledger, reserve: () => Promise.reject(new Error('no')) };
  }

  function refusing(): Http {
    return { attempt: () => Promise.reject(new Error('no')), close: () => Promise.resolve() };
  }
});
