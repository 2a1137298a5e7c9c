import { setMaxListeners } from 'node:events';
import type { Scope } from '../src/job/scope';
import { Admission } from '../src/limit/admission';
import { type Budget, drawsOf } from '../src/limit/budget';
import type { CallQueue } from '../src/limit/call-queue';
import { openQueue } from '../src/limit/queue';
import { systemClock } from '../src/time/system-clock';
import type { Reply } from './caller';

/** For how long a platform that refused is left alone: what an ordinary pause of the classifier says. */
const REFUSED_FOR_MS = 1_000;
const PRIORITY = 5;

export interface OffpeakCall {
  readonly scope: Scope;
  /** Whose turn it is: the partition. */
  readonly flow: string;
  call(): Promise<Reply>;
}

/** What a call that waited holds. */
interface Admitted {
  sent(): void;
  release(): void;
}

/** Admission and queue as the engine puts them together, without the store. */
export function openOffpeak(
  budgets: readonly Budget[],
  callsInFlightMax: number,
  queue: Pick<CallQueue, 'run'> = openQueue('bench', callsInFlightMax, systemClock),
): (call: OffpeakCall) => Promise<void> {
  const admission = new Admission({ clock: systemClock, fullAtMs: -Infinity, callsInFlightMax });
  const signal = endlessSignal();
  return async ({ scope, flow, call }) => {
    const draws = drawsOf(budgets, scope);
    const answer = await admission.admit({ scope, draws, flow, priority: PRIORITY, signal });
    if (answer.kind !== 'permit') throw new Error(`the admission answered ${answer.kind}`);
    const { permit } = answer;
    await queue.run(async () => {
      permit.sent();
      try {
        const { refused, roundTripMs } = await call();
        if (refused) admission.refused(permit, draws, { scope, forMs: REFUSED_FOR_MS, reason: 'HTTP 429' });
        else permit.heard({ roundTripMs, ok: true });
      } finally {
        permit.release();
      }
    }, PRIORITY);
  };
}

/** Never aborts; every call that waits listens to it. */
function endlessSignal(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

/** The admission alone; a flow for each user. */
export function openAdmission(
  callsInFlightMax: number,
): (budgets: readonly Budget[], scope: Scope) => Promise<Admitted> {
  const admission = new Admission({ clock: systemClock, fullAtMs: -Infinity, callsInFlightMax });
  const signal = endlessSignal();
  return async (budgets, scope) => {
    const draws = drawsOf(budgets, scope);
    const answer = await admission.admit({ scope, draws, flow: scope.user ?? '', priority: PRIORITY, signal });
    if (answer.kind !== 'permit') throw new Error(`the admission answered ${answer.kind}`);
    return answer.permit;
  };
}
