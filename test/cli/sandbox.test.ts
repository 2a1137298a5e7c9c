import { makeProject, removeAll } from './project';

afterAll(removeAll);

interface Account {
  readonly url: string;
  readonly accessTokens: Record<string, string>;
}

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  'sandbox serves both platforms and its ledger, and ends with 0 on %s',
  async (signal) => {
    const { begin } = await makeProject();
    const live = begin(['sandbox', '--kuaishou-port', '0', '--yida-port', '0', '--day', '30s', '--json']);
    await live.says(/\n\}\n/);
    const { kuaishou, yida } = JSON.parse(live.output()) as Record<'kuaishou' | 'yida', Account>;
    expect(Object.keys(kuaishou.accessTokens)).toHaveLength(4);
    await fetch(`${kuaishou.url}/open/order/cursor/list`);
    for (const { url } of [kuaishou, yida]) {
      const reply = await fetch(`${url}/sandbox/ledger`);
      expect(reply.status).toBe(200);
      expect(await reply.json()).toMatchObject({ totals: { arrivals: 1, byVerdict: { denied: 1 } } });
    }
    live.child.kill(signal);
    expect(await live.ended).toMatchObject({ code: 0, stderr: '' });
  },
);

test.concurrent('sandbox prints its accounts for people', async () => {
  const { begin } = await makeProject();
  const live = begin(['sandbox', '--kuaishou-port', '0', '--yida-port', '0']);
  await live.says(/Ctrl-C ends it/);
  expect(live.output()).toMatch(/^kuaishou\n {2}url +http:\/\/127\.0\.0\.1:\d+\n/);
  live.child.kill('SIGINT');
  expect((await live.ended).code).toBe(0);
});
