import { request as httpRequest } from 'node:http';
import type { Answer } from '../../src/sandbox/answer';
import { FAULT_KINDS, Faults } from '../../src/sandbox/fault';
import { Front } from '../../src/sandbox/front';
import { ArrivalLedger } from '../../src/sandbox/ledger';
import { type OpenServer, openServer } from '../../src/sandbox/server';
import { type FakeClock, fakeClock } from '../fake-clock';

const RATES = { errorRate: 0, resetRate: 0, malformedRate: 0, slowBodyRate: 0, slowBodyMs: 2_000 };

const opened: OpenServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

/** A server whose platform always answers this. */
async function setup(
  given: Partial<Answer>,
  options: { latencyMs?: [number, number]; spreadMs?: number } = {},
): Promise<{ url: string; clock: FakeClock; faults: Faults; server: OpenServer }> {
  const clock = fakeClock();
  const faults = new Faults('answer', RATES);
  const ledger = new ArrivalLedger({ kind: 'fixed', lengthMs: 1_000 });
  const { latencyMs = [0, 0], spreadMs = 0 } = options;
  const front = new Front({ clock, seed: 'answer', spreadMs, latencyMs, ledger, faults });
  const finding = { api: 'any', scope: {}, verdict: 'served', budget: null, page: null, recordCount: 0 } as const;
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    portOption: 'port',
    clock,
    about: 'a test',
    wayMs: () => front.wayMs(),
    receive: (request) =>
      front.receive(
        'kuaishou',
        () => ({ status: 200, body: { fine: true }, finding, metered: true, ...given }),
        request,
      ),
    summary: () => ({}),
  });
  opened.push(server);
  return { url: `${server.url}/call`, clock, faults, server };
}

it('carries headers of its own beside those of its body', async () => {
  const { url } = await setup({ status: 429, headers: { 'retry-after': '7', 'x-ratelimit-remaining': '0' } });
  const reply = await fetch(url);
  expect(reply.status).toBe(429);
  expect(reply.headers.get('retry-after')).toBe('7');
  expect(reply.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(reply.headers.get('content-type')).toBe('application/json;charset=utf-8');
  expect(await reply.json()).toEqual({ fine: true });
});

it.each([
  ['text/html;charset=utf-8', '<html><body>您的访问被阻断</body></html>'],
  ['text/event-stream', 'data: {"delta":"a"}\n\ndata: [DONE]\n\n'],
])('goes out as %s word for word', async (contentType, body) => {
  const { url } = await setup({ body, contentType });
  const reply = await fetch(url);
  expect(reply.headers.get('content-type')).toBe(contentType);
  expect(await reply.text()).toBe(body);
});

it('is plain text when it is a text and says nothing else', async () => {
  const { url } = await setup({ body: 'busy' });
  expect((await fetch(url)).headers.get('content-type')).toBe('text/plain;charset=utf-8');
});

it('takes its own latency instead of the usual one', async () => {
  const { url, clock } = await setup({ latencyMs: 1_500 }, { latencyMs: [100, 100] });
  const startMs = clock.monotonicMs();
  await clock.run(fetch(url).then((reply) => reply.text()));
  expect(clock.monotonicMs() - startMs).toBe(1_500);
});

it.each([null, ...FAULT_KINDS])('has ended once before its client can call again, with the fault %s', async (kind) => {
  let endings = 0;
  const { url, clock, faults, server } = await setup({ ended: () => (endings += 1) });
  if (kind !== null) faults.plan(1, kind);
  const text = await clock.run(
    fetch(url)
      .then((reply) => reply.text())
      .catch(() => 'reset'),
  );
  expect(text).not.toBe('');
  expect(endings).toBe(1);
  await server.close();
  expect(endings).toBe(1);
});

it('loses its headers to a fault that replaces it', async () => {
  const { url, faults } = await setup({ headers: { 'x-ratelimit-remaining': '3' } });
  faults.plan(1, 'http-502');
  expect((await fetch(url)).headers.get('x-ratelimit-remaining')).toBeNull();
});

it.each([
  ['while it waits out its latency', { latencyMs: [60_000, 60_000] as [number, number] }],
  ['while its request is on the way', { spreadMs: 60_000 }],
])('has ended once when the client goes %s', async (_when, options) => {
  let endings = 0;
  const given: Partial<Answer> = {};
  const over = new Promise<void>((resolve) => {
    Object.assign(given, {
      ended: () => {
        endings += 1;
        resolve();
      },
    });
  });
  const { url, clock, server } = await setup(given, options);
  const client = httpRequest(url).on('error', () => undefined);
  client.end();
  while (clock.sleeping === 0) await turn();
  expect(endings).toBe(0);
  const left = new Promise((resolve) => client.once('close', resolve));
  client.destroy();
  await left;
  for (let turns = 0; turns < 20; turns += 1) await turn(); // the server hears of it
  await clock.run(over);
  expect(endings).toBe(1);
  await server.close();
  expect(endings).toBe(1);
});

it('has ended when the sandbox closes under it', async () => {
  let endings = 0;
  const { url, clock, server } = await setup({ latencyMs: 60_000, ended: () => (endings += 1) });
  const hanging = fetch(url).catch(() => 'gone');
  while (clock.sleeping === 0) await turn();
  await server.close();
  expect(await hanging).toBe('gone');
  expect(endings).toBe(1);
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
