import { OffpeakError } from '../errors';
import { parseUrl } from '../platform/url';

/** The URL of a request. Throws ORIGIN_REFUSED when it is none, or leads to an origin that is not listed. */
export function parseTarget(url: string, origins: readonly string[]): URL {
  const hint = 'The platform lists the origins it may call: see its baseUrl in offpeak.config.ts.';
  // No part of the URL but its origin is shown: the query may hold a token.
  const target = parseUrl(url);
  if (!target) throw new OffpeakError('ORIGIN_REFUSED', 'request to something that is not a URL', { hint });
  if (!isListed(target, origins)) {
    const listed = origins.join(', ') || 'none';
    throw new OffpeakError('ORIGIN_REFUSED', `request to ${target.origin}: expected one of ${listed}`, { hint });
  }
  return target;
}

function isListed(target: URL, origins: readonly string[]): boolean {
  const isHttp = target.protocol === 'https:' || target.protocol === 'http:';
  // A name in a URL may be meant for the reader's eye, and a password in it for another header.
  if (!isHttp || target.username !== '' || target.password !== '') return false;
  if (origins.includes(target.origin)) return true; // nearly always: to parse the listed ones anew is dear
  return origins.some((origin) => parseUrl(origin)?.origin === target.origin);
}
