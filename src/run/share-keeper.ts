import type { Spent } from '../job/attempt';
import { backfillPayer } from '../job/backfill';
import type { Job } from '../job/parse';
import type { RunKind } from '../job/run';
import { scopeKey } from '../job/scope';
import type { Draw } from '../limit/budget';
import type { Ledger, LedgerWindow } from '../limit/ledger';
import { type QuotaClock, QuotaWindows } from '../limit/quota';
import { surplusOf } from '../limit/share';
import type { Clock } from '../time/clock';
import type { ShareOutlook } from './share-outlook';
import { backfillCapReason, capReason, type Kept, shareReason, surplusReason } from './share-reason';
import { ShareWindow } from './share-window';

/** Whose call it is. */
export interface Asker {
  readonly job: string;
  readonly kind: RunKind;
  /** Calls that backfills of the job may make in a window, at most what the surplus allows. Null or left out: that. */
  readonly callsMax?: number | null;
}

export interface ShareKeeperParts {
  /** The platform's name in the config. */
  readonly platform: string;
  /** The counter that is shared. */
  readonly draw: Draw;
  /** All jobs of the platform, those that say nothing of a quota too. */
  readonly jobs: readonly Pick<Job, 'name' | 'priority' | 'quota'>[];
  readonly quotaClock: QuotaClock;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'usage'>;
  readonly outlook: ShareOutlook;
}

export type ShareAnswer =
  /** One call of the share; `end` when it was drawn, or will not be. */
  { readonly kind: 'granted'; readonly end: () => void } | ({ readonly kind: 'park' } & SharePark);

interface SharePark {
  readonly untilMs: number;
  readonly reason: string;
}

/** What is kept for others is counted anew at the latest after this, while calls are made. */
const LOOK_MS = 60_000;
/** A job that waits for what others leave asks again so long after the next of them may be done with it. */
export const RELOOK_MS = 15 * 60_000;

/**
 * Keeps the jobs of one platform to their shares of its quota. It only ever holds back: the ledger alone decides what
 * the quota itself has left. Counts what this process draws on top of what the ledger has settled by job, so that a
 * restart changes nothing but for the calls that were in flight.
 */
export class ShareKeeper {
  readonly #parts: ShareKeeperParts;
  readonly #counter: string;
  readonly #quotaWindows: QuotaWindows;
  readonly #windows = new Map<string, ShareWindow>();
  /** Calls that were granted and not drawn yet, by who made them. */
  readonly #inFlight = new Map<string, number>();
  /** Jobs that asked for more than they were expected to need, and backfills that were refused. */
  readonly #beyond = new Set<string>();
  readonly #isShared: boolean;
  #isCounting = false;
  #looking: Promise<void> | null = null;
  #lookedAtMs = -Infinity;
  /** Something may have flowed back since. */
  #isStale = true;

  constructor(parts: ShareKeeperParts) {
    this.#parts = parts;
    this.#counter = scopeKey(parts.draw.scope);
    this.#quotaWindows = new QuotaWindows(parts.quotaClock);
    this.#isShared = parts.jobs.some(({ quota }) => quota !== null);
  }

  /** False where first come is first served. */
  covers({ kind }: Asker): boolean {
    return this.#isShared || kind === 'backfill';
  }

  /** Before each attempt of a job that it covers. */
  async take(asker: Asker): Promise<ShareAnswer> {
    this.#isCounting = true;
    if (this.#isOld()) await this.#look();
    let refused = this.#refusal(asker);
    if (refused && this.#mayHaveChangedFor(asker)) {
      this.#beyond.add(nameOf(asker));
      await this.#look();
      refused = this.#refusal(asker);
    }
    if (refused) return { kind: 'park', ...refused };
    const payer = nameOf(asker);
    this.#count(payer, 1);
    return { kind: 'granted', end: () => this.#count(payer, -1) };
  }

  /** An attempt was sent: what it drew, and who made it; null for calls of no job. */
  drew(asker: Asker | null, spent: readonly Spent[]): void {
    if (!this.#isCounting) return;
    const payer = asker && nameOf(asker);
    for (const { budget, scopeKey: counter, windowKey, spent: calls } of spent) {
      if (budget !== this.#parts.draw.budget.name || counter !== this.#counter) continue;
      this.#windows.get(windowKey)?.add(payer, calls);
    }
  }

  /** A run of the job ended or was put down: what it leaves flows back. */
  runEnded(job: string): void {
    this.#beyond.delete(job);
    this.#parts.outlook.runEnded(job);
    this.#isStale = true;
  }

  /** An operator made parked partitions due: they are answered by what is true now. */
  lookAgain(): void {
    this.#isStale = true;
  }

  #count(payer: string, calls: number): void {
    this.#inFlight.set(payer, (this.#inFlight.get(payer) ?? 0) + calls);
  }

  #isOld(): boolean {
    const { clock } = this.#parts;
    return clock.monotonicMs() - this.#lookedAtMs > LOOK_MS || this.#open().some(({ key }) => !this.#windows.has(key));
  }

  /** Neighbours that are refused one after the other must not each look. */
  #mayHaveChangedFor(asker: Asker): boolean {
    return this.#isStale || !this.#beyond.has(nameOf(asker));
  }

  #open(): readonly LedgerWindow[] {
    const nowMs = this.#parts.clock.nowMs();
    return this.#quotaWindows.openAt(this.#parts.draw.budget.per, { fromMs: nowMs, toMs: nowMs });
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { clock, ledger, platform, draw, jobs, outlook } = this.#parts;
    this.#isStale = false;
    this.#lookedAtMs = clock.monotonicMs();
    const open = this.#open();
    for (const key of this.#windows.keys()) if (!open.some((window) => window.key === key)) this.#windows.delete(key);
    for (const window of open) {
      const known = this.#windows.get(window.key) ?? new ShareWindow(window, draw.budget.limit, jobs);
      this.#windows.set(window.key, known);
      const usage = await ledger.usage(clock.nowMs(), platform, draw.budget.name);
      const row = usage.find(
        ({ scopeKey: counter, windowKey }) => counter === this.#counter && windowKey === window.key,
      );
      known.look({ row, outlook: await outlook.of(window), beyond: this.#beyond, inFlight: this.#inFlight });
    }
  }

  /** Of the window that holds it back for longest. */
  #refusal(asker: Asker): SharePark | null {
    let longest: SharePark | null = null;
    for (const { key } of this.#open()) {
      const window = this.#windows.get(key);
      // What is gone for everybody the ledger says.
      if (!window || window.isGone) continue;
      const refused = asker.kind === 'backfill' ? this.#overSurplus(window, asker) : this.#overShare(window, asker.job);
      if (refused && refused.untilMs > (longest?.untilMs ?? -Infinity)) longest = refused;
    }
    return longest;
  }

  #overShare(window: ShareWindow, job: string): SharePark | null {
    const standing = window.standingOf(job, this.#inFlight);
    if (!standing || standing.used < standing.allowance) return null;
    const of = { ...standing, budget: this.#parts.draw.budget };
    const resetMs = this.#resetMs(window);
    if (standing.cap !== null && standing.used >= standing.cap) return { untilMs: resetMs, reason: capReason(of) };
    const kept = window.keptFromOthers(job, this.#inFlight);
    return { untilMs: this.#relookMs(window, kept), reason: shareReason(of, kept) };
  }

  #overSurplus(window: ShareWindow, asker: Asker): SharePark | null {
    const { callsMax } = asker;
    const used = window.usedBy(nameOf(asker), this.#inFlight);
    if (typeof callsMax === 'number' && used >= callsMax) {
      return { untilMs: this.#resetMs(window), reason: backfillCapReason(this.#parts.draw.budget, { used, callsMax }) };
    }
    const request = window.request(this.#inFlight);
    if (surplusOf(request) > 0) return null;
    const kept = window.keptForRuns(this.#inFlight);
    return { untilMs: this.#relookMs(window, kept), reason: surplusReason(this.#parts.draw.budget, request, kept) };
  }

  /** Soon after the first job that something is kept for may be done with it; the reset where nothing is kept. */
  #relookMs(window: ShareWindow, kept: readonly Kept[]): number {
    const nowMs = this.#parts.clock.nowMs();
    const changesAtMs = Math.min(...kept.map(({ job }) => window.changesAtMs(job, nowMs)));
    return Math.min(this.#resetMs(window), Math.max(nowMs, changesAtMs) + RELOOK_MS);
  }

  #resetMs({ window }: ShareWindow): number {
    return this.#quotaWindows.freeAtMs(this.#parts.draw.budget.per, window.endMs);
  }
}

/** As the ledger names who draws: a backfill is none of its job's claim. */
function nameOf({ job, kind }: Asker): string {
  return kind === 'backfill' ? backfillPayer(job) : job;
}
