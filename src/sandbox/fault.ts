import type { Scope } from '../job/scope';
import { chance } from './chance';
import type { PlatformName } from './twins';

/** `reset-…`: the socket is destroyed before the reply, or after half of it. `malformed`: a whole reply of cut JSON. */
export const FAULT_KINDS = [
  'http-500',
  'http-502',
  'http-503',
  'reset-before-reply',
  'reset-mid-reply',
  'malformed',
  'slow-body',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Shares of the admitted calls, 0 to 1, together at most 1. */
export interface FaultRates {
  /** 500, 502 or 503, in equal parts. */
  readonly errorRate: number;
  /** Before the reply or in the middle of it, in equal parts. */
  readonly resetRate: number;
  readonly malformedRate: number;
  readonly slowBodyRate: number;
  /** How long a slow body halts in its middle, ms. */
  readonly slowBodyMs: number;
}

/** Which arrivals a planned fault may hit. Without an api: every metered call, no token request. */
export interface FaultTarget {
  readonly platform?: PlatformName;
  readonly api?: string;
  readonly user?: string;
}

/** What faults need to know of an arrival. */
interface Admitted {
  readonly n: number;
  readonly platform: string;
  readonly api: string;
  readonly scope: Scope;
}

const ERRORS: readonly FaultKind[] = ['http-500', 'http-502', 'http-503'];
const RESETS: readonly FaultKind[] = ['reset-before-reply', 'reset-mid-reply'];

/** Decides which arrivals go wrong: planned ones first, then by chance, the same for the same seed and arrival number. */
export class Faults {
  readonly #seed: string;
  #rates: FaultRates;
  readonly #planned: { left: number; kind: FaultKind; target: FaultTarget }[] = [];

  constructor(seed: string, rates: FaultRates) {
    this.#seed = seed;
    this.#rates = rates;
  }

  get rates(): FaultRates {
    return this.#rates;
  }

  setRates(rates: FaultRates): void {
    this.#rates = rates;
  }

  /** The next `times` arrivals that fit the target fail in this way, whatever the rates. */
  plan(times: number, kind: FaultKind, target: FaultTarget = {}): void {
    if (times > 0) this.#planned.push({ left: times, kind, target });
  }

  /** What goes wrong with this arrival. Token requests go wrong only when planned: chance would lock merchants out. */
  next(arrival: Admitted, metered: boolean): FaultKind | null {
    const at = this.#planned.findIndex(({ target }) => isHit(target, arrival, metered));
    const planned = this.#planned[at];
    if (planned) {
      planned.left -= 1;
      if (planned.left === 0) this.#planned.splice(at, 1);
      return planned.kind;
    }
    return metered ? this.#byChance(arrival.n) : null;
  }

  #byChance(n: number): FaultKind | null {
    const { errorRate, resetRate, malformedRate, slowBodyRate } = this.#rates;
    let roll = chance(this.#seed, `fault/${n}`);
    if (roll < errorRate) return pick(ERRORS, roll / errorRate);
    roll -= errorRate;
    if (roll < resetRate) return pick(RESETS, roll / resetRate);
    roll -= resetRate;
    if (roll < malformedRate) return 'malformed';
    return roll - malformedRate < slowBodyRate ? 'slow-body' : null;
  }
}

function isHit(target: FaultTarget, arrival: Admitted, metered: boolean): boolean {
  if (target.platform !== undefined && target.platform !== arrival.platform) return false;
  if (target.user !== undefined && target.user !== arrival.scope.user) return false;
  return target.api === undefined ? metered : target.api === arrival.api;
}

function pick(kinds: readonly FaultKind[], share: number): FaultKind | null {
  return kinds[Math.floor(share * kinds.length)] ?? null;
}
