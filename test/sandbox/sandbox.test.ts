import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OffpeakError } from '../../src/errors';
import { openSandbox } from '../../src/sandbox/sandbox';
import { PLATFORMS } from '../../src/sandbox/twins';
import { systemClock } from '../../src/time/system-clock';
import { closeAll, DAY_MS, kuaishou, ORDERS, orderIds, search, setup, USER, yidaToken } from './calls';

afterEach(closeAll);

it('opens with nothing configured, on loopback, with data on every platform', async () => {
  const { sandbox } = await setup({ clock: systemClock });
  expect(sandbox.kuaishou.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const now = Date.now();
  const ids = await orderIds(sandbox, { beginTime: now - 7 * DAY_MS, endTime: now, pageSize: 50 });
  expect(ids).toEqual([...sandbox.kuaishou.orderIds(USER)]);
  const { body } = await yidaToken(sandbox);
  expect((await search(sandbox, body.accessToken!)).body.totalCount).toBe([...sandbox.yida.instanceIds()].length);
});

it('gives the same replies for the same seed and others for another', async () => {
  const page = async (seed: string) => {
    const { sandbox, clock } = await setup({ seed });
    const param = { beginTime: clock.nowMs() - 7 * DAY_MS, endTime: clock.nowMs() };
    return (await kuaishou(sandbox, { api: ORDERS, param })).body;
  };
  expect(await page('a')).toEqual(await page('a'));
  expect((await page('a')).data.orderList).not.toEqual((await page('b')).data.orderList);
});

it('anchors its data where it is told', async () => {
  const nowMs = Date.parse('2026-02-01T00:00:00Z');
  const { sandbox } = await setup({ nowMs });
  const ids = await orderIds(sandbox, { beginTime: nowMs - 7 * DAY_MS, endTime: nowMs, pageSize: 50 });
  expect(ids).toHaveLength(1_200);
});

it('delays every reply by a latency in its range', async () => {
  const { sandbox, clock } = await setup({ latencyMs: [100, 200] });
  for (let n = 0; n < 5; n += 1) {
    const startMs = clock.monotonicMs();
    await clock.run(kuaishou(sandbox));
    const tookMs = clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(100);
    expect(tookMs).toBeLessThanOrEqual(200);
  }
});

it.each(PLATFORMS)('names the port of %s when it is taken', async (name) => {
  const blocker = await listening();
  const { port } = blocker.address() as AddressInfo;
  const error: unknown = await openSandbox({ ports: { [name]: port } }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OffpeakError);
  expect(error).toMatchObject({ code: 'PORT_IN_USE' });
  expect(String(error)).toContain(`sandbox.ports.${name}: port ${port} on 127.0.0.1 is already in use`);
  await new Promise((resolve) => blocker.close(resolve));
});

it('leaves nothing open when a port is taken', async () => {
  const [blocker, other] = [await listening(), await listening()];
  const [taken, free] = [blocker, other].map((server) => (server.address() as AddressInfo).port) as [number, number];
  await new Promise((resolve) => other.close(resolve));
  await expect(openSandbox({ ports: { kuaishou: free, yida: taken } })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  const { sandbox } = await setup({ ports: { kuaishou: free } });
  expect(sandbox.kuaishou.url).toBe(`http://127.0.0.1:${free}`);
  await new Promise((resolve) => blocker.close(resolve));
});

async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

it.each([
  ['a host that is not loopback', { host: '0.0.0.0' }, /loopback/],
  ['an unknown option', { kuaishou: { limit: {} } }, /limit/],
  ['a limit of nought', { kuaishou: { limits: { apiQps: 0 } } }, /apiQps/],
  ['a zone that does not exist', { day: { kind: 'civil', at: '00:00', timezone: 'Mars' } }, /timezone/],
  ['rates above 1', { faults: { errorRate: 0.9, resetRate: 0.2 } }, /at most 1/],
  ['tokens of a merchant that does not exist', { kuaishou: { tokens: { '1': {} } } }, /no such merchant/],
  ['a counter of an unknown kind', { counter: { kind: 'leaky' } }, /counter/],
  ['a bucket without its burst', { counter: { kind: 'bucket' } }, /burst/],
  ['a spread of less than nought', { spreadMs: -1 }, /spreadMs/],
  ['latencies the wrong way round', { latencyMs: [5, 1] }, /min, max/],
])('refuses %s', async (_name, options, text) => {
  const error: unknown = await openSandbox(options as object).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(String(error)).toMatch(text);
});

it('says what it is, and shows its ledger, without counting that', async () => {
  const { sandbox } = await setup({ kuaishou: { limits: { appPerDay: 1 } } });
  await kuaishou(sandbox);
  await kuaishou(sandbox);
  for (const { url } of PLATFORMS.map((name) => sandbox[name])) {
    expect(await (await fetch(url)).text()).toMatch(/^Offpeak sandbox: [^\n]+\n$/);
    expect(await (await fetch(`${url}/sandbox/ledger`)).json()).toMatchObject({
      totals: { arrivals: 2, overBudget: { 'app-day': 1 } },
      usage: {
        kuaishou: [
          { budget: 'app-day', used: 1, limit: 1 },
          { budget: 'api-qps', used: 1 },
        ],
      },
    });
  }
});

it('reads no body above its cap', async () => {
  const { sandbox } = await setup();
  const body = 'x'.repeat(2_000_000);
  const status = await fetch(`${sandbox.kuaishou.url}/open/item/list/get`, { method: 'POST', body }).then(
    (reply) => reply.status,
    () => 413, // The server may close before the client has sent everything.
  );
  expect(status).toBe(413);
  expect(sandbox.ledger.totals().arrivals).toBe(0);
});

it('closes at once, with a reply still on its way', async () => {
  const { sandbox, clock } = await setup({ latencyMs: [60_000, 60_000] });
  const hanging = kuaishou(sandbox).catch(() => 'gone');
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await sandbox.close();
  expect(await hanging).toBe('gone');
  expect(clock.sleeping).toBe(0);
});
