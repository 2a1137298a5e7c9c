import { setMaxListeners } from 'node:events';
import type { Costs } from '../../src/job/cost';
import type { Scope } from '../../src/job/scope';
import { Admission, type AdmissionOptions } from '../../src/limit/admission';
import type { Admitted, Permit } from '../../src/limit/admitted';
import { type Budget, drawsOf } from '../../src/limit/budget';
import { type FakeClock, fakeClock } from '../fake-clock';

export const SECOND = { rollingMs: 1_000 };
export const BUDGETS: Budget[] = [
  { name: 'app-qps', limit: 20, per: SECOND, scope: ['app'], source: 'test' },
  { name: 'user-qps', limit: 5, per: SECOND, scope: ['user'], source: 'test' },
  { name: 'in-flight', limit: 3, per: 'in-flight', scope: ['app'], source: 'test' },
];

export interface Ask {
  readonly api?: string;
  readonly flow?: string;
  readonly priority?: number;
  readonly costs?: Costs;
  readonly signal?: AbortSignal;
}

export interface Sent {
  readonly user: string;
  readonly atMs: number;
}

export type Bundle = ReturnType<typeof setup>;

/** An admission of its own, whose calls are of one app. Instants count from its start. */
export function setup({
  budgets = BUDGETS,
  fullAtMs = -Infinity,
  clock = fakeClock(),
  ...options
}: Partial<Omit<AdmissionOptions, 'clock'>> & { budgets?: readonly Budget[]; clock?: FakeClock } = {}) {
  const startMs = clock.monotonicMs();
  const admission = new Admission({ clock, fullAtMs, ...options });
  const sent: Sent[] = [];
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const nowMs = (): number => clock.monotonicMs() - startMs;
  const scopeOf = (user: string, api = 'list'): Scope => ({ app: 'a', user, api });
  const drawsFor = (user: string, api?: string) => drawsOf(budgets, scopeOf(user, api));

  const ask = (user: string, { api, signal = abort.signal, ...rest }: Ask = {}): Promise<Admitted> =>
    admission.admit({ scope: scopeOf(user, api), draws: drawsFor(user, api), flow: user, signal, ...rest });

  /** A permit that must come, stamped. */
  const permit = async (user: string, how?: Ask): Promise<Permit> => {
    const admitted = await ask(user, how);
    if (admitted.kind !== 'permit') throw new Error(`no permit: ${admitted.kind}`);
    admitted.permit.sent();
    sent.push({ user, atMs: nowMs() });
    return admitted.permit;
  };

  /** A call that is in flight for so long, and served. */
  const send = async (user: string, { holdMs = 0, ...how }: Ask & { holdMs?: number } = {}): Promise<void> => {
    const held = await permit(user, how);
    if (holdMs > 0) await clock.sleep(holdMs);
    held.heard({ roundTripMs: holdMs, ok: true });
    held.release();
  };

  const atOf = (user: string): number[] => sent.filter((call) => call.user === user).map(({ atMs }) => atMs);
  const mostIn = (spanMs: number, user?: string): number => {
    const times = user === undefined ? sent.map(({ atMs }) => atMs) : atOf(user);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + spanMs).length));
  };
  const waitOf = (user: string, costs: Costs = {}) =>
    admission.waitOf({ scope: scopeOf(user), draws: drawsFor(user), costs });
  return { clock, admission, ask, permit, send, sent, atOf, mostIn, waitOf, nowMs, drawsFor, scopeOf, abort };
}

/** A short budget of its own scope. */
export function qps(name: string, limit: number, parts: Partial<Budget> = {}): Budget {
  return { name, limit, per: SECOND, scope: ['app'], source: 'test', ...parts };
}

export function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
