import type { Scope } from '../job/scope';

/**
 * `served` data went out · `refused` by a limit · `fault` admitted, then spoiled on purpose · `denied` signature or token ·
 * `invalid` admitted, but the request cannot be answered (a window too long, an unknown form or path).
 */
export type Verdict = 'served' | 'refused' | 'fault' | 'denied' | 'invalid';

/** A request whose body is complete. */
export interface Received {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly atMs: number;
  readonly monotonicMs: number;
}

/** What a platform found out about a request, before faults. */
export interface Finding {
  readonly api: string;
  /** As far as the request let it be known: a denied one names no user. */
  readonly scope: Scope;
  readonly verdict: Verdict;
  /** The limit that refused; null for every other verdict. */
  readonly budget: string | null;
  /** Which page was asked for: `orders 42 <begin>-<end> size 50 from 100`; null where there is none. */
  readonly page: string | null;
  /** Records in a served reply, otherwise 0. */
  readonly recordCount: number;
}

/** A platform's reply and its finding. */
export interface Answer {
  readonly status: number;
  /** An object goes out as JSON, a text as it is: a page, or all events of a stream at once. */
  readonly body: object | string;
  /** Default: `application/json` of an object, `text/plain` of a text, both in UTF-8. */
  readonly contentType?: string;
  /** Beside the type and length of the body; lower-case names. A fault that replaces the reply takes them away. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the sandbox's own latency. */
  readonly latencyMs?: number;
  /** Called once, when the reply has gone out, whole or spoiled, or its client has gone away: the call is no longer in flight. */
  readonly ended?: () => void;
  readonly finding: Finding;
  /** Whether limits count it: faults by chance hit metered calls only. */
  readonly metered: boolean;
}
