import type { Http, HttpResult } from '../src/platform/http';
import type { HttpReply, HttpRequest } from '../src/platform/platform';
import type { Arrival } from '../src/simulation/servers';
import type { Clock } from '../src/time/clock';
import { type DayRule, windowAt } from '../src/time/window';

/** What one vendor allows, and counts by itself. */
export interface Vendor {
  readonly name: string;
  readonly day: DayRule;
  readonly callsPerDay: number;
  readonly callsPerSecond: number;
  /** How long a reply takes after the call has arrived, from and to, ms. */
  readonly latencyMs: readonly [number, number];
}

interface Counts {
  readonly vendor: Vendor;
  dayEndMs: number;
  today: number;
  second: number;
  inSecond: number;
  refused: number;
}

const SECOND_MS = 1_000;
/** The way there, from and to. */
const WAY_MS = [4, 12] as const;

/** Servers with counters of their own, which refuse what is over: they know nothing of what Offpeak counts. */
export class CountingServers implements Http {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onServed: (arrival: Arrival) => void;
  readonly #counts: ReadonlyMap<string, Counts>;

  constructor(parts: {
    clock: Clock;
    random: () => number;
    vendors: readonly Vendor[];
    onServed: (arrival: Arrival) => void;
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#onServed = parts.onServed;
    this.#counts = new Map(
      parts.vendors.map((vendor) => {
        return [vendor.name, { vendor, dayEndMs: -Infinity, today: 0, second: 0, inSecond: 0, refused: 0 }];
      }),
    );
  }

  refused(vendor: string): number {
    return this.#counts.get(vendor)?.refused ?? 0;
  }

  async attempt({ url }: HttpRequest): Promise<HttpResult> {
    const { hostname, pathname, searchParams } = new URL(url);
    const counts = this.#counts.get(hostname.split('.')[0] ?? '');
    if (!counts) throw new TypeError(`no vendor serves ${url}`);
    const wayMs = this.#between(WAY_MS);
    await this.#clock.sleep(wayMs);
    const reply = this.#count(counts);
    const user = searchParams.get('user');
    const { name } = counts.vendor;
    if (reply.status === 200) {
      const scope = { app: name, ...(user !== null && { user }) };
      this.#onServed({ platform: name, job: pathname.slice(1), scope, calls: 1 });
    }
    const workMs = this.#between(counts.vendor.latencyMs);
    await this.#clock.sleep(workMs);
    return { kind: 'reply', reply, replyBytes: 0, durationMs: wayMs + workMs };
  }

  #between([fromMs, toMs]: readonly [number, number]): number {
    return fromMs + (toMs - fromMs) * this.#random();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #count(counts: Counts): HttpReply {
    const nowMs = this.#clock.nowMs();
    const { vendor } = counts;
    if (nowMs >= counts.dayEndMs) {
      counts.dayEndMs = windowAt(vendor.day, 'day', nowMs).endMs;
      counts.today = 0;
    }
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== counts.second) counts.inSecond = 0;
    counts.second = second;
    if (counts.today >= vendor.callsPerDay) return refusal(counts, (counts.dayEndMs - nowMs) / SECOND_MS);
    if (counts.inSecond >= vendor.callsPerSecond) return refusal(counts, 1);
    counts.today += 1;
    counts.inSecond += 1;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"data":{}}' };
  }
}

function refusal(counts: Counts, waitS: number): HttpReply {
  counts.refused += 1;
  return { status: 429, headers: { 'retry-after': String(Math.ceil(waitS)) }, body: '{"message":"too many requests"}' };
}
