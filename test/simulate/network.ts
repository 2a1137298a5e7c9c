import type { AttemptOptions, Http, HttpResult } from '../../src/platform/http';
import type { HttpRequest } from '../../src/platform/platform';
import type { VirtualClock } from '../../src/time/virtual-clock';
import type { PlatformServer, ServedPage } from './server';

/** What a process does on its way through the network, and what is seen of it. */
export interface Traveller {
  passes(at: string): Promise<void>;
  /** The request leaves. */
  sent(server: PlatformServer, request: HttpRequest): void;
  /** The server has counted it. */
  arrived(server: PlatformServer): void;
  /** The reply reached the process, alive. */
  received(page: ServedPage): void;
}

export interface NetworkOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly servers: readonly PlatformServer[];
}

const TIMEOUT_MS = 30_000;
const ONE_WAY_MS_MAX = 700;

interface Travelled {
  readonly result: HttpResult;
  readonly page: ServedPage | null;
}

/** Between the processes and the platforms. What is on its way does not end with the process that sent it. */
export class Network {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  httpOf(traveller: Traveller): Http {
    return {
      attempt: (request, options) => this.#attempt(request, options, traveller),
      close: () => Promise.resolve(),
    };
  }

  async #attempt(request: HttpRequest, { signal }: AttemptOptions, traveller: Traveller): Promise<HttpResult> {
    await traveller.passes('http.attempt before');
    const server = this.#options.servers.find(({ origin }) => request.url.startsWith(origin))!;
    traveller.sent(server, request);
    const travelling = this.#travel(request, server, traveller);
    await traveller.passes('http.attempt sent');
    const { result, page } = await untilAborted(travelling, signal);
    await traveller.passes('http.attempt after');
    if (page) traveller.received(page);
    return result;
  }

  async #travel(request: HttpRequest, server: PlatformServer, traveller: Traveller): Promise<Travelled> {
    const { clock, random } = this.#options;
    const { moods } = server;
    const startMs = clock.monotonicMs();
    const oneWayMs = Math.floor(20 + random() * random() * ONE_WAY_MS_MAX);
    const failed = (code: string, sent: boolean): Travelled => ({
      result: { kind: 'failure', sent, code, reason: code, advice: null, durationMs: clock.monotonicMs() - startMs },
      page: null,
    });
    if (moods.strikes('refuses-connections', clock.nowMs(), 0.3)) return failed('ECONNREFUSED', false);
    await clock.sleep(oneWayMs);
    if (moods.strikes('resets-connections', clock.nowMs(), 0.3)) return failed('ECONNRESET', true);
    const { reply, page } = server.answer(request, clock.nowMs());
    // The renewal of a token: no quota counts it, and a merchant whose new token is lost too often must consent again.
    const isRenewal = server.listOf(request) === null;
    if (!isRenewal) traveller.arrived(server);
    if (!isRenewal && moods.strikes('never-answers', clock.nowMs(), 0.3)) {
      await clock.sleep(TIMEOUT_MS);
      return failed('HEADERS_TIMEOUT', true);
    }
    await clock.sleep(oneWayMs);
    if (!isRenewal && moods.strikes('loses-replies', clock.nowMs(), 0.3)) return failed('CONNECTION_CLOSED', true);
    const durationMs = clock.monotonicMs() - startMs;
    return { result: { kind: 'reply', reply, replyBytes: reply.body.length, durationMs }, page };
  }
}

function untilAborted(travelling: Promise<Travelled>, signal: AbortSignal): Promise<Travelled> {
  return new Promise((resolve) => {
    const abort = (): void =>
      resolve({
        result: {
          kind: 'failure',
          sent: true,
          code: 'ABORTED',
          reason: 'the process stops',
          advice: null,
          durationMs: 0,
        },
        page: null,
      });
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void travelling.then((travelled) => {
      signal.removeEventListener('abort', abort);
      resolve(travelled);
    });
  });
}
