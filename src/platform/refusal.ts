import { type Backoff, type Fatal, PAUSE_MS_MAX, type Park, type Pause } from '../job/outcome';
import { pickScope, type Scope, type ScopeName } from '../job/scope';
import type { ClassifyContext, HttpReply } from './platform';

/** What 429 without a stated wait gets. */
const UNSTATED_PAUSE_MS = 1_000;

/**
 * Only these names of the call's scope. A name that the call lacks means that what the platform names is not known
 * here: then no more than this very call is stopped.
 */
export function scopeOf(context: ClassifyContext, names: readonly ScopeName[]): Scope {
  return names.every((name) => context.scope[name] !== undefined) ? pickScope(context.scope, names) : context.scope;
}

interface Wait {
  readonly code: string;
  readonly reason: string;
  readonly scope: Scope;
  readonly forMs: number;
  /** What to do about it, where the wait is long. */
  readonly advice: string;
}

/** A pause where it is short, a park where it is long. */
export function waitFor({ code, reason, scope, forMs, advice }: Wait, nowMs: number): Pause | Park {
  if (forMs <= PAUSE_MS_MAX) return { kind: 'pause', code, reason, scope, forMs };
  return { kind: 'park', code, reason, scope, untilMs: nowMs + forMs, advice };
}

/** What the HTTP status alone says, for a reply whose body says nothing: never a success. */
export function refusalOfStatus(reply: HttpReply, context: ClassifyContext): Pause | Park | Backoff | Fatal {
  const { status } = reply;
  const code = `HTTP_${status}`;
  const statedMs = retryAfterMs(reply.headers['retry-after'], context.nowMs);
  if (status === 429 || (status === 503 && statedMs !== null)) {
    const reason = statedMs === null ? `HTTP ${status}` : `HTTP ${status}, Retry-After ${Math.ceil(statedMs / 1000)} s`;
    const scope = scopeOf(context, ['app', 'api']);
    const advice = 'The platform stated this wait itself.';
    return waitFor({ code, reason, scope, forMs: statedMs ?? UNSTATED_PAUSE_MS, advice }, context.nowMs);
  }
  if (status >= 300 && status < 400) {
    const advice = 'Redirects are not followed: check baseUrl, and whether a login page or a proxy stands in between.';
    return { kind: 'fatal', code, reason: `HTTP ${status}, a redirect`, scope: null, advice };
  }
  if (status >= 200 && status < 300) return malformed();
  return { kind: 'backoff', code, reason: `HTTP ${status}`, scope: null };
}

/** A reply that cannot be read: perhaps cut off on the way. */
export function malformed(): Backoff {
  return {
    kind: 'backoff',
    code: 'MALFORMED_REPLY',
    reason: 'the reply is not the JSON object that was expected',
    scope: null,
  };
}

/** Whole or decimal seconds, or an HTTP-date (RFC 9110, 10.2.3); null when absent or unreadable, never negative. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  if (!/^[A-Za-z]{3},/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
