import type { ServerResponse } from 'node:http';
import type { Clock } from '../time/clock';
import type { FaultKind } from './fault';

/** What goes out, and how. */
export interface Delivery {
  readonly status: number;
  /** JSON. */
  readonly text: string;
  readonly latencyMs: number;
  readonly fault: FaultKind | null;
  /** How long a slow body halts in its middle, ms. */
  readonly slowBodyMs: number;
}

/** Waits the latency, then sends the reply, whole or spoiled. Stops waiting when the client goes away. */
export async function deliver(clock: Clock, response: ServerResponse, delivery: Delivery): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (delivery.latencyMs > 0) await clock.sleep(delivery.latencyMs, gone.signal);
  if (gone.signal.aborted || response.destroyed) return;
  const { status, text, fault } = delivery;
  switch (fault) {
    case null:
      sendJson(response, status, text);
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
      sendJson(response, status, half(text));
      break;
    case 'reset-before-reply':
      response.socket?.resetAndDestroy();
      break;
    case 'reset-mid-reply':
      startJson(response, status, text);
      // An orderly close, not a reset: a reset could overtake the half that was sent.
      response.write(half(text), () => response.socket?.destroy());
      break;
    case 'slow-body':
      startJson(response, status, text);
      response.write(half(text));
      await clock.sleep(delivery.slowBodyMs, gone.signal);
      response.end(text.slice(half(text).length));
  }
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

function startJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json;charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  startJson(response, status, text);
  response.end(text);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  const type = { '<': 'text/html', '{': 'application/json' }[text.charAt(0)] ?? 'text/plain';
  response.writeHead(status, { 'content-type': `${type};charset=utf-8`, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
