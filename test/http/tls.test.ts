import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import tls from 'node:tls';
import { openHttp } from '../../src/http/open';
import type { Http, HttpResult } from '../../src/platform/http';
import { systemClock } from '../../src/time/system-clock';
import { AUTHORITY, EXPIRED, GOOD, OTHER_HOST, SELF_SIGNED } from './certificates';

let server: Server;
let http: Http;
afterEach(async () => {
  jest.restoreAllMocks();
  await http.close();
  server.close();
});

/** What this machine trusts is read when the process starts: here the authority is added to each connection. */
function trust(authority: string): void {
  const connect = tls.connect as (options: tls.ConnectionOptions) => tls.TLSSocket;
  jest
    .spyOn(tls, 'connect')
    .mockImplementation(((options: tls.ConnectionOptions) =>
      connect({ ...options, ca: authority })) as typeof tls.connect);
}

async function attempt(on: Server): Promise<HttpResult> {
  server = on.listen(0, '127.0.0.1');
  await once(server, 'listening');
  http = openHttp({ clock: systemClock });
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const request = { method: 'GET', url: `${origin}/`, headers: { authorization: 'tok-7f3a9c' }, body: null } as const;
  return http.attempt(request, { origins: [origin], signal: new AbortController().signal });
}

it('takes a certificate of its host that an authority signed', async () => {
  trust(AUTHORITY);
  const result = await attempt(createServer(GOOD, (_, response) => void response.end('safe')));
  expect(result).toMatchObject({ kind: 'reply', reply: { body: 'safe' } });
});

it.each([
  ['has expired', EXPIRED, 'CERT_HAS_EXPIRED'],
  ['is that of another host', OTHER_HOST, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['signed itself', SELF_SIGNED, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
])('sends nothing to a server whose certificate %s', async (_, identity, code) => {
  trust(AUTHORITY);
  let requests = 0;
  const result = await attempt(createServer(identity, () => (requests += 1)));
  expect(result).toMatchObject({ kind: 'failure', code, sent: false });
  expect(requests).toBe(0);
});

it('sends nothing to a server whose authority nobody knows', async () => {
  const result = await attempt(createServer(GOOD));
  expect(result).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', sent: false });
});

it('sends nothing to a server that speaks plain HTTP on the port of HTTPS', async () => {
  const result = await attempt(createHttpServer((_, response) => void response.end('plain')));
  expect(result).toMatchObject({
    kind: 'failure',
    sent: false,
    code: expect.stringMatching(/^(ERR_SSL_|EPROTO)/) as string,
  });
});
