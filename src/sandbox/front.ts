import type { Clock } from '../time/clock';
import type { Answer, Received } from './answer';
import type { Arrival } from './arrival';
import { chance, chanceWithin } from './chance';
import type { Delivery } from './delivery';
import type { Faults } from './fault';
import type { ArrivalLedger } from './ledger';
import type { PlatformName } from './twins';

/** The way of every request: number it, let the platform answer, spoil the reply if it is its turn, write it down. */
export class Front {
  readonly #clock: Clock;
  readonly #seed: string;
  readonly #spreadMs: number;
  readonly #latencyMs: readonly [number, number];
  readonly #ledger: ArrivalLedger;
  readonly #faults: Faults;
  /** Requests that set out; those that arrive are numbered by the ledger, and may have overtaken others. */
  #setOut = 0;

  constructor(parts: {
    clock: Clock;
    seed: string;
    spreadMs: number;
    latencyMs: readonly [number, number];
    ledger: ArrivalLedger;
    faults: Faults;
  }) {
    this.#clock = parts.clock;
    this.#seed = parts.seed;
    this.#spreadMs = parts.spreadMs;
    this.#latencyMs = parts.latencyMs;
    this.#ledger = parts.ledger;
    this.#faults = parts.faults;
  }

  /** How long the next request is on its way. */
  wayMs(): number {
    this.#setOut += 1;
    return chance(this.#seed, `spread/${this.#setOut}`) * this.#spreadMs;
  }

  /** Counted here, at once, before any latency: limits count arrivals, not replies. */
  receive(
    platform: PlatformName,
    answer: (request: Received) => Answer,
    request: Omit<Received, 'n' | 'atMs' | 'monotonicMs'>,
  ): Delivery {
    const arrived = { n: this.#ledger.number(), atMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() };
    const reply = answer({ ...request, ...arrived });
    const { finding, metered } = reply;
    const base = { ...arrived, platform, ...finding };
    // Only what the platform would have answered can be spoiled: a refusal is always told.
    const isAdmitted = finding.verdict === 'served' || finding.verdict === 'invalid';
    const fault = isAdmitted ? this.#faults.next(base, metered) : null;
    this.#ledger.record(spoil({ ...base, fault }));
    return {
      status: reply.status,
      ...written(reply),
      headers: reply.headers ?? {},
      latencyMs: reply.latencyMs ?? chanceWithin(this.#seed, `latency/${arrived.n}`, this.#latencyMs),
      fault,
      slowBodyMs: this.#faults.rates.slowBodyMs,
      ended: () => reply.ended?.(),
    };
  }
}

function written({ body, contentType }: Answer): { text: string; contentType: string } {
  if (typeof body === 'string') return { text: body, contentType: contentType ?? 'text/plain;charset=utf-8' };
  return { text: JSON.stringify(body), contentType: contentType ?? 'application/json;charset=utf-8' };
}

function spoil(arrival: Arrival): Arrival {
  const isWhole = arrival.fault === null || arrival.fault === 'slow-body';
  return isWhole ? arrival : { ...arrival, verdict: 'fault', recordCount: 0 };
}
