import type { Outcome } from '../job/outcome';
import type { Scope } from '../job/scope';
import type { Http, HttpResult } from '../platform/http';
import type { HttpRequest, Platform, PlatformCall } from '../platform/platform';
import type { Clock } from '../time/clock';
import { CALLS, type Scale, scaledBudgets } from './scale';
import { simulatedApi, type Work } from './work';

/** A call that arrives: it may stand for several. */
export interface Arrival {
  readonly platform: string;
  readonly job: string;
  readonly scope: Scope;
  readonly calls: number;
}

interface Served {
  readonly job: string;
  readonly scope: Scope;
  readonly callMs: number;
}

const ORIGIN = 'http://simulated';
const OK: Outcome = { kind: 'ok', body: null };
const REPLY = { status: 200, headers: {}, body: '' };

/** Servers that answer every call well, after the time that calls of its job take. They count nothing: our ledger does. */
export class SimulatedServers implements Http {
  readonly #clock: Clock;
  readonly #onArrival: (arrival: Arrival) => void;
  /** By the API name that the simulated job asks with. */
  readonly #served = new Map<string, Served>();
  readonly #underWay = new WeakMap<HttpRequest, { readonly platform: string; readonly call: PlatformCall }>();

  constructor(clock: Clock, works: readonly Work[], onArrival: (arrival: Arrival) => void) {
    this.#clock = clock;
    this.#onArrival = onArrival;
    for (const { job, scopes, callMs } of works) {
      for (const [at, { of }] of scopes.entries()) {
        this.#served.set(simulatedApi(job.name, at), { job: job.name, scope: of, callMs });
      }
    }
  }

  /** The real one's budgets and days; what it asks and how it is understood are replaced. */
  platform(name: string, real: Platform, scale: Scale): Platform {
    return {
      vendor: real.vendor,
      origins: [ORIGIN],
      day: real.day,
      resetGuardMs: real.resetGuardMs,
      budgets: scaledBudgets(real.budgets, scale),
      secrets: [],
      tokens: null,
      scope: (call) => this.#scopeOf(call),
      request: (call) => {
        const request: HttpRequest = { method: 'GET', url: ORIGIN, headers: {}, body: null };
        this.#underWay.set(request, { platform: name, call });
        return request;
      },
      classify: () => OK,
    };
  }

  async attempt(request: HttpRequest): Promise<HttpResult> {
    const sent = this.#underWay.get(request);
    const served = sent && this.#served.get(sent.call.api);
    if (!sent || !served) throw new TypeError('a request that no simulated platform made');
    const { platform, call } = sent;
    const calls = call.cost?.[CALLS] ?? 1;
    this.#onArrival({ platform, job: served.job, scope: this.#scopeOf(call), calls });
    const durationMs = calls * served.callMs;
    await this.#clock.sleep(durationMs);
    return { kind: 'reply', reply: REPLY, replyBytes: 0, durationMs };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #scopeOf({ api, scope }: PlatformCall): Scope {
    return { ...this.#served.get(api)?.scope, ...scope };
  }
}
