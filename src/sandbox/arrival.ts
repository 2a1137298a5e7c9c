import type { Scope } from '../job/scope';
import type { FaultKind } from './fault';
import type { BudgetName } from './quota';

export type PlatformName = 'kuaishou' | 'yida';

/**
 * `served` data went out · `refused` by a limit · `fault` admitted, then spoiled on purpose · `denied` signature or token ·
 * `invalid` admitted, but the request cannot be answered (a window too long, an unknown form or path).
 */
export type Verdict = 'served' | 'refused' | 'fault' | 'denied' | 'invalid';

/** One request that reached the sandbox. */
export interface Arrival {
  /** 1, 2, 3 … over both platforms, in the order in which requests were complete. */
  readonly n: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The same instant on the monotonic clock, which the sliding windows are measured on. */
  readonly monotonicMs: number;
  readonly platform: PlatformName;
  readonly api: string;
  /** As far as the request let it be known: a denied one names no user. */
  readonly scope: Scope;
  readonly verdict: Verdict;
  /** The limit that refused; null for every other verdict. */
  readonly budget: BudgetName | null;
  /** What went wrong on purpose. A slow body still arrives whole, so its verdict stays `served`. */
  readonly fault: FaultKind | null;
  /** Which page was asked for: `orders 42 <begin>-<end> size 50 from 100`; null where there is none. */
  readonly page: string | null;
  /** Records in a served reply, otherwise 0. */
  readonly recordCount: number;
}

/** What a platform found out about a request, before faults. */
export type Finding = Pick<Arrival, 'api' | 'scope' | 'verdict' | 'budget' | 'page' | 'recordCount'>;

/** A platform's reply and its finding. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly finding: Finding;
  /** Whether limits count it: faults by chance hit metered calls only. */
  readonly metered: boolean;
}

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
