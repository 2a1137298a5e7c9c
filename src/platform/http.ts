import type { HttpReply, HttpRequest } from './platform';

/** Port: sends one attempt. Knows nothing of platforms, retries or limits on calls. */
export interface Http {
  /**
   * Sends the request once; redirects are not followed. Trouble on the way is a value: it rejects only with
   * `ORIGIN_REFUSED`, before anything is sent.
   */
  attempt(request: HttpRequest, options: AttemptOptions): Promise<HttpResult>;
  /** Drops the idle connections and cuts off what is under way. */
  close(): Promise<void>;
}

export interface AttemptOptions {
  /** The request's origin must be one of these. */
  readonly origins: readonly string[];
  /** Ends the attempt with the failure `ABORTED`. */
  readonly signal: AbortSignal;
}

export type HttpResult = HttpReplied | HttpFailure;

/** The peer answered, with whatever status. */
export interface HttpReplied {
  readonly kind: 'reply';
  readonly reply: HttpReply;
  /** Bytes of the body on the wire, compressed where it was. */
  readonly replyBytes: number;
  readonly durationMs: number;
}

export interface HttpFailure {
  readonly kind: 'failure';
  /** False only when provably nothing of the request left this machine for the peer: its permits can be given back. */
  readonly sent: boolean;
  /** The system's code (`ECONNREFUSED`) or ours in capitals: a key for counting, stable. */
  readonly code: string;
  /** One line for the operator; holds no URL, header or body. */
  readonly reason: string;
  /** What the operator is to do, where another attempt would end in the same way; null where it may pass. */
  readonly advice: string | null;
  readonly durationMs: number;
}
