import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { AbortGroups } from '../limit/abort-group';
import type { Http } from '../platform/http';
import type { Clock } from '../time/clock';
import { Deadlines } from './deadline';
import { type Edge, type Exchange, exchange } from './exchange';
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
  const aborts = new AbortGroups<Exchange>((exchange) => exchange.abort());
  const edge: Edge = { agent, clock, limits, deadlines: new Deadlines(clock), aborts };
  return {
    async attempt(request, { origins, signal }) {
      const target = parseTarget(request.url, origins);
      return exchange(edge, { request, target, signal });
    },
    close: () => agent.destroy(),
  };
}

function openAgent(limits: HttpLimits, { env = {}, allow = [], lookupAll }: HttpOptions): Dispatcher {
  const timing = { timeout: limits.connectTimeoutMs, autoSelectFamilyAttemptTimeout: limits.addressTimeoutMs };
  const proxies = parseProxySettings(env);
  const pool = {
    connect: { ...timing, lookup: guardedLookup(openNetworks(allow), lookupAll) },
    connections: limits.connectionsMax,
    maxHeaderSize: limits.headerBytesMax,
    // The deadlines are ours, on the Clock: undici's own count in steps of half a second.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxies.httpProxy === '' && proxies.httpsProxy === '') return new Agent(pool);
  return new EnvHttpProxyAgent({
    ...pool,
    ...proxies,
    proxyTls: timing, // where the proxy is, the operator says
    proxyTunnel: false, // plain HTTP goes in absolute form: many proxies tunnel to port 443 only
  });
}
