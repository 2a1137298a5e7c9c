import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from '../../platform';

const ALGORITHM = 'SDK-HMAC-SHA256';

export interface SignatureKey {
  readonly key: string;
  readonly secret: string;
}

/**
 * The request with its signature in `Authorization`. Signed are the host, the date and what kind of body it is; headers
 * that a proxy may change are not.
 * Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-003.html
 */
export function signRequest(request: HttpRequest, { key, secret }: SignatureKey, nowMs: number): HttpRequest {
  const url = new URL(request.url);
  const date = sdkDate(nowMs);
  const type = request.headers['content-type'];
  const signed = { ...(type === undefined ? {} : { 'content-type': type }), host: url.host, 'x-sdk-date': date };
  const names = Object.keys(signed).join(';');
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...Object.entries(signed).map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    sha256(request.body ?? ''),
  ].join('\n');
  const signature = createHmac('sha256', secret)
    .update([ALGORITHM, date, sha256(canonical)].join('\n'))
    .digest('hex');
  return {
    ...request,
    headers: {
      ...request.headers,
      'x-sdk-date': date,
      authorization: `${ALGORITHM} Access=${key}, SignedHeaders=${names}, Signature=${signature}`,
    },
  };
}

/** `20191115T033655Z`. The gateway takes a date that is at most 15 minutes off. */
function sdkDate(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** Each part encoded once, and a slash at the end whether the request has one or not. */
function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

/** RFC 3986: encodeURIComponent leaves five more characters alone. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
