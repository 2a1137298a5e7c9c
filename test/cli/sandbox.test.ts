import { PLATFORMS } from '../../src/sandbox/twins';
import { makeProject, removeAll } from './project';

afterAll(removeAll);

const ANY_PORTS = PLATFORMS.flatMap((name) => [`--${name}-port`, '0']);

interface Account {
  readonly url: string;
  readonly accessTokens: Record<string, string>;
}

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  'sandbox serves every platform and its ledger, and ends with 0 on %s',
  async (signal) => {
    const { begin } = await makeProject();
    const live = begin(['sandbox', ...ANY_PORTS, '--day', '30s', '--json']);
    await live.says(/\n\}\n/);
    const accounts = JSON.parse(live.output()) as Record<(typeof PLATFORMS)[number], Account>;
    const { kuaishou } = accounts;
    expect(Object.keys(accounts)).toEqual(PLATFORMS);
    expect(Object.keys(kuaishou.accessTokens)).toHaveLength(4);
    await fetch(`${kuaishou.url}/open/order/cursor/list`);
    for (const { url } of Object.values(accounts)) {
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
  const live = begin(['sandbox', ...ANY_PORTS]);
  await live.says(/Ctrl-C ends it/);
  expect(live.output()).toMatch(/^kuaishou\n {2}url +http:\/\/127\.0\.0\.1:\d+\n/);
  live.child.kill('SIGINT');
  expect((await live.ended).code).toBe(0);
});
