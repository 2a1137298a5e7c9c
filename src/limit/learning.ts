import type { Bucket } from './bucket';
import type { Draw } from './budget';
import type { Learned } from './learned';
import type { Pace } from './pace';

/** A window at least so full at the refusal was at its limit: our pace was at fault, not the limit. */
const AT_LIMIT = 0.9;
/** Refusals far below the limit: the first may be a hiccup, a second one so soon after it is a lower limit. */
const BELOW_WITHIN_MS = 60_000;
/** What a limit is multiplied with where the platform refuses and names no figure. */
const LOWER_TO = 0.8;
/** Recovery: so much of the configured limit a step. */
const STEP_SHARE = 0.05;
const STEP_MS = 60_000;
/** A figure that the platform named itself holds for so long before anything above it is tried. */
const STATED_HOLDS_MS = 24 * 3_600_000;

/** What the platform said when it refused, or in its headers. */
export interface LimitNews {
  /** How full our window was with the call that was refused, as a share of the limit. */
  readonly fill: number;
  /** It left with others, to make up for a stall. */
  readonly isLate: boolean;
  readonly sentAtMs: number;
  /** The limit that it named, in the budget's own window. */
  readonly stated: number | null;
  /** Of a limit over all callers, that no budget describes. */
  readonly isHidden: boolean;
  readonly reason: string;
}

export interface LearningParts {
  readonly draw: Draw;
  readonly counter: Pace | Bucket;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  /** Something that is worth keeping has changed. */
  readonly onNews: () => void;
}

/** What the replies teach of one short counter: lowers it at once, and raises it step by step to what is configured. */
export class Learning {
  readonly #parts: LearningParts;
  readonly #configured: number;
  #said: number | null = null;
  #strangers: number | null = null;
  #refusals = 0;
  #refusedAtMs: number | null = null;
  #refusedBelowAtMs = -Infinity;
  /** The next step of the recovery, monotonic. */
  #raiseAtMs = Infinity;
  /** Until then nothing above what the platform said is tried, monotonic. */
  #saidHoldsUntilMs = -Infinity;
  #reason = '';
  #changedAtMs = 0;

  constructor(parts: LearningParts) {
    this.#parts = parts;
    this.#configured = parts.draw.budget.limit;
  }

  refused(news: LimitNews): void {
    this.#refusals += 1;
    this.#refusedAtMs = this.#parts.wallMs();
    if (news.stated !== null) this.stated(news.stated, news.reason);
    else if (!news.isHidden) this.#giveRoom(news);
    this.#note(news.reason);
  }

  /** A limit that the platform named. More than configured is shown, not trusted. */
  stated(limit: number, reason: string): void {
    const { counter, monotonicMs } = this.#parts;
    const isNew = limit !== this.#said;
    this.#said = limit;
    if (limit < this.#configured) this.#saidHoldsUntilMs = monotonicMs() + STATED_HOLDS_MS;
    if (limit < counter.limit) {
      counter.limit = Math.max(1, Math.floor(limit));
      this.#raiseAtMs = this.#saidHoldsUntilMs;
    }
    if (isNew) this.#note(reason);
  }

  /** Draws that the platform counted in the present window and that we did not make. */
  noticeStrangers(draws: number, reason: string): void {
    if (draws === this.#strangers) return;
    this.#strangers = draws;
    this.#note(reason);
  }

  /** One step of the recovery when its time has come. Returns true when the counter now allows more. */
  recover(): boolean {
    const { counter, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    const highest = nowMs < this.#saidHoldsUntilMs ? Math.floor(this.#said ?? Infinity) : Infinity;
    if (nowMs < this.#raiseAtMs || counter.limit >= highest) return false;
    counter.limit = Math.min(this.#configured, highest, counter.limit + Math.max(1, this.#configured * STEP_SHARE));
    const isWhole = counter.limit >= this.#configured;
    this.#raiseAtMs = isWhole ? Infinity : nowMs + STEP_MS;
    this.#note(isWhole ? 'recovered: back at the configured limit' : 'recovering: no refusal since the last step');
    return true;
  }

  restore(learned: Learned): void {
    const { counter, monotonicMs, wallMs } = this.#parts;
    this.#said = learned.said;
    this.#strangers = learned.strangers;
    this.#refusals = learned.refusals;
    this.#refusedAtMs = learned.refusedAtMs;
    this.#reason = learned.reason;
    this.#changedAtMs = learned.changedAtMs;
    if (learned.guardMs !== null) {
      counter.guard.restore({ ms: learned.guardMs, refusedMs: learned.guardRefusedMs ?? 0 }, monotonicMs());
    }
    if ('catchUpMax' in counter) counter.catchUpMax = learned.catchUpMax;
    if (learned.limit === null || learned.limit >= this.#configured) return;
    counter.limit = learned.limit;
    const inMs = (ms: number): number => monotonicMs() + Math.max(0, learned.changedAtMs + ms - wallMs());
    this.#raiseAtMs = inMs(STEP_MS);
    if (learned.said !== null && learned.said >= learned.limit) this.#saidHoldsUntilMs = inMs(STATED_HOLDS_MS);
  }

  /** What is worth keeping. */
  toLearned(platform: string, scopeKey: string): Learned {
    const { counter, draw } = this.#parts;
    const guard = counter.guard.learned;
    return {
      platform,
      budget: draw.budget.name,
      scopeKey,
      limit: counter.limit < this.#configured ? counter.limit : null,
      said: this.#said,
      guardMs: guard?.ms ?? null,
      guardRefusedMs: guard?.refusedMs ?? null,
      catchUpMax: 'catchUpMax' in counter ? counter.catchUpMax : null,
      strangers: this.#strangers,
      refusals: this.#refusals,
      refusedAtMs: this.#refusedAtMs,
      reason: this.#reason,
      changedAtMs: this.#changedAtMs,
    };
  }

  /**
   * A full window: its calls arrived closer together than they left. One that was not full, with calls that made up for a
   * stall: the platform takes no bursts. Neither: the limit is lower than we think.
   */
  #giveRoom(news: LimitNews): void {
    const { counter, monotonicMs } = this.#parts;
    if (news.fill >= AT_LIMIT) counter.guard.refuse(news.sentAtMs, monotonicMs());
    else if (news.isLate && 'catchUp' in counter && counter.catchUp > 1) counter.catchUpMax = counter.catchUp >> 1;
    else if (this.#parts.draw.budget.learns !== false) this.#lowerStep(news);
  }

  #lowerStep({ sentAtMs }: LimitNews): void {
    const { counter, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    const isRepeated = sentAtMs > this.#refusedBelowAtMs && nowMs - this.#refusedBelowAtMs < BELOW_WITHIN_MS;
    if (sentAtMs > this.#refusedBelowAtMs) this.#refusedBelowAtMs = nowMs;
    if (!isRepeated) return;
    counter.limit = Math.max(1, Math.floor(counter.limit * LOWER_TO));
    this.#raiseAtMs = nowMs + STEP_MS;
  }

  #note(reason: string): void {
    this.#reason = reason;
    this.#changedAtMs = this.#parts.wallMs();
    this.#parts.onNews();
  }
}
