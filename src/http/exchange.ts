import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { errorOf } from '../errors';
import type { AbortGroups } from '../limit/abort-group';
import type { HttpResult } from '../platform/http';
import type { HttpRequest } from '../platform/platform';
import type { Clock } from '../time/clock';
import { Body } from './body';
import type { Deadline, Deadlines } from './deadline';
import { describeFault, Fault } from './fault';
import type { HttpLimits } from './limits';

/** What all attempts over one pool of connections share. */
export interface Edge {
  readonly agent: Dispatcher;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly deadlines: Deadlines;
  readonly aborts: AbortGroups<Exchange>;
}

export interface ExchangeOf {
  readonly request: HttpRequest;
  readonly target: URL;
  readonly signal: AbortSignal;
}

/** Sends a request and reads its reply. Trouble on the way is a value; it never rejects. */
export function exchange(edge: Edge, of: ExchangeOf): Promise<HttpResult> {
  return new Promise((resolve) => {
    new Exchange(edge, of, resolve).start();
  });
}

/**
 * One request and its reply, as undici's handler: `request()` would build a stream, a signal and an interceptor for each.
 * Whatever ends it first counts, and what comes after that is ignored.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #edge: Edge;
  readonly #of: ExchangeOf;
  readonly #limits: HttpLimits;
  readonly #resolve: (result: HttpResult) => void;
  readonly #startedMs: number;
  readonly #deadline: Deadline;
  #controller: Dispatcher.DispatchController | null = null;
  #isSent = false;
  #isOver = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #body: Body | null = null;

  constructor(edge: Edge, of: ExchangeOf, resolve: (result: HttpResult) => void) {
    this.#edge = edge;
    this.#of = of;
    this.#limits = limitsOf(edge.limits, of.request);
    this.#resolve = resolve;
    this.#startedMs = edge.clock.monotonicMs();
    this.#deadline = edge.deadlines.start(this.#limits.totalTimeoutMs, (fault) => this.#fail(fault));
  }

  start(): void {
    const { request, target, signal } = this.#of;
    if (signal.aborted) return this.abort();
    this.#edge.aborts.add(signal, this);
    this.#deadline.enter('CONNECT_TIMEOUT', this.#limits.connectTimeoutMs);
    try {
      const { method, headers, body } = request;
      this.#edge.agent.dispatch(
        {
          origin: target.origin,
          path: target.pathname + target.search,
          method,
          headers: { 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'offpeak', ...headers },
          body,
        },
        this,
      );
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** The caller gives up. */
  abort(): void {
    this.#fail(new Fault('ABORTED', 'given up by the caller'));
  }

  /** A connection stands and the request is about to be written to it: from now on it counts as sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Fault('ABORTED', 'it ended before it was sent'));
    this.#controller = controller;
    this.#isSent = true;
    this.#deadline.enter('HEADERS_TIMEOUT', this.#limits.headersTimeoutMs);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver || status < 200) return; // 1xx: the reply itself is still to come
    this.#status = status;
    this.#headers = joinHeaders(headers);
    this.#enterBody();
    this.#guard(() => {
      this.#body = new Body({
        encoding: this.#headers['content-encoding'] ?? '',
        contentType: this.#headers['content-type'] ?? '',
        mode: status < 300 ? 'exact' : 'lossy',
        bytesMax: this.#limits.bodyBytesMax,
      });
    });
  }

  onResponseData(_: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#isOver) return;
    this.#enterBody();
    this.#guard(() => this.#body?.add(piece));
  }

  onResponseEnd(): void {
    void this.#finish().catch((thrown: unknown) => this.#fail(thrown));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  async #finish(): Promise<void> {
    const body = this.#body;
    if (this.#isOver || !body) return;
    const reply = { status: this.#status, headers: this.#headers, body: await body.text() };
    this.#end({ kind: 'reply', reply, replyBytes: body.wireBytes, durationMs: this.#durationMs });
  }

  #enterBody(): void {
    this.#deadline.enter('BODY_TIMEOUT', this.#limits.bodyTimeoutMs);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    if (this.#isOver) return;
    this.#end({ kind: 'failure', sent: this.#isSent, ...describeFault(thrown), durationMs: this.#durationMs });
    this.#controller?.abort(errorOf(thrown));
  }

  #end(result: HttpResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.stop();
    this.#edge.aborts.remove(this.#of.signal, this);
    this.#resolve(result);
  }

  get #durationMs(): number {
    return this.#edge.clock.monotonicMs() - this.#startedMs;
  }
}

/** What a request allows its reply, where that is more. */
function limitsOf(limits: HttpLimits, { timeoutMs }: HttpRequest): HttpLimits {
  if (timeoutMs === undefined) return limits;
  return {
    ...limits,
    headersTimeoutMs: Math.max(limits.headersTimeoutMs, timeoutMs),
    bodyTimeoutMs: Math.max(limits.bodyTimeoutMs, timeoutMs),
    totalTimeoutMs: Math.max(limits.totalTimeoutMs, timeoutMs),
  };
}

function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const joined: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined.push([name, Array.isArray(value) ? value.join(', ') : value]);
  }
  return Object.fromEntries(joined); // a header may be called __proto__
}
