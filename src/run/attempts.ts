import { OffpeakError } from '../errors';
import type { AttemptRecord } from '../job/attempt';
import type { Costs } from '../job/cost';
import type { Outcome, Refused } from '../job/outcome';
import { type Scope, scopeKey } from '../job/scope';
import type { UnknownReply } from '../job/unknown-reply';
import type { Admission } from '../limit/admission';
import type { Permit } from '../limit/admitted';
import { type Draw, drawsOf } from '../limit/budget';
import type { CallQueue } from '../limit/call-queue';
import type { SpentQuota } from '../limit/quota-counter';
import { estimateOf } from '../platform/cost';
import type { Http } from '../platform/http';
import type { HttpReply, HttpRequest, Platform, PlatformCall } from '../platform/platform';
import type { SecretVault } from '../secrets';
import type { Clock } from '../time/clock';
import { type WindowSpan, windowAt } from '../time/window';
import type { Barrier } from './barrier';
import type { CallEnd } from './call-end';
import type { HeldLease } from './held-lease';
import { attemptRecord, failureMeaning, type Sent } from './sent';
import type { Asker, ShareKeeper } from './share-keeper';
import type { Stop } from './stop';
import type { Tally } from './tally';
import type { Tokens } from './tokens';
import { unknownReply } from './unknown';
import { readWithoutSecrets } from './without-secrets';

export interface AttemptParts {
  /** The platform's name in the config. */
  readonly name: string;
  readonly platform: Platform;
  readonly admission: Admission;
  readonly queue: CallQueue;
  readonly http: Http;
  readonly lease: Pick<HeldLease, 'isSure' | 'confirm'>;
  /** Null for platforms without access tokens. */
  readonly tokens: Tokens | null;
  readonly vault: SecretVault;
  readonly clock: Clock;
  /** Null for platforms without a quota that jobs could share. */
  readonly shares: ShareKeeper | null;
}

export interface CallRequest {
  readonly call: PlatformCall;
  /** Whose share of the quota it draws on; null for a call of no job. */
  readonly asker: Asker | null;
  /** Whose call it is: flows take turns. */
  readonly flow: string;
  /** 0 to 9, lower goes first. */
  readonly priority: number;
  readonly tally: Tally;
  readonly stop: Stop;
  readonly onAttempt: (attempt: AttemptRecord) => void;
  /** Told before a wait that is worth mentioning, with what it is for. */
  readonly onWait: (wait: { waitMs: number; because: string }) => void;
}

/** Shorter waits are not worth a word. */
export const TOLD_WAIT_MS_MIN = 1_000;

/** An attempt with a meaning. */
export interface Tried {
  readonly kind: 'tried';
  readonly outcome: Outcome;
  /** The token that it used. */
  readonly token: string | null;
  /** To be released by whoever is handed this. Null where the attempt was not made. */
  readonly permit: Permit | null;
  readonly draws: readonly Draw[];
  /** Set where no rule knows the reply. */
  readonly unknown: UnknownReply | null;
  /** Resolves when the call is counted by the platform's own time, too; rejects as the ledger does. */
  readonly counted: Promise<void>;
}

export type Step =
  | Tried
  | { readonly kind: 'ended'; readonly end: CallEnd }
  /** A quota is gone, as the ledger counts. */
  | ({ readonly kind: 'spent' } & SpentQuota)
  /** Its scope was paused before it left, or it was held up for too long: it must ask for admission again. */
  | { readonly kind: 'again' };

/**
 * A call that got no token. The reply to a renewal is never kept, known or not: it may hold new tokens, which nothing could
 * scrub yet.
 */
export function refusedToken(outcome: Refused, draws: readonly Draw[]): Tried {
  return { kind: 'tried', outcome, token: null, permit: null, draws, unknown: null, counted: Promise.resolve() };
}

const STOPPED: Step = { kind: 'ended', end: { kind: 'stop' } };
const AGAIN: Step = { kind: 'again' };

/** One call on its way through its attempts. */
export interface CallContext {
  readonly request: CallRequest;
  readonly scope: Scope;
  readonly nextAttempt: () => number;
}

interface Send extends CallContext {
  readonly draws: readonly Draw[];
  readonly permit: Permit;
  readonly accessToken: string | null;
}

/** Single attempts at one platform: admission with its durable permits, the queue, the request, and what its reply means. */
export class Attempts {
  readonly #parts: AttemptParts;
  readonly #barrier: Barrier;
  /** The quota day of the last attempt: zone arithmetic is dear. */
  #day: Pick<WindowSpan, 'startMs' | 'endMs'> = { startMs: Infinity, endMs: -Infinity };

  constructor(parts: AttemptParts, barrier: Barrier) {
    this.#parts = parts;
    this.#barrier = barrier;
  }

  async make(context: CallContext): Promise<Step> {
    const { shares, lease } = this.#parts;
    const { asker } = context.request;
    if (!lease.isSure) await lease.confirm();
    const held = this.#barrier.stopping(context.scope);
    if (held) return { kind: 'ended', end: held };
    if (!asker || !shares?.covers(asker)) return this.#make(context);
    const share = await shares.take(asker);
    if (share.kind === 'park') return { kind: 'ended', end: share };
    return this.#make(context).finally(share.end);
  }

  async #make(context: CallContext): Promise<Step> {
    const { admission, tokens, platform } = this.#parts;
    const { request, scope, nextAttempt } = context;
    const token = await tokens?.current(scope);
    this.#assertNamesNoSecret(context);
    const draws = drawsOf(platform.budgets, scope);
    if (token && token.kind !== 'token') return refusedToken(token, draws);

    const { call, flow, priority, stop } = request;
    const asked = { scope, draws, costs: estimateOf(platform, call), flow, priority, signal: stop.stopping };
    this.#tellWait(asked, request);
    const admitted = await admission.admit(asked);
    switch (admitted.kind) {
      case 'aborted':
        return STOPPED;
      case 'spent':
        return admitted;
      case 'broken':
        throw admitted.thrown;
      case 'permit':
        return this.#use({
          request,
          scope,
          nextAttempt,
          draws,
          permit: admitted.permit,
          accessToken: token?.value ?? null,
        });
    }
  }

  /** Names go into the ledger, the call log and messages as they are. */
  #assertNamesNoSecret({ request, scope }: CallContext): void {
    const { vault, name } = this.#parts;
    if (![request.call.api, ...Object.values(scope)].some((part) => vault.isIn(part))) return;
    throw new OffpeakError('RUN_FAILED', `a call to ${name}: expected a name and a scope without secrets`, {
      hint: 'Give the secret to the platform in offpeak.config.ts: it is put into the request there.',
    });
  }

  #tellWait(asked: { scope: Scope; draws: readonly Draw[]; costs: Costs }, request: CallRequest): void {
    const { waitMs, because } = this.#parts.admission.waitOf(asked);
    if (because !== null && waitMs >= TOLD_WAIT_MS_MIN) request.onWait({ waitMs, because });
  }

  /** Gives the permit back, unless there is an outcome: then it is given back once the neighbours are stopped. */
  async #use(send: Send): Promise<Step> {
    const { permit } = send;
    const put = await this.#send(send).catch((thrown: unknown) => {
      permit.unsent(); // an attempt throws only before anything is sent
      permit.release();
      throw thrown;
    });
    if ('result' in put) return this.#read(put, send);
    permit.unsent();
    permit.release();
    return put;
  }

  async #send(send: Send): Promise<Sent | Step> {
    const { platform, vault, clock, queue } = this.#parts;
    const { request, accessToken } = send;
    // A neighbour may have been refused while this call waited: it must not walk into the same wall.
    const held = this.#barrier.stopping(send.scope);
    if (held) return { kind: 'ended', end: held };
    const auth = { reveal: vault.reveal.bind(vault), accessToken, nowMs: clock.nowMs() };
    const message = platform.request(request.call, auth);
    try {
      return await queue.run(() => this.#put(message, send), request.priority);
    } catch (thrown) {
      if (request.stop.stopping.aborted && send.permit.sentAtMs === null) return STOPPED; // the queue was closed over it
      throw thrown;
    }
  }

  /** The attempt itself: the permit is stamped as late as can be. */
  async #put(message: HttpRequest, { request, scope, permit }: Send): Promise<Sent | Step> {
    const { http, clock, platform, admission, lease } = this.#parts;
    // The last look before it leaves: it may have waited for its place in the queue.
    if (request.stop.stopping.aborted) return STOPPED;
    const held = this.#barrier.stopping(scope);
    if (held) return { kind: 'ended', end: held };
    if (permit.isStale || admission.isPaused(scope) || !lease.isSure) return AGAIN;
    permit.sent();
    const sentAtMs = clock.nowMs();
    const result = await http.attempt(message, { origins: platform.origins, signal: request.stop.deadline });
    return { sentAtMs, result };
  }

  #read(sent: Sent, send: Send): Step {
    const { request, scope, accessToken, permit, draws } = send;
    const outcome = this.#meaningOrRelease(sent, send);
    const counted = this.#settle(sent, outcome, send);
    const record = attemptRecord(sent, {
      platform: this.#parts.name,
      api: request.call.api,
      scopeKey: scopeKey(scope),
      attempt: send.nextAttempt(),
      outcome,
      reason: outcome.kind === 'ok' ? null : outcome.reason,
    });
    request.tally.add(record);
    request.onAttempt(record);
    const unknown = this.#unknown(sent, outcome, send);
    return { kind: 'tried', outcome, token: accessToken, permit, draws, unknown, counted };
  }

  #unknown({ result }: Sent, outcome: Outcome, { request }: Send): UnknownReply | null {
    if (result.kind === 'failure') return null;
    const { name, platform, vault, clock } = this.#parts;
    const { api } = request.call;
    return unknownReply(result.reply, {
      platform: name,
      vendor: platform.vendor,
      api,
      outcome,
      vault,
      atMs: clock.nowMs(),
    });
  }

  /** A classifier that throws is a bug; the attempt was made all the same. */
  #meaningOrRelease(sent: Sent, { scope, permit, request }: Send): Outcome {
    try {
      return this.#meaning(sent, scope);
    } catch (thrown) {
      this.#spend(permit, request);
      permit.release();
      throw thrown;
    }
  }

  #settle({ result }: Sent, outcome: Outcome, { permit, request }: Send): Promise<void> {
    const isReply = result.kind === 'reply';
    if (isReply) permit.heard({ roundTripMs: result.durationMs, ok: outcome.kind === 'ok' });
    if (outcome.kind === 'ok' && outcome.spent) permit.settle(outcome.spent);
    if (result.kind === 'failure' && !result.sent) permit.unsent();
    else this.#spend(permit, request);
    return isReply ? this.#parts.admission.heardTime(permit, dateOf(result.reply)) : Promise.resolve();
  }

  #spend(permit: Permit, { tally, asker }: CallRequest): void {
    const spent = permit.spent();
    tally.spend(spent);
    this.#parts.shares?.drew(asker, spent);
  }

  #meaning({ result, sentAtMs }: Sent, scope: Scope): Outcome {
    const { platform, vault } = this.#parts;
    const scrub = vault.scrub.bind(vault);
    if (result.kind === 'failure') return failureMeaning({ ...result, reason: scrub(result.reason) });
    const context = { scope, nowMs: this.#countedAtMs(sentAtMs) };
    return readWithoutSecrets(result.reply, { scrub, read: (reply) => platform.classify(reply, context) });
  }

  /**
   * When the platform may have counted a call at the earliest, if that was before a reset: a refusal that was on its way
   * over the reset, or that comes from a clock behind ours, concerns the day that is over and must not cost the new one.
   */
  #countedAtMs(sentAtMs: number): number {
    const { day, resetGuardMs } = this.#parts.platform;
    const nowMs = this.#parts.clock.nowMs();
    const earliestMs = sentAtMs - resetGuardMs;
    const { startMs, endMs } = this.#day;
    if (earliestMs < startMs || earliestMs >= endMs) this.#day = windowAt(day, 'day', earliestMs);
    return this.#day.endMs <= nowMs ? earliestMs : nowMs;
  }
}

/** The platform's own time, epoch ms; NaN where the reply does not say. A cache passes on when it was filled. */
function dateOf({ headers }: HttpReply): number {
  return headers['age'] === undefined ? Date.parse(headers['date'] ?? '') : NaN;
}
