import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttp } from '../../src/http/open';
import type { Http, HttpResult } from '../../src/platform/http';
import { systemClock } from '../../src/time/system-clock';

const NAME = 'api.example.com';
const PUBLIC = '1.1.1.1';

let server: Server;
let port: number;
let hits: number;
const opened: Http[] = [];

beforeEach(async () => {
  hits = 0;
  server = createServer((_, response) => {
    hits += 1;
    response.end('here');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const http of opened.splice(0)) await http.close();
  server.closeAllConnections();
  server.close();
});

/** An edge for which the name has these addresses, one list for each look-up. */
function setup({ answers, allow = [] }: { answers: readonly (readonly string[])[]; allow?: readonly string[] }) {
  let asked = 0;
  const http = openHttp({
    clock: systemClock,
    allow,
    lookupAll: (_host, _options, callback) => {
      const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      setImmediate(callback, null, addresses.map(entryOf));
    },
  });
  opened.push(http);
  return { attempt: () => attempt(http, NAME), asked: () => asked };
}

function attempt(http: Http, host: string): Promise<HttpResult> {
  const origin = `http://${host}:${port}`;
  const request = { method: 'GET', url: `${origin}/`, headers: {}, body: null } as const;
  return http.attempt(request, { origins: [origin], signal: new AbortController().signal });
}

function entryOf(address: string): LookupAddress {
  return { address, family: address.includes(':') ? 6 : 4 };
}

describe('a name that leads to a private address', () => {
  it('is refused before anything is sent, with the key that would allow it', async () => {
    const { attempt } = setup({ answers: [['127.0.0.1']] });
    expect(await attempt()).toMatchObject({
      kind: 'failure',
      code: 'ADDRESS_REFUSED',
      sent: false,
      reason: 'api.example.com leads to 127.0.0.1, a loopback address',
      advice: "If it is meant to, set network: { allow: ['api.example.com'] } in offpeak.config.ts.",
    });
    expect(hits).toBe(0);
  });

  it.each([[['127.0.0.1', PUBLIC]], [[PUBLIC, '127.0.0.1']], [[PUBLIC, '::ffff:127.0.0.1']]])(
    'is refused when one of its addresses is: %j',
    async (addresses) => {
      const { attempt } = setup({ answers: [addresses] });
      expect(await attempt()).toMatchObject({ code: 'ADDRESS_REFUSED', sent: false });
      expect(hits).toBe(0);
    },
  );

  it.each([['127.0.0.0/8'], [NAME]])('is reached where the operator allows %s', async (entry) => {
    const { attempt } = setup({ answers: [['127.0.0.1']], allow: [entry] });
    expect(await attempt()).toMatchObject({ kind: 'reply', reply: { body: 'here' } });
  });

  it('is asked for once for a connection, which goes where the answer said', async () => {
    const { attempt, asked } = setup({ answers: [['127.0.0.1'], ['10.0.0.1']], allow: ['127.0.0.1'] });
    expect(await attempt()).toMatchObject({ kind: 'reply' });
    expect(asked()).toBe(1);
  });

  it('is refused at the next connection when its name was bound to another address', async () => {
    const { attempt } = setup({ answers: [['127.0.0.1'], ['169.254.169.254']], allow: ['127.0.0.1'] });
    expect(await attempt()).toMatchObject({ kind: 'reply' });
    server.closeAllConnections();
    await new Promise(setImmediate);
    expect(await attempt()).toMatchObject({ code: 'ADDRESS_REFUSED', sent: false });
  });
});

it('tries the next address of a name when one does not answer', async () => {
  const { attempt } = setup({ answers: [['::1', '127.0.0.1']], allow: [NAME] });
  expect(await attempt()).toMatchObject({ kind: 'reply', reply: { body: 'here' } });
});

it('reaches this machine by its address and by localhost without being told', async () => {
  const http = openHttp({ clock: systemClock });
  opened.push(http);
  for (const host of ['127.0.0.1', 'localhost'])
    expect(await attempt(http, host)).toMatchObject({ kind: 'reply', reply: { body: 'here' } });
});

it('says which name nobody has', async () => {
  const { attempt } = setup({ answers: [[]] });
  expect(await attempt()).toMatchObject({ code: 'ENOTFOUND', sent: false });
});
