import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Outcome } from '../../src/job/outcome';

/** One way in which a server, or what stands before it, answers as it should not. */
export interface HostileRow {
  readonly name: string;
  /** Called with the connection once a request is there. */
  readonly answer: (socket: Socket) => unknown;
  /** What the HTTP edge makes of it: a failure's code, or the status and text that it hands over. */
  readonly edge: string | { readonly status: number; readonly text: string };
  /** What the platform's table and the gateway make of it. */
  readonly outcome: Outcome['kind'];
  /** In the call log; left out where it is the edge's own. */
  readonly code?: string;
  /** Only the clock ends it. */
  readonly hangs?: true;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const MALFORMED = { outcome: 'backoff', code: 'MALFORMED_REPLY' } as const;

/** A whole reply, and the end of the connection. */
function reply(socket: Socket, headers: string, body: string | Buffer = ''): void {
  const bytes = Buffer.from(body);
  socket.write(`HTTP/1.1 ${headers}\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`);
  socket.end(bytes);
}

/** The same text until the other side has gone, as fast as it takes it or a piece at a time. */
function pour(socket: Socket, text: string): void {
  const piece = Buffer.from(text);
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece)) {
      // until the socket is full
    }
  };
  socket.on('drain', more);
  more();
}

function trickle(socket: Socket, head: string, piece: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(piece), 10);
  socket.on('close', () => clearInterval(timer));
}

const bomb = (size: number): Buffer => Buffer.alloc(size, ' ');
const MANY_BYTES = 40 * 1024 * 1024;

const CONNECTIONS: readonly HostileRow[] = [
  {
    name: 'a connection that is reset',
    answer: (socket) => socket.resetAndDestroy(),
    edge: 'ECONNRESET',
    outcome: 'backoff',
  },
  {
    name: 'a connection that is closed early',
    answer: (socket) => socket.end(),
    edge: 'CONNECTION_CLOSED',
    outcome: 'backoff',
  },
  { name: 'no answer', answer: () => undefined, edge: 'HEADERS_TIMEOUT', outcome: 'backoff', hangs: true },
  {
    name: 'headers that trickle',
    answer: (socket) => trickle(socket, OK, 'x'),
    edge: 'HEADERS_TIMEOUT',
    outcome: 'backoff',
    hangs: true,
  },
  {
    name: 'a flood of 103 Early Hints',
    answer: (socket) => trickle(socket, '', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100)),
    edge: 'HEADERS_TIMEOUT',
    outcome: 'backoff',
    hangs: true,
  },
  {
    name: 'a body that stops half-way',
    answer: (socket) => socket.write(`${OK}content-length: 100\r\n\r\nhalf`),
    edge: 'BODY_TIMEOUT',
    outcome: 'backoff',
    hangs: true,
  },
  {
    name: 'a chunk extension without end',
    answer: (socket) => trickle(socket, `${OK}transfer-encoding: chunked\r\n\r\n5;x=`, 'y'),
    edge: 'BODY_TIMEOUT',
    outcome: 'backoff',
    hangs: true,
  },
];

const FRAMING: readonly HostileRow[] = [
  {
    name: 'another protocol',
    answer: (socket) => socket.end('SSH-2.0-dropbear\r\n\r\n'),
    edge: 'REPLY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'a flood of headers',
    answer: (socket) => pour(socket, `${OK}${'x: y\r\n'.repeat(10_000)}`),
    edge: 'HEADERS_TOO_LARGE',
    outcome: 'backoff',
  },
  {
    name: 'one header beyond the cap',
    answer: (socket) => reply(socket, `200 OK\r\nx: ${'y'.repeat(20_000)}`),
    edge: 'HEADERS_TOO_LARGE',
    outcome: 'backoff',
  },
  {
    name: 'two lengths that differ',
    answer: (socket) => socket.end(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
    edge: 'REPLY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'a length beside chunks',
    answer: (socket) => socket.end(`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    edge: 'REPLY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'a body shorter than its length',
    answer: (socket) => socket.end(`${OK}content-length: 100\r\n\r\n{}`),
    edge: 'CONNECTION_CLOSED',
    outcome: 'backoff',
  },
  {
    name: 'chunks that are none',
    answer: (socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`),
    edge: 'REPLY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'chunks without their end',
    answer: (socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n`),
    edge: 'CONNECTION_CLOSED',
    outcome: 'backoff',
  },
];

function packed(encoding: string, body: Buffer): HostileRow['answer'] {
  return (socket) => reply(socket, `200 OK\r\ncontent-encoding: ${encoding}`, body);
}

function typed(type: string, body: string | Buffer): HostileRow['answer'] {
  return (socket) => reply(socket, `200 OK\r\ncontent-type: ${type}`, body);
}

const BODIES: readonly HostileRow[] = [
  {
    name: 'a body without end',
    answer: (socket) => {
      socket.write(`${OK}\r\n`);
      pour(socket, ' '.repeat(65_536));
    },
    edge: 'BODY_TOO_LARGE',
    outcome: 'fatal',
  },
  { name: 'a gzip bomb', answer: packed('gzip', gzipSync(bomb(MANY_BYTES))), edge: 'BODY_TOO_LARGE', outcome: 'fatal' },
  {
    name: 'a brotli bomb',
    answer: packed('br', brotliCompressSync(bomb(MANY_BYTES))),
    edge: 'BODY_TOO_LARGE',
    outcome: 'fatal',
  },
  { name: 'gzip that is none', answer: packed('gzip', Buffer.from('{}')), edge: 'BODY_MALFORMED', outcome: 'backoff' },
  {
    name: 'gzip that is cut short',
    answer: packed('gzip', gzipSync('{}').subarray(0, -6)),
    edge: 'BODY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'gzip in gzip',
    answer: packed('gzip, gzip', gzipSync(gzipSync('{}'))),
    edge: 'ENCODING_REFUSED',
    outcome: 'fatal',
  },
  { name: 'an unknown encoding', answer: packed('zstd', Buffer.from('x')), edge: 'ENCODING_REFUSED', outcome: 'fatal' },
  {
    name: 'an unknown charset',
    answer: typed('application/json; charset=klingon', '{}'),
    edge: 'CHARSET_REFUSED',
    outcome: 'fatal',
  },
  {
    name: 'bytes that are not UTF-8',
    answer: typed('application/json', Buffer.from([0x22, 0xc3, 0x28, 0x22])),
    edge: 'BODY_MALFORMED',
    outcome: 'backoff',
  },
  {
    name: 'GBK that says it is UTF-8',
    answer: typed('application/json; charset=utf-8', Buffer.from([0x22, 0xb6, 0xa9, 0xb5, 0xa5, 0x22])),
    edge: 'BODY_MALFORMED',
    outcome: 'backoff',
  },
];

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

const MEANINGS: readonly HostileRow[] = [
  {
    name: 'a page in HTML where JSON is expected',
    answer: typed('text/html', '<html>login</html>'),
    edge: { status: 200, text: '<html>login</html>' },
    ...MALFORMED,
  },
  { name: 'an empty 200', answer: (socket) => reply(socket, '200 OK'), edge: { status: 200, text: '' }, ...MALFORMED },
  {
    name: '204',
    answer: (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
    edge: { status: 204, text: '' },
    ...MALFORMED,
  },
  {
    name: 'JSON of 100,000 levels',
    answer: (socket) => reply(socket, '200 OK', DEEP),
    edge: { status: 200, text: DEEP },
    ...MALFORMED,
  },
  {
    name: 'JSON that breaks off',
    answer: (socket) => reply(socket, '200 OK', '{"result":1,"data":{"orderList":[{"oid":1}'),
    edge: { status: 200, text: '{"result":1,"data":{"orderList":[{"oid":1}' },
    ...MALFORMED,
  },
  {
    name: 'a prototype in the place of a page',
    answer: (socket) => reply(socket, '200 OK', '{"__proto__":{"result":1,"data":{}}}'),
    edge: { status: 200, text: '{"__proto__":{"result":1,"data":{}}}' },
    ...MALFORMED,
  },
  {
    name: 'a redirect to another origin',
    answer: (socket) => reply(socket, '301 Moved\r\nlocation: http://127.0.0.1:1/steal'),
    edge: { status: 301, text: '' },
    outcome: 'fatal',
    code: 'HTTP_301',
  },
  {
    name: '304 without having been asked',
    answer: (socket) => socket.end('HTTP/1.1 304 Not Modified\r\n\r\n'),
    edge: { status: 304, text: '' },
    outcome: 'fatal',
    code: 'HTTP_304',
  },
  {
    name: "a gateway's 502 in an unknown charset",
    answer: (socket) => reply(socket, '502 Bad Gateway\r\ncontent-type: text/html; charset=klingon', 'bad'),
    edge: { status: 502, text: 'bad' },
    outcome: 'backoff',
    code: 'HTTP_502',
  },
  {
    name: '429 in bytes that are not UTF-8',
    answer: (socket) => reply(socket, '429 Too Many\r\nretry-after: 2', Buffer.from([0xff])),
    edge: { status: 429, text: '\uFFFD' },
    outcome: 'pause',
    code: 'HTTP_429',
  },
];

export const HOSTILE: readonly HostileRow[] = [...CONNECTIONS, ...FRAMING, ...BODIES, ...MEANINGS];

export interface HostileServer {
  readonly origin: string;
  /** Requests so far, hostile answers and others. */
  requests(): number;
  close(): Promise<void>;
}

export interface HostileServerOptions {
  readonly answer: HostileRow['answer'];
  /** After so many requests that are answered so, the others go to this port of an honest server. Default none do. */
  readonly times?: number;
  readonly honestPort?: () => number;
}

/** A server on loopback that answers requests so. One request a connection: a client opens another for the next. */
export async function openHostileServer(options: HostileServerOptions): Promise<HostileServer> {
  const { answer, times = Infinity, honestPort = () => 0 } = options;
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', (request) => {
      requests += 1;
      if (requests <= times) answer(socket);
      else forward(socket, request, honestPort());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(socket: Socket, request: Buffer, port: number): void {
  const honest = connect(port, '127.0.0.1', () => {
    honest.write(request.toString('latin1').replace(/\r\nconnection: [^\r]*/i, '\r\nconnection: close'), 'latin1');
    honest.pipe(socket);
  });
  honest.on('error', () => socket.destroy());
}
