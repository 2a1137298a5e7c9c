import type { ServerResponse } from 'node:http';
import type { Clock } from '../time/clock';
import type { FaultKind } from './fault';

/** What goes out, and how. */
export interface Delivery {
  readonly status: number;
  readonly text: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly latencyMs: number;
  readonly fault: FaultKind | null;
  /** How long a slow body halts in its middle, ms. */
  readonly slowBodyMs: number;
  /** Called once: nothing of the reply is left to send, or nobody to send it to. */
  readonly ended: () => void;
}

/** Waits the latency, then sends the reply, whole or spoiled. Stops waiting when the client goes away. */
export async function deliver(clock: Clock, response: ServerResponse, delivery: Delivery): Promise<void> {
  const gone = new AbortController();
  const ended = once(delivery.ended);
  const leave = (): void => {
    gone.abort();
    ended();
  };
  response.once('close', leave);
  if (response.closed) leave(); // it went away while its request was on the way
  if (delivery.latencyMs > 0) await clock.sleep(delivery.latencyMs, gone.signal);
  if (gone.signal.aborted || response.destroyed) return;
  await send(response, { ...delivery, ended }, (ms) => clock.sleep(ms, gone.signal));
}

/** A call ends in the same turn in which its last byte is handed over: its sender cannot be back before that. */
async function send(
  response: ServerResponse,
  delivery: Delivery,
  sleep: (durationMs: number) => Promise<void>,
): Promise<void> {
  const { text, fault, ended } = delivery;
  switch (fault) {
    case null:
      sendWhole(response, delivery);
      break;
    case 'http-500':
      sendText(response, 500, 'Internal Server Error\n');
      break;
    case 'http-502':
      sendText(response, 502, '<html><body><h1>502 Bad Gateway</h1></body></html>\n');
      break;
    case 'http-503':
      sendText(response, 503, '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>\n');
      break;
    case 'malformed':
      sendWhole(response, { ...delivery, text: half(text) });
      break;
    case 'reset-before-reply':
      response.socket?.resetAndDestroy();
      break;
    case 'reset-mid-reply':
      start(response, delivery);
      response.write(half(text), () => {
        ended();
        // An orderly close, not a reset: a reset could overtake the half that was sent.
        response.socket?.destroy();
      });
      return;
    case 'slow-body':
      start(response, delivery);
      response.write(half(text));
      await sleep(delivery.slowBodyMs);
      response.end(text.slice(half(text).length));
  }
  ended();
}

function once(call: () => void): () => void {
  let isCalled = false;
  return () => {
    if (isCalled) return;
    isCalled = true;
    call();
  };
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

function start(response: ServerResponse, { status, text, contentType, headers }: Delivery): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': length });
}

function sendWhole(response: ServerResponse, delivery: Delivery): void {
  start(response, delivery);
  response.end(delivery.text);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  const type = { '<': 'text/html', '{': 'application/json' }[text.charAt(0)] ?? 'text/plain';
  response.writeHead(status, { 'content-type': `${type};charset=utf-8`, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
