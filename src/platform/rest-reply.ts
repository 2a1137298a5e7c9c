import type { Outcome } from '../job/outcome';
import { isEnvelope } from './envelope';
import type { HttpReply } from './platform';
import { malformed } from './refusal';
import { parseUrl } from './url';

/** What a call to a plain REST API gives: the body, and how to ask for the next page. */
export interface RestReply {
  /** The parsed body; null where there is none (204). */
  readonly data: unknown;
  /** The query parameters of `Link: <…>; rel="next"` (RFC 8288), to be passed on to the same call; null after the last page. */
  readonly next: Readonly<Record<string, string>> | null;
}

/** A `success` of a table: any JSON, with the link to the next page read out of the headers. */
export function restReply(body: unknown, reply: HttpReply): Outcome {
  const isEmpty = reply.body.trim() === '';
  if (body === undefined && !isEmpty) return malformed();
  const value: RestReply = { data: body ?? null, next: nextOf(reply.headers['link']) };
  return { kind: 'ok', body: value };
}

/** A `success` of a table: a JSON object as it is, or null for 204, with which deletions and confirmations are answered. */
export function objectOrNothing(body: unknown, reply: HttpReply): Outcome {
  if (isEnvelope(body)) return { kind: 'ok', body };
  return reply.status === 204 && reply.body.trim() === '' ? { kind: 'ok', body: null } : malformed();
}

/** A link may be relative; only its query is of interest. */
const ANYWHERE = 'https://relative.invalid';

const LINK = /<([^<>]*)>((?:\s*;\s*[\w*!-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g;

function nextOf(link: string | undefined): Record<string, string> | null {
  for (const [, target = '', parameters = ''] of link?.matchAll(LINK) ?? []) {
    if (!/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?=[\s";]|$)/i.test(parameters)) continue;
    const url = parseUrl(target, ANYWHERE);
    return url && Object.fromEntries(url.searchParams);
  }
  return null;
}
