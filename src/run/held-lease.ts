import { OffpeakError } from '../errors';
import { LEASE_TTL_MS, type LeaseStore } from '../job/lease';
import type { Clock } from '../time/clock';

export interface HeldLeaseParts {
  readonly leases: Pick<LeaseStore, 'renew'>;
  readonly clock: Clock;
  readonly fence: number;
  /** Default LEASE_TTL_MS; Infinity where nobody else can open the store. */
  readonly ttlMs?: number | undefined;
}

/**
 * The lease as its holder knows it between two renewals. A process that stood still, or whose machine slept, may have lost
 * it without a sign: calls that draw on short windows alone meet no fence in the store, so each asks here before it leaves.
 */
export class HeldLease {
  readonly #parts: HeldLeaseParts;
  #renewedAt: Instant;
  #renewing: Promise<boolean> | null = null;

  constructor(parts: HeldLeaseParts) {
    this.#parts = parts;
    this.#renewedAt = instantOf(parts.clock);
  }

  get fence(): number {
    return this.#parts.fence;
  }

  /** Since the last renewal, on the monotonic clock. */
  get ageMs(): number {
    return this.#parts.clock.monotonicMs() - this.#renewedAt.monotonicMs;
  }

  /** False when another process may have it: by either clock, for others go by the wall's, and sleep stops the other one. */
  get isSure(): boolean {
    const { clock, ttlMs = LEASE_TTL_MS } = this.#parts;
    return this.ageMs < ttlMs && clock.nowMs() - this.#renewedAt.wallMs < ttlMs;
  }

  /** False when another process has it. Rejects when the store cannot tell. */
  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Renews it, or throws FENCED. */
  async confirm(): Promise<void> {
    if (await this.renew()) return;
    throw new OffpeakError('FENCED', `the lease with fence ${this.fence} was lost`, {
      hint: 'Another process took the store over while this one stood still; this one must end.',
    });
  }

  async #renew(): Promise<boolean> {
    const { leases, clock, fence } = this.#parts;
    const at = instantOf(clock);
    const isOurs = await leases.renew(fence, at.wallMs);
    if (isOurs) this.#renewedAt = at;
    return isOurs;
  }
}

interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

function instantOf(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}
