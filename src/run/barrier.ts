import type { Fatal, Refused } from '../job/outcome';
import type { Scope } from '../job/scope';
import { type Hold, type HoldStore, Holds } from '../limit/hold';
import type { Clock } from '../time/clock';
import type { CallEnd } from './call-end';

/**
 * How long a refusal that no wait can cure keeps the neighbours in its scope from asking the same again. Short: the next
 * run must find what somebody has put right.
 */
const FATAL_HOLD_MS = 60_000;

export interface BarrierParts {
  /** The platform's name in the config. */
  readonly name: string;
  readonly holds: HoldStore;
  readonly clock: Clock;
  readonly fence: number;
  /** Why no call may be sent to any platform now, for want of room to keep its result; null when it may. Default never. */
  readonly shortage?: () => string | null;
  /** Told of a scope whose park has ended, before the first call of it goes on. */
  readonly onEnded: (scope: Scope) => void;
}

/** What stands in the way of the calls to one platform: no room for replies, quotas that are gone, refusals that no wait can cure. */
export class Barrier {
  readonly #parts: BarrierParts;
  readonly #parks = new Holds();
  readonly #fatals = new Holds();

  /** @param parks what earlier processes left on hold. */
  constructor(parts: BarrierParts, parks: readonly Hold[]) {
    this.#parts = parts;
    this.reload(parks);
  }

  /** How a call of this scope ends without being sent; null when it may go. */
  stopping(scope: Scope): CallEnd | null {
    const nowMs = this.#parts.clock.nowMs();
    const shortage = this.#parts.shortage?.() ?? null;
    if (shortage !== null) return { kind: 'park', untilMs: nowMs, reason: shortage };
    const fatal = this.#fatals.stopping(scope, nowMs);
    if (fatal) return { kind: 'fail', reason: fatal.reason };
    const park = this.#parks.stopping(scope, nowMs);
    for (const ended of this.#parks.takeEnded(scope, nowMs)) this.#parts.onEnded(ended.scope);
    return park ? { kind: 'park', untilMs: park.untilMs, reason: park.reason } : null;
  }

  /** Holds the scope at once, for the neighbours in this process, and durably, for the next one. */
  async park(scope: Scope, untilMs: number, refused: Refused): Promise<CallEnd> {
    const hold = this.#hold(scope, untilMs, refused);
    this.#parks.add(hold);
    await this.#parts.holds.put(hold, this.#parts.fence);
    return { kind: 'park', untilMs, reason: hold.reason };
  }

  /** Our own count says that a quota is gone: the neighbours need not ask the ledger. It knows, so nothing is kept. */
  spent(scope: Scope, untilMs: number, reason: string): CallEnd {
    this.#parks.add(this.#hold(scope, untilMs, { code: 'SPENT', reason }));
    return { kind: 'park', untilMs, reason };
  }

  /** Starts from what the store has on hold: an operator has changed it. */
  reload(parks: readonly Hold[]): void {
    this.#parks.replace(parks.filter(({ platform }) => platform === this.#parts.name));
    this.#fatals.replace([]);
  }

  fail(fatal: Fatal): CallEnd {
    const reason = `${fatal.reason} (${fatal.code}) ${fatal.advice}`;
    const untilMs = this.#parts.clock.nowMs() + FATAL_HOLD_MS;
    if (fatal.scope) this.#fatals.add(this.#hold(fatal.scope, untilMs, { ...fatal, reason }));
    return { kind: 'fail', reason };
  }

  #hold(scope: Scope, untilMs: number, { code, reason }: Pick<Hold, 'code' | 'reason'>): Hold {
    const { name, clock } = this.#parts;
    return { platform: name, scope, untilMs, code, reason, sinceMs: clock.nowMs() };
  }
}
