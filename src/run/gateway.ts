import { REASON_CHARS_MAX } from '../job/attempt';
import { type Backoff, PAUSE_MS_MAX, type Park, type Pause, type Refused } from '../job/outcome';
import { scopeKey } from '../job/scope';
import type { Draw } from '../limit/budget';
import type { Hold } from '../limit/hold';
import type { LearnedFilter, LearnedStore } from '../limit/learned';
import type { Ledger } from '../limit/ledger';
import type { SpentQuota } from '../limit/quota-counter';
import type { Platform } from '../platform/platform';
import {
  type AttemptParts,
  Attempts,
  type CallContext,
  type CallRequest,
  refusedToken,
  TOLD_WAIT_MS_MIN,
  type Tried,
} from './attempts';
import { Barrier, type BarrierParts } from './barrier';
import type { CallEnd } from './call-end';
import { isLost } from './lost';
import { backoffMs, RETRY_LIMITS, Retries } from './retries';
import { noticeStrangers } from './strangers';
import { UnknownReplies, type UnknownRepliesParts } from './unknown-replies';

export interface GatewayParts extends AttemptParts, Omit<BarrierParts, 'onEnded'>, UnknownRepliesParts {
  readonly learned: LearnedStore;
  readonly ledger: Ledger;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
}

/**
 * The way of every call to one platform: attempt after attempt, what each outcome does to the call and to its neighbours,
 * and when it ends (design: the life of a call).
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #barrier: Barrier;
  readonly #attempts: Attempts;
  readonly #unknown: UnknownReplies;

  /** @param parks what earlier processes left on hold. */
  constructor(parts: GatewayParts, parks: readonly Hold[]) {
    this.#parts = parts;
    // After a reset nobody knows what is left: one call finds out, then more and more follow.
    this.#barrier = new Barrier({ ...parts, onEnded: (scope) => parts.admission.probe(scope) }, parks);
    this.#attempts = new Attempts(parts, this.#barrier);
    this.#unknown = new UnknownReplies(parts);
  }

  get platform(): Platform {
    return this.#parts.platform;
  }

  /** Attempts, waits and renews until the call has an end. Throws only for bugs, a lost lease, and a call that cannot be made. */
  async call(request: CallRequest): Promise<CallEnd> {
    const retries = new Retries();
    const scope = this.platform.scope(request.call);
    const context: Context = { request, scope, retries, nextAttempt: () => retries.nextAttempt() };
    for (;;) {
      const end = await this.#step(context);
      if (end) return end;
    }
  }

  /** Lets what was begun end, drops what waits, and gives the permits at hand back. */
  async close(): Promise<void> {
    const { queue, admission, tokens } = this.#parts;
    await queue.stop();
    await tokens?.close();
    try {
      await this.#keepLearned();
      await this.#unknown.flush();
      await admission.close();
    } catch (thrown) {
      if (!isLost(thrown)) throw thrown; // whoever has the store now counts the permits as used
    }
  }

  /** Ends what another process was killed in. */
  async recoverRenewals(): Promise<void> {
    await this.#parts.tokens?.recover();
  }

  /** Asks again for tokens whose reply was lost. */
  async finishRenewals(): Promise<void> {
    await this.#parts.tokens?.finish();
  }

  /** Writes the replies that no rule knows and that wait for it. */
  async keepUnknown(): Promise<void> {
    await this.#unknown.flush();
  }

  /** A run of the job ended or was put down: what it leaves of the quota, others may use. */
  runEnded(job: string): void {
    this.#parts.shares?.runEnded(job);
  }

  /** An operator says that quotas are back: these holds are left, and what was held goes on with a probe. */
  unpark(holds: readonly Hold[]): void {
    this.#barrier.reload(holds);
    this.#parts.admission.lift();
    this.#parts.admission.probe({});
    this.#parts.shares?.lookAgain();
  }

  /** Takes back what was learned. */
  forget(filter: LearnedFilter): void {
    this.#parts.admission.forget(filter);
  }

  async #step(context: Context): Promise<CallEnd | null> {
    const step = await this.#attempts.make(context);
    switch (step.kind) {
      case 'ended':
        return step.end;
      case 'again':
        return null;
      case 'spent':
        return this.#spent(step, context);
      case 'tried': {
        // It stops the neighbours before it first waits for anything, and so before the permit lets one of them go.
        const reacted = this.#react(step, context);
        step.permit?.release();
        // Beside what the call does next: the neighbours are stopped by then.
        const [end] = await Promise.all([reacted, step.counted, step.unknown && this.#unknown.see(step.unknown)]);
        return end;
      }
    }
  }

  /** What an outcome does to this call and to its neighbours; null when another attempt follows. */
  async #react(tried: Tried, context: Context): Promise<CallEnd | null> {
    const { outcome, draws } = tried;
    if (outcome.readings) this.#parts.admission.read(draws, outcome.readings);
    if (outcome.kind === 'ok') {
      await this.#keepLearned();
      return { kind: 'ok', body: outcome.body };
    }
    const reason = this.words(outcome.reason);
    switch (outcome.kind) {
      case 'pause':
        return this.#pause({ ...outcome, reason }, tried, context);
      case 'backoff':
        return this.#backOff({ ...outcome, reason }, context);
      case 'park':
        return this.#park({ ...outcome, reason }, tried);
      case 'reauth':
        return this.#renew({ ...outcome, reason }, tried, context);
      case 'rewind':
        return { kind: 'rewind', reason };
      case 'fatal':
        // Whoever authorises again puts the new tokens into the source: that is where the next call must look.
        this.#parts.tokens?.forget(context.scope);
        return this.#barrier.fail({ ...outcome, reason });
    }
  }

  async #park(outcome: Park, { draws }: Tried): Promise<CallEnd> {
    const { clock } = this.#parts;
    const { resetGuardMs, reprobeMs } = this.platform;
    const untilMs = outcome.untilMs + resetGuardMs;
    const askAgainAtMs = reprobeMs ? clock.nowMs() + reprobeMs : Infinity;
    const end = await this.#barrier.park(outcome.scope, Math.min(untilMs, askAgainAtMs), outcome);
    await noticeStrangers(this.#parts, draws, outcome);
    return end;
  }

  async #pause(outcome: Pause, { permit, draws }: Tried, { retries }: Context): Promise<CallEnd | null> {
    const { admission, clock } = this.#parts;
    const { scope, forMs, reason } = outcome;
    if (forMs > PAUSE_MS_MAX) return this.#barrier.park(scope, clock.nowMs() + forMs, outcome);
    const pauses = retries.countPause();
    const isHidden = outcome.hidden ?? false;
    const news = { scope, forMs, reason, isHidden, perSecond: outcome.learnedPerSecond };
    if (permit) admission.refused(permit, draws, isHidden ? { ...news, forMs: longer(forMs, pauses) } : news);
    else admission.pause(scope, forMs);
    await this.#keepLearned();
    if (pauses <= RETRY_LIMITS.pausesMax) return null;
    return { kind: 'fail', reason: `still refused after ${RETRY_LIMITS.pausesMax} pauses: ${reason}` };
  }

  async #backOff({ scope, reason, code }: Backoff, { request, retries }: Context): Promise<CallEnd | null> {
    const { admission, clock, random } = this.#parts;
    const failures = retries.countFailure();
    if (failures > RETRY_LIMITS.failuresMax) {
      return { kind: 'fail', reason: `gave up after ${failures} attempts: ${reason} (${code})` };
    }
    const delayMs = backoffMs(failures, random());
    if (scope) admission.pause(scope, delayMs);
    else await clock.sleep(delayMs, request.stop.stopping);
    return request.stop.stopping.aborted ? { kind: 'stop' } : null;
  }

  async #renew({ reason, code }: Refused, { token, draws }: Tried, context: Context): Promise<CallEnd | null> {
    const { tokens } = this.#parts;
    const { scope, retries } = context;
    if (!tokens || token === null || retries.countRenewal() > RETRY_LIMITS.renewalsMax) {
      return { kind: 'fail', reason: `access refused with a fresh token: ${reason} (${code})` };
    }
    // The answer is kept by the token source; the next attempt asks it.
    const answer = await tokens.replace(scope, token);
    if (answer.kind === 'token') return null;
    return this.#react(refusedToken(answer, draws), context);
  }

  /** A window of the ledger is spent. A short wait for a rolling or fixed one is made here; the rest is a park. */
  async #spent({ draw, freeAtMs }: SpentQuota, { request, retries }: Context): Promise<CallEnd | null> {
    const { clock } = this.#parts;
    const waitMs = freeAtMs - clock.nowMs();
    if (!isCivil(draw) && waitMs <= PAUSE_MS_MAX && retries.countPause() <= RETRY_LIMITS.pausesMax) {
      const { onWait, stop } = request;
      if (waitMs >= TOLD_WAIT_MS_MIN) onWait({ waitMs, because: draw.budget.name });
      await clock.sleep(waitMs, stop.stopping);
      return stop.stopping.aborted ? { kind: 'stop' } : null;
    }
    const reason = `${draw.budget.name} of ${draw.budget.limit} is spent (${scopeKey(draw.scope)})`;
    return this.#barrier.spent(draw.scope, freeAtMs, reason);
  }

  /** Nothing waits for what was learned: it is worth having, not worth failing for. */
  async #keepLearned(): Promise<void> {
    const { admission, learned, fence } = this.#parts;
    const news = admission.news();
    if (news.length === 0) return;
    await learned.put(
      news.map((row) => ({ ...row, reason: this.words(row.reason) })),
      fence,
    );
  }

  /** A text that must not be kept as it is. */
  hasSecret(text: string): boolean {
    return this.#parts.vault.isIn(text);
  }

  /** A text that may be kept and shown: without the secrets that are known, and cut. */
  words(text: string): string {
    return this.#parts.vault.scrub(text).slice(0, REASON_CHARS_MAX);
  }
}

interface Context extends CallContext {
  readonly retries: Retries;
}

/** Hidden limits belong to all callers: each refusal of a call doubles its pause, and teaches nothing. */
function longer(forMs: number, pauses: number): number {
  return Math.min(PAUSE_MS_MAX, forMs * 2 ** Math.min(pauses - 1, 8));
}

function isCivil({ budget: { per } }: Draw): boolean {
  return typeof per === 'string' || 'civil' in per;
}
