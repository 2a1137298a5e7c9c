import { messageOf, OffpeakError } from '../errors';
import { type Credential, credentialFields } from './authentication';
import type { Auth, HttpRequest, PlatformCall } from './platform';

export type RequestBuilder = (call: PlatformCall, auth: Auth) => HttpRequest;

export interface RestOptions {
  /** An origin, with a path in front of every call's where the API has one: `https://api.example.com/v2`. */
  readonly baseUrl: string;
  readonly credentials?: readonly Credential[];
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
const CALL = /^(GET|POST|PUT|DELETE) (\/[^\s?#]*)$/;

/**
 * Plain JSON over HTTP: `call('GET /shops/{shop}/orders', { shop: 7, page: 2 })`. Parameters that the path names go into it,
 * the others into the query of GET and DELETE, and into the JSON body of POST and PUT. The text of the call is what its
 * limits are counted by.
 */
export function rest({ baseUrl, credentials = [], headers = {} }: RestOptions): RequestBuilder {
  const root = baseUrl.replace(/\/$/, '');
  return (call, auth) => {
    const { method, path, params } = partsOf(call);
    const query = credentialFields(credentials, 'query', auth);
    const own = { ...headers, ...credentialFields(credentials, 'header', auth) };
    if (method === 'GET' || method === 'DELETE')
      return { method, url: withQuery(root + path, { ...params, ...query }), headers: own, body: null };
    return {
      method,
      url: withQuery(root + path, query),
      headers: { 'content-type': 'application/json', ...own },
      body: bodyText(call.api, params),
    };
  };
}

function partsOf({ api, params }: PlatformCall): {
  method: HttpRequest['method'];
  path: string;
  params: Readonly<Record<string, unknown>>;
} {
  const [, method, template = ''] = CALL.exec(api) ?? [];
  const known = METHODS.find((one) => one === method);
  if (!known)
    throw new OffpeakError('JOB_INVALID', `call("${api}"): expected a method and a path such as "GET /v1/orders"`);
  const named = new Set<string>();
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    named.add(name);
    if (typeof value === 'string' || typeof value === 'number') return encodeURIComponent(String(value));
    throw new OffpeakError(
      'JOB_INVALID',
      `call("${api}"): expected text or a number for {${name}}, got ${typeof value}`,
    );
  });
  const others = Object.fromEntries(Object.entries(params).filter(([name]) => !named.has(name)));
  return { method: known, path, params: others };
}

/** Lists become repeated parameters; what is left out or null is not sent. */
export function withQuery(url: string, params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined && one !== null) query.append(name, typeof one === 'string' ? one : JSON.stringify(one));
  }
  const text = query.toString();
  return text === '' ? url : `${url}?${text}`;
}

/** Parameters as a JSON body. Throws JOB_INVALID for what JSON cannot hold. */
export function bodyText(api: string, params: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(params);
  } catch (cause) {
    throw new OffpeakError('JOB_INVALID', `call("${api}"): the parameters are not JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
}
