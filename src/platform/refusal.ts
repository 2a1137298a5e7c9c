import type { z } from 'zod';
import { type Backoff, type Fatal, PAUSE_MS_MAX, type Park, type Pause } from '../job/outcome';
import type { ClassifyContext, HttpReply } from './platform';
import { statedRetryMs, WAIT_MS_MIN } from './stated-reset';
import { scopeOf } from './stopped-scope';

/** What 429 without a stated wait gets. */
const UNSTATED_PAUSE_MS = 1_000;

/** What the HTTP status alone says, for a reply whose body says nothing: never a success. */
export function refusalOfStatus(reply: HttpReply, context: ClassifyContext): Advised {
  const { status } = reply;
  const code = `HTTP_${status}`;
  const statedMs = statedRetryMs(reply.headers, context.nowMs);
  if (status === 429 || (status === 503 && statedMs !== null)) return statusWait(status, statedMs, context);
  if (status >= 300 && status < 400) {
    const advice = 'Redirects are not followed: check baseUrl, and whether a login page or a proxy stands in between.';
    return { kind: 'fatal', code, reason: `HTTP ${status}, a redirect`, scope: null, advice };
  }
  if (status >= 200 && status < 300) return malformed();
  const advice = 'Nothing to do at first. If it repeats, see whether the platform tells of trouble, and check baseUrl.';
  return { kind: 'backoff', code, reason: `HTTP ${status}`, scope: null, advice };
}

type Advised = (Pause | Park | Backoff | Fatal) & { readonly advice: string };

/** A reply that cannot be read: perhaps cut off on the way. */
export function malformed(): Backoff & { readonly advice: string } {
  return {
    kind: 'backoff',
    code: 'MALFORMED_REPLY',
    reason: 'the reply is not the JSON object that was expected',
    scope: null,
    advice: 'Nothing to do at first. If it repeats, see what stands between here and the platform.',
    unrecognised: true,
  };
}

/** A reply that says success and is not what the API answered so far; the advice names a page to look it up. */
export function unexpected({ issues }: z.ZodError, advice: string): Backoff {
  const where = issues.map(({ path }) => path.join('.')).join(', ');
  const reason = `the reply says success, but lacks or changes ${where}`;
  return { kind: 'backoff', code: 'UNEXPECTED_REPLY', reason, scope: null, advice, unrecognised: true };
}

/** A pause where it is short, a park where it is long. */
function statusWait(status: number, statedMs: number | null, context: ClassifyContext): Advised {
  const code = `HTTP_${status}`;
  const reason = statedMs === null ? `HTTP ${status}` : `HTTP ${status}, Retry-After ${Math.ceil(statedMs / 1000)} s`;
  const scope = scopeOf(context, ['app', 'api']);
  const forMs = Math.max(WAIT_MS_MIN, statedMs ?? UNSTATED_PAUSE_MS);
  if (forMs > PAUSE_MS_MAX) {
    const advice = 'The platform stated this wait itself.';
    return { kind: 'park', code, reason, scope, untilMs: context.nowMs + forMs, advice };
  }
  const advice = 'Nothing to do: calls were too fast. If it repeats, lower the budget.';
  return { kind: 'pause', code, reason, scope, forMs, advice };
}
