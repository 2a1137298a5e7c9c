import { type AttemptRecord, type Drawn, REASON_CHARS_MAX } from '../job/attempt';
import { type Backoff, type Outcome, PAUSE_MS_MAX, type Pause, type Refused } from '../job/outcome';
import { type Scope, scopeKey } from '../job/scope';
import type { Admission, Permit } from '../limit/admission';
import { type Draw, drawsOf } from '../limit/budget';
import type { CallQueue } from '../limit/call-queue';
import type { Hold } from '../limit/hold';
import type { Ledger, LedgerDraw } from '../limit/ledger';
import { ledgerDraws } from '../limit/quota';
import type { Http } from '../platform/http';
import type { HttpRequest, Platform, PlatformCall } from '../platform/platform';
import type { SecretVault } from '../secrets';
import { nextResetMs } from '../time/window';
import { Barrier, type BarrierParts } from './barrier';
import type { CallEnd } from './call-end';
import { backoffMs, RETRY_LIMITS, Retries } from './retries';
import { attemptRecord, type Sent } from './sent';
import type { Stop } from './stop';
import type { Tally } from './tally';
import type { Tokens } from './tokens';

export interface GatewayParts extends BarrierParts {
  readonly platform: Platform;
  readonly admission: Admission;
  readonly queue: CallQueue;
  readonly ledger: Ledger;
  readonly http: Http;
  /** Null for platforms without access tokens. */
  readonly tokens: Tokens | null;
  readonly vault: SecretVault;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
}

export interface CallRequest {
  readonly call: PlatformCall;
  readonly tally: Tally;
  readonly stop: Stop;
  readonly onAttempt: (attempt: AttemptRecord) => void;
}

/**
 * The way of every call to one platform: holds, admission, the durable draw on the ledger, the queue, one attempt, what
 * its reply means, and what that does to the neighbours (design: the life of a call).
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #barrier: Barrier;

  /** @param parks what earlier processes left on hold. */
  constructor(parts: GatewayParts, parks: readonly Hold[]) {
    this.#parts = parts;
    this.#barrier = new Barrier(parts, parks);
  }

  get platform(): Platform {
    return this.#parts.platform;
  }

  /** Attempts, waits and renews until the call has an end. Throws only for bugs, a lost lease, and a call that cannot be made. */
  async call(request: CallRequest): Promise<CallEnd> {
    const context: Context = { request, scope: this.platform.scope(request.call), retries: new Retries() };
    for (;;) {
      const step = await this.#attempt(context);
      const end = step.end ?? (await this.#react(step, context));
      if (end) return end;
    }
  }

  /** Lets what was begun end, and drops what waits. */
  close(): Promise<void> {
    return this.#parts.queue.stop();
  }

  async #attempt({ request, scope, retries }: Context): Promise<Step> {
    const { admission, tokens } = this.#parts;
    const held = this.#barrier.stopping(scope);
    if (held) return { end: held };
    const token = await tokens?.current(scope);
    if (token && token.kind !== 'token') return { outcome: token, token: null };

    const draws = drawsOf(this.platform.budgets, scope);
    const permit = await admission.admit({ scope, draws, signal: request.stop.stopping });
    if (!permit) return STOPPED;
    try {
      // A neighbour may have been refused while this call waited: it must not walk into the same wall.
      const heldMeanwhile = this.#barrier.stopping(scope);
      if (heldMeanwhile) return { end: heldMeanwhile };
      const accessToken = token?.value ?? null;
      return await this.#send({ request, scope, draws, permit, accessToken, attempt: retries.nextAttempt() });
    } finally {
      permit.release();
    }
  }

  async #send(send: Send): Promise<Step> {
    const { platform, ledger, vault, clock, name, fence, queue } = this.#parts;
    const { request, draws, accessToken } = send;
    const nowMs = clock.nowMs();
    const message = platform.request(request.call, { reveal: (ref) => vault.reveal(ref), accessToken, nowMs });
    const asked = { platform: name, draws: ledgerDraws(draws, platform, nowMs), fence, nowMs };
    const reservation = await ledger.reserve(asked);
    if (reservation.kind === 'spent') return { end: this.#spentEnd(reservation.draw) };
    const { drawn } = reservation;
    let put: Sent | Ended;
    try {
      put = await queue.run(() => this.#put(message, send), PRIORITY);
    } catch (thrown) {
      await this.#giveBack(drawn);
      if (request.stop.stopping.aborted) return STOPPED; // the queue was closed over it
      throw thrown;
    }
    if ('result' in put) return this.#read(put, drawn, send);
    await this.#giveBack(drawn);
    return put;
  }

  /** The attempt itself: the permit is stamped as late as can be. */
  async #put(message: HttpRequest, { request, scope, permit }: Send): Promise<Sent | Ended> {
    const { http, clock, platform } = this.#parts;
    // The last look before it leaves: it may have waited for its place in the queue.
    if (request.stop.stopping.aborted) return STOPPED;
    const held = this.#barrier.stopping(scope);
    if (held) return { end: held };
    permit.sent();
    const sentAtMs = clock.nowMs();
    const result = await http.attempt(message, { origins: platform.origins, signal: request.stop.deadline });
    return { sentAtMs, result };
  }

  async #read(sent: Sent, drawn: readonly Drawn[], send: Send): Promise<Step> {
    const { request, scope, attempt, accessToken } = send;
    const { result } = sent;
    if (result.kind === 'failure' && !result.sent) await this.#giveBack(drawn);
    else request.tally.spend(drawn);
    const outcome = this.#meaning(sent, scope);
    const record = attemptRecord(sent, {
      platform: this.#parts.name,
      api: request.call.api,
      scopeKey: scopeKey(scope),
      attempt,
      outcome,
      reason: outcome.kind === 'ok' ? null : this.words(outcome.reason),
    });
    request.tally.add(record);
    request.onAttempt(record);
    return { outcome, token: accessToken };
  }

  /** Draws of an attempt that was never made. At once: kept until the page is committed, an outage would use up the day. */
  async #giveBack(drawn: readonly Drawn[]): Promise<void> {
    const { ledger, fence } = this.#parts;
    if (drawn.length > 0) await ledger.settle({ used: [], unsent: drawn, fence });
  }

  #meaning({ result, sentAtMs }: Sent, scope: Scope): Outcome {
    if (result.kind === 'failure') return { kind: 'backoff', scope: null, code: result.code, reason: result.reason };
    return this.platform.classify(result.reply, { scope, nowMs: this.#countedAtMs(sentAtMs) });
  }

  /**
   * When the platform may have counted a call at the earliest, if that was before a reset: a refusal that was on its way
   * over the reset, or that comes from a clock behind ours, concerns the day that is over and must not cost the new one.
   */
  #countedAtMs(sentAtMs: number): number {
    const { day, resetGuardMs } = this.platform;
    const nowMs = this.#parts.clock.nowMs();
    const earliestMs = sentAtMs - resetGuardMs;
    return nextResetMs(day, earliestMs) <= nowMs ? earliestMs : nowMs;
  }

  /** What an outcome does to this call and to its neighbours; null when another attempt follows. */
  async #react({ outcome, token }: Tried, context: Context): Promise<CallEnd | null> {
    if (outcome.kind === 'ok') return { kind: 'ok', body: outcome.body };
    const reason = this.words(outcome.reason);
    switch (outcome.kind) {
      case 'pause':
        return this.#pause({ ...outcome, reason }, context);
      case 'backoff':
        return this.#backOff({ ...outcome, reason }, context);
      case 'park':
        return this.#barrier.park(outcome.scope, outcome.untilMs + this.platform.resetGuardMs, { ...outcome, reason });
      case 'reauth':
        return this.#renew({ ...outcome, reason }, token, context);
      case 'rewind':
        return { kind: 'rewind', reason };
      case 'fatal':
        // Whoever authorises again puts the new tokens into the source: that is where the next call must look.
        this.#parts.tokens?.forget(context.scope);
        return this.#barrier.fail({ ...outcome, reason });
    }
  }

  async #pause(outcome: Pause, { scope, retries }: Context): Promise<CallEnd | null> {
    const { admission, clock } = this.#parts;
    if (outcome.forMs > PAUSE_MS_MAX) return this.#barrier.park(outcome.scope, clock.nowMs() + outcome.forMs, outcome);
    admission.pause(outcome.scope, outcome.forMs);
    if (outcome.learnedPerSecond !== undefined) {
      admission.learn(drawsOf(this.platform.budgets, scope), outcome.scope, outcome.learnedPerSecond);
    }
    if (retries.countPause() <= RETRY_LIMITS.pausesMax) return null;
    return { kind: 'fail', reason: `still refused after ${RETRY_LIMITS.pausesMax} pauses: ${outcome.reason}` };
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

  async #renew({ reason, code }: Refused, refused: string | null, context: Context): Promise<CallEnd | null> {
    const { tokens } = this.#parts;
    const { scope, retries } = context;
    if (!tokens || refused === null || retries.countRenewal() > RETRY_LIMITS.renewalsMax) {
      return { kind: 'fail', reason: `access refused with a fresh token: ${reason} (${code})` };
    }
    // The answer is kept by the token source; the next attempt asks it.
    const answer = await tokens.replace(scope, refused);
    return answer.kind === 'token' ? null : this.#react({ outcome: answer, token: null }, context);
  }

  #spentEnd({ draw, window }: LedgerDraw): CallEnd {
    const reason = `${draw.budget.name} of ${draw.budget.limit} is spent (${scopeKey(draw.scope)})`;
    return { kind: 'park', untilMs: window.endMs + this.platform.resetGuardMs, reason };
  }

  /** A text that may be kept and shown: without the secrets that are known, and cut. */
  words(text: string): string {
    return this.#parts.vault.scrub(text).slice(0, REASON_CHARS_MAX);
  }
}

/** All calls wait alike for now; Bottleneck's own default. */
const PRIORITY = 5;

/** One call on its way through attempts. */
interface Context {
  readonly request: CallRequest;
  readonly scope: Scope;
  readonly retries: Retries;
}

interface Send {
  readonly request: CallRequest;
  readonly scope: Scope;
  readonly draws: readonly Draw[];
  readonly permit: Permit;
  readonly accessToken: string | null;
  readonly attempt: number;
}

/** An attempt with a meaning, and the token that it used. */
interface Tried {
  readonly end?: undefined;
  readonly outcome: Outcome;
  readonly token: string | null;
}

interface Ended {
  readonly end: CallEnd;
}

const STOPPED: Ended = { end: { kind: 'stop' } };

type Step = Tried | Ended;
