import { OffpeakError } from '../errors';
import { parseUrl } from '../platform/url';

/** As undici takes them; an empty text means none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** This machine is never reached through a proxy: the sandbox lives there. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/** Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY; the lower-case names win. Throws CONFIG_INVALID for a proxy that is no URL. */
export function parseProxySettings(env: Environment): ProxySettings {
  const noProxy = read(env, 'NO_PROXY');
  return {
    httpProxy: parseProxy(env, 'HTTP_PROXY'),
    httpsProxy: parseProxy(env, 'HTTPS_PROXY'),
    noProxy: noProxy === '*' ? noProxy : [noProxy, LOOPBACK].filter((hosts) => hosts !== '').join(','),
  };
}

function parseProxy(env: Environment, name: string): string {
  const text = read(env, name);
  if (text === '') return '';
  const url = text.includes('://') ? text : `http://${text}`;
  if (!['http:', 'https:'].includes(parseUrl(url)?.protocol ?? '')) {
    // The value is not shown: a proxy's URL often holds a password.
    throw new OffpeakError('CONFIG_INVALID', `environment variable ${name}: expected an http:// or https:// URL`);
  }
  return url;
}

function read(env: Environment, name: string): string {
  return (env[name.toLowerCase()] ?? env[name] ?? '').trim();
}
