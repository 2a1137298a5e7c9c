import type { AttemptRecord } from '../job/attempt';
import type { Backoff, Fatal, Outcome } from '../job/outcome';
import type { HttpFailure, HttpResult } from '../platform/http';

/** An attempt that was made, and what came of it. */
export interface Sent {
  readonly sentAtMs: number;
  readonly result: HttpResult;
}

/** Trouble on the way passes, or needs the operator. */
export function failureMeaning({ code, reason, advice }: HttpFailure): Backoff | Fatal {
  if (advice === null) return { kind: 'backoff', scope: null, code, reason };
  return { kind: 'fatal', scope: null, code, reason, advice };
}

export interface SentOf {
  readonly platform: string;
  readonly api: string;
  readonly scopeKey: string;
  /** Counts from 1 within the call. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Of the refusal, fit to be kept; null for ok. */
  readonly reason: string | null;
}

/** The row of the call log for an attempt. */
export function attemptRecord({ sentAtMs, result }: Sent, of: SentOf): AttemptRecord {
  const { platform, api, scopeKey, attempt, outcome, reason } = of;
  const isReply = result.kind === 'reply';
  return {
    platform,
    api,
    scopeKey,
    attempt,
    sentAtMs,
    durationMs: Math.round(result.durationMs),
    status: isReply ? result.reply.status : null,
    replyBytes: isReply ? result.replyBytes : 0,
    outcome: outcome.kind,
    code: outcome.kind === 'ok' ? null : outcome.code,
    reason,
  };
}
