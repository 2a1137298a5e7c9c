import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { HttpLimits } from '../../src/http/limits';
import { openHttp } from '../../src/http/open';
import type { Http, HttpFailure, HttpReplied, HttpResult } from '../../src/platform/http';
import { systemClock } from '../../src/time/system-clock';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const NEVER = new AbortController().signal;

function setup(options: { limits?: Partial<HttpLimits>; env?: Record<string, string> } = {}): Http {
  const http = openHttp({ clock: systemClock, ...options });
  closers.unshift(() => http.close());
  return http;
}

/** A server on loopback; answers its origin. */
async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Sent {
  http: Http;
  url: string;
  origin?: string;
  signal?: AbortSignal;
}

function get({ http, url, origin = new URL(url).origin, signal = NEVER }: Sent): Promise<HttpResult> {
  return http.attempt({ method: 'GET', url, headers: {}, body: null }, { origins: [origin], signal });
}

function replied(result: HttpResult): HttpReplied {
  if (result.kind !== 'reply') throw new Error(`expected a reply, got ${result.code}: ${result.reason}`);
  return result;
}

function failed(result: HttpResult): HttpFailure {
  if (result.kind !== 'failure') throw new Error(`expected a failure, got status ${result.reply.status}`);
  return result;
}

describe('a reply', () => {
  it('comes back with its status, lower-case headers, text and measures', async () => {
    const origin = await serve((request, response) => {
      response.writeHead(418, { 'X-Kind': 'teapot', 'Set-Cookie': ['a=1', 'b=2'] });
      request.on('data', (piece: Buffer) => response.write(piece)).on('end', () => response.end());
    });
    const http = setup();
    const result = await http.attempt(
      { method: 'POST', url: `${origin}/echo?x=1`, headers: { 'content-type': 'text/plain' }, body: '订单' },
      { origins: [origin], signal: NEVER },
    );
    const { reply, replyBytes, durationMs } = replied(result);
    expect(reply).toMatchObject({
      status: 418,
      body: '订单',
      headers: { 'x-kind': 'teapot', 'set-cookie': 'a=1, b=2' },
    });
    expect(replyBytes).toBe(6);
    expect(durationMs).toBeGreaterThan(0);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is decompressed when it is %s', async (encoding, compress) => {
    const text = '快手'.repeat(500);
    const packed = compress(text);
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(packed));
    const { reply, replyBytes } = replied(await get({ http: setup(), url: origin }));
    expect(reply.body).toBe(text);
    expect(replyBytes).toBe(packed.length);
  });

  it('that redirects is handed back and not followed', async () => {
    const seen: string[] = [];
    const origin = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const { reply } = replied(await get({ http: setup(), url: `${origin}/first` }));
    expect(reply).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(seen).toEqual(['/first']);
  });

  it('leaves its connection open for the next attempts', async () => {
    const sockets = new Set<Socket>();
    const origin = await serve((request, response) => {
      sockets.add(request.socket);
      response.end('ok');
    });
    const http = setup();
    for (let turn = 0; turn < 10; turn += 1) replied(await get({ http, url: origin }));
    expect(sockets.size).toBeLessThanOrEqual(2);
  });
});

describe('a body without end', () => {
  it('that unpacks beyond the cap is stopped there', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const before = process.memoryUsage().arrayBuffers;
    const result = failed(await get({ http: setup({ limits: { bodyBytesMax: 100_000 } }), url: origin }));
    expect(result).toMatchObject({ code: 'BODY_TOO_LARGE', sent: true });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024);
  });

  it('that keeps coming is cut off at the cap, and the connection with it', async () => {
    const gone = new EventEmitter();
    const origin = await serve((_, response) => {
      pour(response);
      response.on('close', () => gone.emit('closed'));
    });
    const closed = once(gone, 'closed');
    const result = failed(await get({ http: setup({ limits: { bodyBytesMax: 1_000_000 } }), url: origin }));
    expect(result.code).toBe('BODY_TOO_LARGE');
    await closed;
  });

  it('that trickles is ended by the limit on the whole attempt', async () => {
    const origin = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const http = setup({ limits: { totalTimeoutMs: 120, bodyTimeoutMs: 5_000 } });
    expect(failed(await get({ http, url: origin }))).toMatchObject({ code: 'TOTAL_TIMEOUT', sent: true });
  });

  it('may take as long as its request allows', async () => {
    const origin = await serve((_, response) => void setTimeout(() => response.end('late'), 60));
    const http = setup({ limits: { totalTimeoutMs: 20, headersTimeoutMs: 10, bodyTimeoutMs: 10 } });
    const request = { method: 'POST', url: origin, headers: {}, body: '{}', timeoutMs: 5_000 } as const;
    const result = await http.attempt(request, { origins: [origin], signal: NEVER });
    expect(replied(result).reply.body).toBe('late');
  });
});

describe('trouble on the way', () => {
  it.each<[string, string, (response: ServerResponse) => unknown]>([
    ['headers that do not come', 'HEADERS_TIMEOUT', () => undefined],
    ['a body that stops', 'BODY_TIMEOUT', (response) => response.writeHead(200).write('half')],
    ['a connection that is reset', 'ECONNRESET', (response) => response.socket?.resetAndDestroy()],
    ['a connection that is closed', 'CONNECTION_CLOSED', (response) => response.socket?.end()],
    ['a body that breaks off', 'CONNECTION_CLOSED', breakOff],
    [
      'gzip that is not',
      'BODY_MALFORMED',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
    ],
    [
      'brotli that is not',
      'BODY_MALFORMED',
      (response) => response.writeHead(200, { 'content-encoding': 'br' }).end('plain'),
    ],
    ['gzip that is cut short', 'BODY_MALFORMED', cutShort],
    [
      'a chain of encodings',
      'ENCODING_REFUSED',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end('x'),
    ],
    [
      'an unknown encoding',
      'ENCODING_REFUSED',
      (response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
    ],
    [
      'headers beyond their cap',
      'HEADERS_TOO_LARGE',
      (response) => response.writeHead(200, { 'x-long': 'a'.repeat(20_000) }).end(),
    ],
    ['a reply that is not HTTP', 'REPLY_MALFORMED', (response) => response.socket?.end('SSH-2.0-dropbear\r\n\r\n')],
  ])('is a value: %s is %s', async (_, code, answer) => {
    const origin = await serve((_request, response) => void answer(response));
    const http = setup({ limits: { headersTimeoutMs: 60, bodyTimeoutMs: 60 } });
    const result = failed(await get({ http, url: `${origin}/path?access_token=tok-7f3a9c` }));
    expect(result).toMatchObject({ code, sent: true });
    expect(JSON.stringify(result)).not.toContain('tok-7f3a9c');
  });

  it('before anything is sent gives the permits back: connection refused', async () => {
    const origin = await unusedOrigin();
    expect(failed(await get({ http: setup(), url: origin }))).toMatchObject({ code: 'ECONNREFUSED', sent: false });
  });

  it('before anything is sent gives the permits back: a name that nobody has', async () => {
    const http = setup({ limits: { connectTimeoutMs: 2_000 } });
    const result = failed(await get({ http, url: 'http://shop.invalid/?sign=5e1c' }));
    expect(result.sent).toBe(false);
    expect(result.reason).not.toContain('5e1c');
  });

  it('before anything is sent gives the permits back: a handshake that does not come', async () => {
    const origin = await silentOrigin();
    const http = setup({ limits: { connectTimeoutMs: 50 } });
    const result = failed(await get({ http, url: origin }));
    expect(result).toMatchObject({ code: 'CONNECT_TIMEOUT', sent: false });
    expect(result.durationMs).toBeLessThan(1_000);
  });

  it('that begins with the caller giving up early sends nothing', async () => {
    const origin = await serve((_, response) => response.end('never seen'));
    const result = failed(await get({ http: setup(), url: origin, signal: AbortSignal.abort() }));
    expect(result).toMatchObject({ code: 'ABORTED', sent: false });
  });

  it('that is the caller giving up under way counts as sent', async () => {
    const giveUp = new AbortController();
    const origin = await serve(() => giveUp.abort());
    const result = failed(await get({ http: setup(), url: origin, signal: giveUp.signal }));
    expect(result).toMatchObject({ code: 'ABORTED', sent: true });
  });

  it('does not spoil the next attempt', async () => {
    let turn = 0;
    const origin = await serve((_, response) => (turn++ === 0 ? response.socket?.destroy() : response.end('fine')));
    const http = setup();
    failed(await get({ http, url: origin }));
    expect(replied(await get({ http, url: origin })).reply.body).toBe('fine');
  });

  it('after close is a failure too', async () => {
    const origin = await serve((_, response) => response.end());
    const http = setup();
    await http.close();
    expect(failed(await get({ http, url: origin })).sent).toBe(false);
  });
});

describe('the origin guard', () => {
  it.each([
    ['another host', 'http://169.254.169.254/latest/meta-data'],
    ['another port', 'http://127.0.0.1:1/'],
    ['another scheme', 'https://127.0.0.1/'],
    ['a host that only begins alike', 'https://openapi.kwaixiaodian.com.evil.example/'],
    ['a user name that looks like the host', 'https://openapi.kwaixiaodian.com@evil.example/'],
    ['a file', 'file:///etc/passwd'],
    ['no URL at all', 'nonsense'],
  ])('refuses %s before anything is sent', async (_, url) => {
    const attempt = get({ http: setup(), url, origin: 'https://openapi.kwaixiaodian.com' });
    await expect(attempt).rejects.toMatchObject({ code: 'ORIGIN_REFUSED' });
  });

  it('does not repeat the query of what it refuses', async () => {
    const attempt = get({
      http: setup(),
      url: 'https://evil.example/?access_token=tok-55',
      origin: 'https://a.example',
    });
    await expect(attempt).rejects.toThrow(/^request to https:\/\/evil\.example: expected one of https:\/\/a\.example$/);
  });
});

describe('a proxy', () => {
  it('carries plain HTTP in absolute form, for either case of the variable', async () => {
    const { proxy, seen } = await openProxy();
    for (const name of ['HTTP_PROXY', 'http_proxy']) {
      const http = setup({ env: { [name]: proxy } });
      const { reply } = replied(await get({ http, url: 'http://shop.invalid/orders?page=1' }));
      expect(reply).toMatchObject({ status: 200, body: 'through the proxy' });
    }
    expect(seen).toEqual(['GET http://shop.invalid/orders?page=1', 'GET http://shop.invalid/orders?page=1']);
  });

  it('is asked for a tunnel for HTTPS, and its refusal means that nothing was sent', async () => {
    const { proxy, seen } = await openProxy();
    const http = setup({ env: { HTTPS_PROXY: proxy } });
    const result = failed(await get({ http, url: 'https://shop.invalid/orders' }));
    expect(result).toMatchObject({ code: 'PROXY_REFUSED', sent: false });
    expect(seen).toEqual(['CONNECT shop.invalid:443']);
  });

  it('is passed by for hosts in NO_PROXY and for this machine', async () => {
    const { proxy, seen } = await openProxy();
    const origin = await serve((_, response) => response.end('direct'));
    const env = { HTTP_PROXY: proxy, NO_PROXY: 'other.example, .invalid' };
    const http = setup({ env, limits: { connectTimeoutMs: 2_000 } });
    expect(replied(await get({ http, url: origin })).reply.body).toBe('direct');
    expect(failed(await get({ http, url: 'http://shop.invalid/' })).sent).toBe(false);
    expect(seen).toEqual([]);
  });

  it('that is not there means that nothing was sent', async () => {
    const http = setup({ env: { HTTP_PROXY: await unusedOrigin() } });
    expect(failed(await get({ http, url: 'http://shop.invalid/' }))).toMatchObject({
      code: 'ECONNREFUSED',
      sent: false,
    });
  });

  it('that is not a URL is refused without showing its password', () => {
    const open = () => openHttp({ clock: systemClock, env: { HTTPS_PROXY: 'socks5://me:hunter22@proxy.example' } });
    expect(open).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    expect(open).not.toThrow(/hunter22/);
  });

  it('brings no warning to the terminal', async () => {
    const warnings: unknown[] = [];
    const listener = (warning: unknown): unknown => warnings.push(warning);
    process.on('warning', listener);
    const { proxy } = await openProxy();
    replied(await get({ http: setup({ env: { HTTP_PROXY: proxy } }), url: 'http://shop.invalid/' }));
    process.off('warning', listener);
    expect(warnings).toEqual([]);
  });
});

function pour(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) {
      // until the socket is full
    }
  };
  response.on('drain', more);
  more();
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' });
  response.write('half', () => response.socket?.destroySoon());
}

function cutShort(response: ServerResponse): void {
  const packed = gzipSync('x'.repeat(1_000));
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, packed.length - 9));
}

async function unusedOrigin(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** Takes TCP connections and never answers a TLS handshake. */
async function silentOrigin(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers plain requests itself and refuses tunnels. */
async function openProxy(): Promise<{ proxy: string; seen: string[] }> {
  const seen: string[] = [];
  const note = (request: IncomingMessage): unknown => seen.push(`${request.method} ${request.url}`);
  const server = createServer((request, response) => {
    note(request);
    response.end('through the proxy');
  });
  server.on('connect', (request, socket) => {
    note(request);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  return { proxy: await listen(server), seen };
}
