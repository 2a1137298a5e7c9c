import { Dispatcher, EnvHttpProxyAgent, request as send } from 'undici';
import type { AttemptOptions, Http, HttpReplied, HttpResult } from '../platform/http';
import type { HttpRequest } from '../platform/platform';
import type { Clock } from '../time/clock';
import { readBody } from './body';
import { Deadline } from './deadline';
import { describeFault } from './fault';
import { HTTP_LIMITS, type HttpLimits } from './limits';
import { guardedLookup, type LookupAll } from './lookup';
import { openNetworks } from './networks';
import { parseTarget } from './origin';
import { type Environment, parseProxySettings } from './proxy';

export interface HttpOptions {
  readonly clock: Clock;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read, in either case; none when left out. */
  readonly env?: Environment;
  /** Bounds that differ from HTTP_LIMITS. */
  readonly limits?: Partial<HttpLimits>;
  /** Where names may lead besides public addresses: networks and names. Default nowhere, but `localhost` to this machine. */
  readonly allow?: readonly string[];
  /** Default the system's. */
  readonly lookupAll?: LookupAll;
}

/** Opens a pool of kept-alive connections. Throws CONFIG_INVALID for a proxy setting that cannot be used. */
export function openHttp(options: HttpOptions): Http {
  const { clock } = options;
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const agent = openAgent(limits, options);
  return {
    attempt: (request, attemptOptions) => attempt({ agent, clock, limits }, request, attemptOptions),
    close: () => agent.destroy(),
  };
}

interface Edge {
  readonly agent: Dispatcher;
  readonly clock: Clock;
  readonly limits: HttpLimits;
}

function openAgent(limits: HttpLimits, { env = {}, allow = [], lookupAll }: HttpOptions): Dispatcher {
  const timing = { timeout: limits.connectTimeoutMs, autoSelectFamilyAttemptTimeout: limits.addressTimeoutMs };
  return new EnvHttpProxyAgent({
    ...parseProxySettings(env),
    connect: { ...timing, lookup: guardedLookup(openNetworks(allow), lookupAll) },
    proxyTls: timing, // where the proxy is, the operator says
    proxyTunnel: false, // plain HTTP goes in absolute form: many proxies tunnel to port 443 only
    connections: limits.connectionsMax,
    maxHeaderSize: limits.headerBytesMax,
    // The deadlines are ours, on the Clock: undici's own count in steps of half a second.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

async function attempt(edge: Edge, request: HttpRequest, options: AttemptOptions): Promise<HttpResult> {
  const target = parseTarget(request.url, options.origins);
  const { clock } = edge;
  const limits = limitsOf(edge.limits, request);
  const startedMs = clock.monotonicMs();
  const deadline = new Deadline(clock, limits.totalTimeoutMs, options.signal);
  const state = { sent: false };
  try {
    deadline.enter('CONNECT_TIMEOUT', limits.connectTimeoutMs);
    const onSent = (): void => {
      state.sent = true;
      deadline.enter('HEADERS_TIMEOUT', limits.headersTimeoutMs);
    };
    const replied = await deadline.race(exchange({ ...edge, limits }, { request, target, deadline, onSent }));
    return { ...replied, durationMs: clock.monotonicMs() - startedMs };
  } catch (thrown) {
    return { kind: 'failure', sent: state.sent, ...describeFault(thrown), durationMs: clock.monotonicMs() - startedMs };
  } finally {
    deadline.stop();
  }
}

/** What a request allows its reply, where that is more. */
function limitsOf(limits: HttpLimits, { timeoutMs = 0 }: HttpRequest): HttpLimits {
  return {
    ...limits,
    headersTimeoutMs: Math.max(limits.headersTimeoutMs, timeoutMs),
    bodyTimeoutMs: Math.max(limits.bodyTimeoutMs, timeoutMs),
    totalTimeoutMs: Math.max(limits.totalTimeoutMs, timeoutMs),
  };
}

interface Exchange {
  readonly request: HttpRequest;
  readonly target: URL;
  readonly deadline: Deadline;
  readonly onSent: () => void;
}

async function exchange(edge: Edge, options: Exchange): Promise<Omit<HttpReplied, 'durationMs'>> {
  const { request, target, deadline } = options;
  const enterBody = (): void => deadline.enter('BODY_TIMEOUT', edge.limits.bodyTimeoutMs);
  const reply = await send(target, {
    dispatcher: edge.agent.compose(markSent(deadline.signal, options.onSent)),
    method: request.method,
    headers: { 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'offpeak', ...request.headers },
    body: request.body,
    signal: deadline.signal,
  });
  enterBody();
  const headers = joinHeaders(reply.headers);
  const body = await readBody(reply.body, {
    encoding: headers['content-encoding'] ?? '',
    contentType: headers['content-type'] ?? '',
    mode: reply.statusCode >= 200 && reply.statusCode < 300 ? 'exact' : 'lossy',
    bytesMax: edge.limits.bodyBytesMax,
    onPiece: enterBody,
  });
  return { kind: 'reply', reply: { status: reply.statusCode, headers, body: body.text }, replyBytes: body.wireBytes };
}

/** Tells when a connection stands and the request is about to be written to it: from then on it counts as sent. */
function markSent(ending: AbortSignal, onSent: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      ...delegate(handler),
      onRequestStart(controller, context) {
        if (!ending.aborted) onSent();
        handler.onRequestStart?.(controller, context);
      },
    });
}

function delegate(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
