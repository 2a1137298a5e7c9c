import { openHttp } from '../../src/http/open';
import type { Http } from '../../src/platform/http';
import { systemClock } from '../../src/time/system-clock';
import { HOSTILE, type HostileServer, openHostileServer } from './hostile-server';

let server: HostileServer;
let http: Http;
afterEach(async () => {
  await http.close();
  await server.close();
});

const LIMITS = { headersTimeoutMs: 80, bodyTimeoutMs: 80, totalTimeoutMs: 3_000, bodyBytesMax: 1_000_000 };

describe('the edge makes of', () => {
  it.each(HOSTILE.map((row) => [row.name, row] as const))('%s what its row says', async (_, { answer, edge }) => {
    server = await openHostileServer({ answer });
    http = openHttp({ clock: systemClock, limits: LIMITS });
    const request = {
      method: 'GET',
      url: `${server.origin}/?access_token=tok-7f3a9c`,
      headers: {},
      body: null,
    } as const;
    const result = await http.attempt(request, { origins: [server.origin], signal: new AbortController().signal });
    if (typeof edge === 'string') expect(result).toMatchObject({ kind: 'failure', code: edge, sent: true });
    else expect(result).toMatchObject({ kind: 'reply', reply: { status: edge.status, body: edge.text } });
    expect(server.requests()).toBe(1);
    expect(JSON.stringify(result)).not.toContain('tok-7f3a9c');
  });
});
