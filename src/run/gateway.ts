import { type AttemptRecord, type Drawn, REASON_CHARS_MAX } from '../job/attempt';
import type { Backoff, Outcome, Pause, Refused } from '../job/outcome';
import { pickScope, type Scope, scopeKey } from '../job/scope';
import type { Admission, Permit } from '../limit/admission';
import { type Draw, drawsOf } from '../limit/budget';
import type { CallQueue } from '../limit/call-queue';
import { type Hold, type HoldStore, Holds } from '../limit/hold';
import type { Ledger, LedgerDraw } from '../limit/ledger';
import { ledgerDraws } from '../limit/quota';
import type { Http, HttpResult } from '../platform/http';
import type { HttpRequest, Platform, PlatformCall } from '../platform/platform';
import type { SecretVault } from '../secrets';
import type { Clock } from '../time/clock';
import { backoffMs, RETRY_LIMITS, Retries } from './retries';
import type { Stop } from './stop';
import type { Tally } from './tally';
import type { Tokens } from './tokens';

/** A pause that is longer holds a place in a run for nothing: it becomes a park. */
const PAUSE_MS_MAX = 5 * 60_000;

/** How long a refusal that no wait can cure keeps the neighbours in its scope from asking the same again. */
const FATAL_HOLD_MS = 5 * 60_000;

export interface GatewayParts {
  /** The platform's name in the config. */
  readonly name: string;
  readonly platform: Platform;
  readonly admission: Admission;
  readonly queue: CallQueue;
  readonly ledger: Ledger;
  readonly holds: HoldStore;
  readonly http: Http;
  /** Null for platforms without access tokens. */
  readonly tokens: Tokens | null;
  readonly vault: SecretVault;
  readonly clock: Clock;
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
  readonly fence: number;
}

export interface CallRequest {
  readonly call: PlatformCall;
  readonly tally: Tally;
  readonly stop: Stop;
  readonly onAttempt: (attempt: AttemptRecord) => void;
}

/** How a call ended. */
export type CallEnd =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'park'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'rewind'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'stop' };

/**
 * The way of every call to one platform: holds, admission, the durable draw on the ledger, the queue, one attempt, what
 * its reply means, and what that does to the neighbours (design: the life of a call).
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #parks = new Holds();
  readonly #fatals = new Holds();

  /** @param parks what earlier processes left on hold. */
  constructor(parts: GatewayParts, parks: readonly Hold[]) {
    this.#parts = parts;
    for (const hold of parks) if (hold.platform === parts.name) this.#parks.add(hold);
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
    const { admission } = this.#parts;
    const held = this.#heldEnd(scope);
    if (held) return { end: held };
    const token = await this.#token(scope);
    if (token.kind !== 'token' && token.kind !== 'none') return { outcome: token, token: null };

    const draws = drawsOf(this.platform.budgets, scope);
    const permit = await admission.admit({ scope, draws, signal: request.stop.stopping });
    if (!permit) return { end: { kind: 'stop' } };
    try {
      // A neighbour may have been refused while this call waited: it must not walk into the same wall.
      const heldMeanwhile = this.#heldEnd(scope);
      if (heldMeanwhile) return { end: heldMeanwhile };
      const accessToken = token.kind === 'token' ? token.value : null;
      return await this.#send({ request, scope, draws, permit, accessToken, attempt: retries.nextAttempt() });
    } finally {
      permit.release();
    }
  }

  async #send(send: Send): Promise<Step> {
    const { platform, ledger, vault, clock, name, fence, queue } = this.#parts;
    const { request, scope, draws, permit, accessToken } = send;
    const nowMs = clock.nowMs();
    const message = platform.request(request.call, { reveal: (ref) => vault.reveal(ref), accessToken, nowMs });
    const reservation = await ledger.reserve({
      platform: name,
      draws: ledgerDraws(draws, platform, nowMs),
      fence,
      nowMs,
    });
    if (reservation.kind === 'spent') return { end: this.#spentEnd(reservation.draw) };

    const sent = await queue
      .run(() => this.#put(message, permit, request.stop), PRIORITY)
      .catch((thrown: unknown) => {
        request.tally.giveBack(reservation.drawn);
        if (request.stop.stopping.aborted) return null; // the queue was closed over it
        throw thrown;
      });
    if (!sent) return { end: { kind: 'stop' } };
    const outcome = this.#meaning(sent.result, scope);
    this.#log({ send, sent, outcome, drawn: reservation.drawn });
    return { outcome, token: accessToken };
  }

  /** The attempt itself: the permit is stamped as late as can be. */
  async #put(message: HttpRequest, permit: Permit, stop: Stop): Promise<Sent> {
    const { http, clock, platform } = this.#parts;
    permit.sent();
    const sentAtMs = clock.nowMs();
    const result = await http.attempt(message, { origins: platform.origins, signal: stop.deadline });
    return { sentAtMs, result };
  }

  #meaning(result: HttpResult, scope: Scope): Outcome {
    if (result.kind === 'failure') return { kind: 'backoff', scope: null, code: result.code, reason: result.reason };
    return this.platform.classify(result.reply, { scope, nowMs: this.#parts.clock.nowMs() });
  }

  #log({ send, sent, outcome, drawn }: { send: Send; sent: Sent; outcome: Outcome; drawn: readonly Drawn[] }): void {
    const { result } = sent;
    const refused = outcome.kind === 'ok' ? null : outcome;
    const attempt: AttemptRecord = {
      platform: this.#parts.name,
      api: send.request.call.api,
      scopeKey: scopeKey(send.scope),
      attempt: send.attempt,
      sentAtMs: sent.sentAtMs,
      durationMs: Math.round(result.durationMs),
      status: result.kind === 'reply' ? result.reply.status : null,
      replyBytes: result.kind === 'reply' ? result.replyBytes : 0,
      outcome: outcome.kind,
      code: refused?.code ?? null,
      reason: refused ? this.#words(refused.reason) : null,
    };
    const left = result.kind === 'failure' && !result.sent ? 'unsent' : 'sent';
    send.request.tally.add({ drawn, sent: left, attempt });
    send.request.onAttempt(attempt);
  }

  /** What an outcome does to this call and to its neighbours; null when another attempt follows. */
  async #react(step: Tried, context: Context): Promise<CallEnd | null> {
    const { outcome } = step;
    switch (outcome.kind) {
      case 'ok':
        return { kind: 'ok', body: outcome.body };
      case 'pause':
        return this.#pause(outcome, context);
      case 'backoff':
        return this.#backOff(outcome, context);
      case 'park':
        return this.#park(outcome.scope, outcome.untilMs + this.platform.resetGuardMs, outcome);
      case 'reauth':
        return this.#renew(outcome, step.token, context);
      case 'rewind':
        return { kind: 'rewind', reason: this.#words(outcome.reason) };
      case 'fatal':
        if (outcome.scope)
          this.#fatals.add(this.#hold(outcome.scope, this.#parts.clock.nowMs() + FATAL_HOLD_MS, outcome));
        return { kind: 'fail', reason: `${this.#words(outcome.reason)} (${outcome.code}) ${outcome.advice}` };
    }
  }

  async #pause(outcome: Pause, { scope, retries }: Context): Promise<CallEnd | null> {
    const { admission, clock } = this.#parts;
    if (outcome.forMs > PAUSE_MS_MAX) return this.#park(outcome.scope, clock.nowMs() + outcome.forMs, outcome);
    admission.pause(outcome.scope, outcome.forMs);
    if (outcome.learnedPerSecond !== undefined) {
      admission.learn(drawsOf(this.platform.budgets, scope), outcome.scope, outcome.learnedPerSecond);
    }
    if (retries.countPause() <= RETRY_LIMITS.pausesMax) return null;
    return {
      kind: 'fail',
      reason: `still refused after ${RETRY_LIMITS.pausesMax} pauses: ${this.#words(outcome.reason)}`,
    };
  }

  async #backOff(outcome: Backoff, { request, retries }: Context): Promise<CallEnd | null> {
    const { admission, clock, random } = this.#parts;
    const failures = retries.countFailure();
    if (failures > RETRY_LIMITS.failuresMax) {
      return {
        kind: 'fail',
        reason: `gave up after ${failures} attempts: ${this.#words(outcome.reason)} (${outcome.code})`,
      };
    }
    const delayMs = backoffMs(failures, random());
    if (outcome.scope) admission.pause(outcome.scope, delayMs);
    else await clock.sleep(delayMs, request.stop.stopping);
    return request.stop.stopping.aborted ? { kind: 'stop' } : null;
  }

  /** Holds the scope at once, for the neighbours in this process, and durably, for the next one. */
  async #park(scope: Scope, untilMs: number, refused: Refused): Promise<CallEnd> {
    const hold = this.#hold(scope, untilMs, refused);
    this.#parks.add(hold);
    await this.#parts.holds.put(hold, this.#parts.fence);
    return { kind: 'park', untilMs, reason: hold.reason };
  }

  async #renew(outcome: Refused, refused: string | null, context: Context): Promise<CallEnd | null> {
    const { tokens } = this.#parts;
    const { scope, retries } = context;
    const owner = this.#owner(scope);
    if (!tokens || owner === null || refused === null || retries.countRenewal() > RETRY_LIMITS.renewalsMax) {
      return {
        kind: 'fail',
        reason: `access refused with a fresh token: ${this.#words(outcome.reason)} (${outcome.code})`,
      };
    }
    // The answer is kept by the token source; the next attempt asks it.
    const answer = await tokens.replace({ owner, scope: this.#ownerScope(scope), refused });
    return answer.kind === 'token' ? null : this.#react({ outcome: answer, token: null }, context);
  }

  async #token(scope: Scope): Promise<{ kind: 'none' } | { kind: 'token'; value: string } | Refused> {
    const owner = this.#owner(scope);
    if (!this.#parts.tokens || owner === null) return { kind: 'none' };
    return this.#parts.tokens.current(owner, this.#ownerScope(scope));
  }

  #owner(scope: Scope): string | null {
    const rules = this.platform.tokens;
    return rules ? (scope[rules.owner] ?? null) : null;
  }

  #ownerScope(scope: Scope): Scope {
    const rules = this.platform.tokens;
    return rules ? pickScope(scope, ['app', rules.owner]) : {};
  }

  #heldEnd(scope: Scope): CallEnd | null {
    const nowMs = this.#parts.clock.nowMs();
    const fatal = this.#fatals.stopping(scope, nowMs);
    if (fatal) return { kind: 'fail', reason: fatal.reason };
    const park = this.#parks.stopping(scope, nowMs);
    return park ? { kind: 'park', untilMs: park.untilMs, reason: park.reason } : null;
  }

  #spentEnd({ draw, window }: LedgerDraw): CallEnd {
    const { platform } = this.#parts;
    const untilMs = window.endMs + platform.resetGuardMs;
    return {
      kind: 'park',
      untilMs,
      reason: `${draw.budget.name} of ${draw.budget.limit} is spent (${scopeKey(draw.scope)})`,
    };
  }

  #hold(scope: Scope, untilMs: number, { code, reason }: Refused): Hold {
    const { name, clock } = this.#parts;
    return { platform: name, scope, untilMs, code, reason: this.#words(reason), sinceMs: clock.nowMs() };
  }

  #words(text: string): string {
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

interface Sent {
  readonly sentAtMs: number;
  readonly result: HttpResult;
}

/** An attempt with a meaning, and the token that it used. */
interface Tried {
  readonly end?: undefined;
  readonly outcome: Outcome;
  readonly token: string | null;
}

type Step = Tried | { readonly end: CallEnd };
