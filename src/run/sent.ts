import type { AttemptRecord } from '../job/attempt';
import type { Outcome } from '../job/outcome';
import type { HttpResult } from '../platform/http';

/** An attempt that was made, and what came of it. */
export interface Sent {
  readonly sentAtMs: number;
  readonly result: HttpResult;
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
export function attemptRecord({ sentAtMs, result }: Sent, { outcome, ...of }: SentOf): AttemptRecord {
  const isReply = result.kind === 'reply';
  return {
    ...of,
    sentAtMs,
    durationMs: Math.round(result.durationMs),
    status: isReply ? result.reply.status : null,
    replyBytes: isReply ? result.replyBytes : 0,
    outcome: outcome.kind,
    code: outcome.kind === 'ok' ? null : outcome.code,
  };
}
