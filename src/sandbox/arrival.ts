import type { Finding } from './answer';
import type { FaultKind } from './fault';
import type { PlatformName } from './twins';

/** One request that reached the sandbox. */
export interface Arrival extends Finding {
  /** 1, 2, 3 … over all platforms, in the order in which requests were complete. */
  readonly n: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The same instant on the monotonic clock, which the sliding windows are measured on. */
  readonly monotonicMs: number;
  readonly platform: PlatformName;
  /** What went wrong on purpose. A slow body still arrives whole, so its verdict stays `served`. */
  readonly fault: FaultKind | null;
}
