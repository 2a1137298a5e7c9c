import { FAULT_KINDS } from '../../src/sandbox/fault';
import { closeAll, kuaishou, kuaishouRequest, setup, USER } from './calls';

afterEach(closeAll);

it.each([500, 502, 503] as const)('answers %i when told to, once', async (status) => {
  const { sandbox } = await setup();
  sandbox.failNext(1, `http-${status}`);
  const reply = await fetch(...kuaishouRequest(sandbox));
  expect(reply.status).toBe(status);
  await reply.text();
  expect((await kuaishou(sandbox)).body.result).toBe(1);
  expect(sandbox.ledger.attempts()).toMatchObject([
    { verdict: 'fault', fault: `http-${status}`, recordCount: 0 },
    { verdict: 'served', fault: null, recordCount: 20 },
  ]);
});

it('destroys the socket before the reply', async () => {
  const { sandbox } = await setup();
  sandbox.failNext(1, 'reset-before-reply');
  await expect(fetch(...kuaishouRequest(sandbox))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
});

it('destroys the socket in the middle of the reply', async () => {
  const { sandbox } = await setup();
  sandbox.failNext(1, 'reset-mid-reply');
  const reply = await fetch(...kuaishouRequest(sandbox));
  expect(reply.status).toBe(200);
  await expect(reply.text()).rejects.toThrow();
});

it('cuts the JSON of a reply that is otherwise whole', async () => {
  const { sandbox } = await setup();
  sandbox.failNext(1, 'malformed');
  const reply = await fetch(...kuaishouRequest(sandbox));
  const text = await reply.text();
  expect(text.startsWith('{"result":1,')).toBe(true);
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
});

it('halts a slow body in its middle and then delivers it whole', async () => {
  const { sandbox, clock } = await setup({ faults: { slowBodyMs: 5_000 } });
  sandbox.failNext(1, 'slow-body');
  const startMs = clock.monotonicMs();
  const reply = await clock.run(fetch(...kuaishouRequest(sandbox)).then((response) => response.json()));
  expect(reply).toMatchObject({ result: 1 });
  expect(clock.monotonicMs() - startMs).toBe(5_000);
  expect(sandbox.ledger.attempts()).toMatchObject([{ verdict: 'served', fault: 'slow-body' }]);
});

it('hits only the arrivals that fit the target, and refusals never', async () => {
  const { sandbox } = await setup({ kuaishou: { limits: { userPerDay: 1 } } });
  sandbox.failNext(1, 'http-500', { platform: 'kuaishou', user: '3649418106' });
  expect((await kuaishou(sandbox)).body.result).toBe(1);
  sandbox.failNext(1, 'http-502', { user: USER });
  expect((await kuaishou(sandbox)).body.result).toBe(17);
  expect((await fetch(...kuaishouRequest(sandbox, { user: '3649418106' }))).status).toBe(500);
});

it('fails the stated share by chance, every kind of it, the same for the same seed', async () => {
  const faults = { errorRate: 0.2, resetRate: 0.2, malformedRate: 0.1, slowBodyRate: 0.1, slowBodyMs: 0 };
  const run = async (seed: string) => {
    const limits = { apiQps: null };
    const { sandbox } = await setup({
      seed,
      faults,
      kuaishou: { limits, merchants: { [USER]: { orders: 0, items: 1 } } },
    });
    for (let n = 0; n < 300; n += 1) {
      await fetch(...kuaishouRequest(sandbox))
        .then((reply) => reply.text())
        .catch(() => null);
    }
    return sandbox.ledger.attempts().map(({ fault }) => fault);
  };
  const [first, again, other] = [await run('a'), await run('a'), await run('b')];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([null, ...FAULT_KINDS]));
  const share = first.filter((fault) => fault !== null).length / first.length;
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(0.7);
});

it('takes new rates at run time and refuses impossible ones', async () => {
  const { sandbox } = await setup();
  sandbox.setFaults({ errorRate: 1 });
  expect((await fetch(...kuaishouRequest(sandbox))).status).toBeGreaterThanOrEqual(500);
  sandbox.setFaults({});
  expect((await kuaishou(sandbox)).body.result).toBe(1);
  expect(() => sandbox.setFaults({ errorRate: 0.6, resetRate: 0.6 })).toThrow(/together must be at most 1/);
});
