import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, messageOf, OffpeakError } from '../errors';
import type { Clock } from '../time/clock';
import type { Received } from './answer';
import { type Delivery, deliver, sendText } from './delivery';

/** More than any API here takes; a larger request gets 413. */
const BODY_BYTES_MAX = 1_048_576;
/** Of a client that stops in the middle of its request, in real time. */
const REQUEST_TIMEOUT_MS = 30_000;

export interface ServerParts {
  readonly host: string;
  readonly port: number;
  /** What the operator calls the port, for the error. */
  readonly portOption: string;
  readonly clock: Clock;
  /** One line for `GET /`. */
  readonly about: string;
  /** For `GET /sandbox/ledger`. */
  summary(): object;
  /** How long a request is still on its way when it is here, ms. */
  wayMs(): number;
  receive(request: Omit<Received, 'n' | 'atMs' | 'monotonicMs'>): Delivery;
}

export interface OpenServer {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Throws PORT_IN_USE. */
export async function openServer(parts: ServerParts): Promise<OpenServer> {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // every request on its way listens
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    serve({ ...parts, closing: closing.signal }, request, response).catch((thrown: unknown) => {
      // A client that went away ends here too; then there is nobody to tell.
      if (!response.headersSent && !response.destroyed) sendText(response, 500, `sandbox: ${messageOf(thrown)}\n`);
      else response.destroy();
    });
  });
  await listen(server, parts);
  const { port } = server.address() as AddressInfo;
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  return { url: `http://${host}:${port}`, port, close: () => close(server, closing) };
}

function listen(server: Server, { host, port, portOption }: ServerParts): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, `${portOption}: port ${port} on ${host}`)));
    server.listen({ host, port }, resolve);
  });
}

function listenError(cause: Error, where: string): Error {
  if (codeOf(cause) !== 'EADDRINUSE') return cause;
  const hint = 'Stop what listens there, or give another port (0 takes any free one).';
  return new OffpeakError('PORT_IN_USE', `${where} is already in use`, { hint, cause });
}

function close(server: Server, closing: AbortController): Promise<void> {
  return new Promise((resolve) => {
    closing.abort();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface OpenParts extends ServerParts {
  readonly closing: AbortSignal;
}

async function serve(parts: OpenParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request);
  const page = url && request.method === 'GET' ? ownPage(parts, url.pathname) : null;
  if (url === null) sendText(response, 400, 'sandbox: not a URL\n');
  else if (page !== null) sendText(response, 200, page);
  else await answer(parts, { request, url }, response);
}

/** What the sandbox says about itself: nothing of the platforms, not counted. */
function ownPage(parts: ServerParts, path: string): string | null {
  if (path === '/') return `${parts.about}\n`;
  return path === '/sandbox/ledger' ? `${JSON.stringify(parts.summary(), null, 2)}\n` : null;
}

async function answer(
  parts: OpenParts,
  { request, url }: { request: IncomingMessage; url: URL },
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    response.shouldKeepAlive = false;
    sendText(response, 413, `sandbox: a body may have ${BODY_BYTES_MAX} bytes\n`);
    return;
  }
  // What is on its way arrives, even when its sender gives up meanwhile.
  const wayMs = parts.wayMs();
  if (wayMs > 0) await parts.clock.sleep(wayMs, parts.closing);
  if (parts.closing.aborted) return;
  const { method = 'GET', headers } = request;
  const delivery = parts.receive({ method, path: url.pathname, query: url.searchParams, headers, body });
  await deliver(parts.clock, response, delivery);
}

function urlOf(request: IncomingMessage): URL | null {
  try {
    return new URL(`http://sandbox${request.url ?? '/'}`);
  } catch {
    return null;
  }
}

/** Null when it is too large; what is over the cap is not read. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
