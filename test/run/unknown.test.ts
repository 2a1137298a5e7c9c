import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '../../src/job/outcome';
import { CUT_MARK, UNKNOWN_BODY_BYTES_MAX, type UnknownReply } from '../../src/job/unknown-reply';
import { unknownReply } from '../../src/run/unknown';
import { SecretVault } from '../../src/secrets';
import { ordersJob } from './jobs';
import { type Bundle, START, setup } from './setup';

const USER = '101';
const API = 'open.order.cursor.list';

let bundle: Bundle;
let server: Server;
afterEach(async () => {
  await bundle.close();
  server.close();
});

type Answer = (response: ServerResponse, known: { token: string; signSecret: string }) => void;

/** One partition against a platform that answers so. */
async function open(answer: Answer): Promise<{ token: string; signSecret: string }> {
  const known = { token: '', signSecret: '' };
  server = createServer((_, response) => answer(response, known)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  bundle = await setup({
    users: [USER],
    sandbox: { kuaishou: { merchants: { [USER]: { orders: 0, items: 0 } } } },
    kuaishou: { baseUrl: `http://127.0.0.1:${port}` },
  });
  known.token = bundle.sandbox.kuaishou.tokens(USER)?.accessToken ?? '';
  known.signSecret = bundle.sandbox.kuaishou.signSecret;
  return known;
}

const kept = (): Promise<UnknownReply[]> => bundle.store.unknownReplies.list();

function refuse(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'application/json');
  response.setHeader('set-cookie', 'session=1');
  response.end(JSON.stringify({ result: 987654, error_msg: text }));
}

describe('a reply that no rule knows', () => {
  it('fails its partition and is kept once, without the secrets that it repeats', async () => {
    const { token, signSecret } = await open((response, known) =>
      refuse(response, `what ${known.token} and ${known.signSecret} ask for`),
    );
    expect(await bundle.run()).toMatchObject({ state: 'failed' });
    const first = { text: 'what [access token of 101] and [secret env:SIGN_SECRET] ask for', atMs: Date.parse(START) };
    const row = {
      platform: 'shop',
      vendor: 'kuaishou',
      api: API,
      code: '987654',
      status: 200,
      reason: first.text,
      body: JSON.stringify({ result: 987654, error_msg: first.text }),
    };
    expect(await kept()).toMatchObject([{ ...row, times: 1, firstAtMs: first.atMs, lastAtMs: first.atMs }]);
    await bundle.play(bundle.clock.sleep(60_000));
    await bundle.run({}, ordersJob([USER]));
    const rows = await kept();
    expect(rows).toMatchObject([{ ...row, times: 2, firstAtMs: first.atMs, lastAtMs: first.atMs + 60_000 }]);
    expect(Object.keys(rows[0]?.headers ?? {}).sort()).toEqual(['content-type', 'date']);
    for (const secret of [token, signSecret]) expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('is kept with the start of its body, and without a part of a secret at the cut', async () => {
    const { token } = await open((response, known) => {
      const start = '{"result":987654,"error_msg":"';
      const filler = 'x'.repeat(UNKNOWN_BODY_BYTES_MAX - start.length - 20);
      refuse(response, `${filler}${known.token}${'y'.repeat(100_000)}`);
    });
    await bundle.run();
    const [row] = await kept();
    expect(Buffer.byteLength(row?.body ?? '')).toBeLessThanOrEqual(UNKNOWN_BODY_BYTES_MAX);
    expect(row?.body).toMatch(/^\{"result":987654,"error_msg":"x+\[acce.*… \[cut\]$/);
    expect(row?.body).not.toContain(token.slice(0, 12));
  });

  it('is kept when it cannot be read, however often the call is tried', async () => {
    await open((response) => response.end('<html>not what was asked for</html>'));
    const run = await bundle.run();
    const attempts = bundle.events.filter(({ kind }) => kind === 'attempt').length;
    expect(run.totals.partitionsFailed).toBe(1);
    expect(attempts).toBeGreaterThan(1);
    expect(await kept()).toMatchObject([
      { code: 'MALFORMED_REPLY', times: attempts, body: '<html>not what was asked for</html>' },
    ]);
  });
});

it('a refusal that a rule knows is not kept, nor is trouble of the server', async () => {
  let calls = 0;
  await open((response) => {
    calls += 1;
    if (calls === 1) response.writeHead(503).end('busy');
    else response.end(JSON.stringify({ result: 24, error_msg: 'AUTHORIZATION_REVOKED' }));
  });
  expect(await bundle.run()).toMatchObject({ state: 'failed' });
  expect(calls).toBe(2);
  expect(await kept()).toEqual([]);
});

it('nothing is left of a body that is longer than what is searched and little but secrets', () => {
  const vault = new SecretVault({ env: () => undefined, file: () => '' });
  const secret = 'k7'.repeat(5_000);
  vault.remember(secret, '[#]');
  const outcome: Outcome = { kind: 'backoff', code: 'X', reason: 'x', scope: null, unrecognised: true };
  const seen = { platform: 'shop', vendor: 'kuaishou', api: API, outcome, vault, atMs: 0 };
  const reply = { status: 200, headers: {}, body: `${secret} `.repeat(10) };
  expect(unknownReply(reply, seen)).toMatchObject({ body: CUT_MARK });
  expect(unknownReply({ ...reply, body: secret }, seen)).toMatchObject({ body: '[#]' });
});
