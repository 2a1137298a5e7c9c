import { backfillPayer } from '../job/backfill';
import type { Job } from '../job/parse';
import { QUOTA_TERMS_DEFAULT, type QuotaTerms } from '../job/quota';
import type { LedgerUsage, LedgerWindow } from '../limit/ledger';
import { keptFor, type ShareClaimant, type ShareRequest, shareQuota } from '../limit/share';
import type { JobOutlook } from './share-outlook';
import type { Kept } from './share-reason';

/** Calls that were granted and not drawn yet, by job, and by `backfillPayer` for its backfills. */
export type InFlight = ReadonlyMap<string, number>;

/** Where a job stands in a window. */
export interface ShareStanding extends QuotaTerms {
  /** Calls so far, those in flight included. */
  readonly used: number;
  readonly allowance: number;
}

export interface ShareLook {
  /** What the ledger holds; undefined where nothing was drawn yet. */
  readonly row: LedgerUsage | undefined;
  readonly outlook: ReadonlyMap<string, JobOutlook>;
  /** Jobs that want more than they were expected to need. */
  readonly beyond: ReadonlySet<string>;
  readonly inFlight: InFlight;
}

type ShareJob = Pick<Job, 'name' | 'priority' | 'quota'>;

/** One window of a shared quota: what each job drew of it, and may draw. */
export class ShareWindow {
  readonly window: LedgerWindow;
  readonly #limit: number;
  readonly #jobs: readonly ShareJob[];
  /** By job and by its backfills; what neither of the platform's drew under null. */
  readonly #drawn = new Map<string | null, number>();
  #drawnAtLook: ReadonlyMap<string | null, number> = new Map();
  #outlook: ReadonlyMap<string, JobOutlook> = new Map();
  #beyond: ReadonlySet<string> = new Set();
  #allowances: ReadonlyMap<string, number> = new Map();

  constructor(window: LedgerWindow, limit: number, jobs: readonly ShareJob[]) {
    this.window = window;
    this.#limit = limit;
    this.#jobs = jobs;
  }

  /** The whole quota is drawn. */
  get isGone(): boolean {
    return [...this.#drawn.values()].reduce((sum, calls) => sum + calls, 0) >= this.#limit;
  }

  add(payer: string | null, calls: number): void {
    this.#drawn.set(payer, (this.#drawn.get(payer) ?? 0) + calls);
  }

  /** Counts anew what each job may draw. The ledger may know of more than this process drew, but for what is not settled. */
  look({ row, outlook, beyond, inFlight }: ShareLook): void {
    for (const [payer, calls] of drawnBy(row, this.#jobs)) {
      this.#drawn.set(payer, Math.max(calls, this.#drawn.get(payer) ?? 0));
    }
    this.#drawnAtLook = new Map(this.#drawn);
    this.#outlook = outlook;
    this.#beyond = new Set(beyond);
    this.#allowances = shareQuota(this.request(inFlight));
  }

  /** Null for a job that is none of the platform's. */
  standingOf(name: string, inFlight: InFlight): ShareStanding | null {
    const job = this.#jobs.find((each) => each.name === name);
    const allowance = this.#allowances.get(name);
    if (!job || allowance === undefined) return null;
    return { ...(job.quota ?? QUOTA_TERMS_DEFAULT), used: this.usedBy(name, inFlight), allowance };
  }

  request(inFlight: InFlight): ShareRequest {
    return {
      limit: this.#limit,
      usedByOthers: this.#usedByOthers(inFlight),
      claimants: this.#jobs.map((job) => this.#claimant(job, inFlight)),
    };
  }

  /** What the others may still draw of their allowances. */
  keptFromOthers(name: string, inFlight: InFlight): Kept[] {
    return [...this.#allowances]
      .map(([job, allowance]) => ({ job, calls: allowance - this.usedBy(job, inFlight) }))
      .filter(({ job, calls }) => job !== name && calls > 0);
  }

  /** What is kept for runs that were not asked for as backfills. */
  keptForRuns(inFlight: InFlight): Kept[] {
    return this.request(inFlight)
      .claimants.map((claimant) => ({ job: claimant.job, calls: keptFor(claimant) }))
      .filter(({ calls }) => calls > 0);
  }

  /** When what is kept for a job may change. */
  changesAtMs(job: string, nowMs: number): number {
    return this.#outlook.get(job)?.changesAtMs ?? nowMs;
  }

  /** Calls so far of a job, or of its backfills, those in flight included. */
  usedBy(payer: string, inFlight: InFlight): number {
    return (this.#drawn.get(payer) ?? 0) + (inFlight.get(payer) ?? 0);
  }

  #usedByOthers(inFlight: InFlight): number {
    const ofBackfills = this.#jobs.reduce((sum, { name }) => sum + this.usedBy(backfillPayer(name), inFlight), 0);
    return (this.#drawn.get(null) ?? 0) + ofBackfills;
  }

  #claimant({ name, priority, quota }: ShareJob, inFlight: InFlight): ShareClaimant {
    const { calls = 0, isFirm = true } = this.#outlook.get(name) ?? {};
    const used = this.usedBy(name, inFlight);
    const since = (this.#drawn.get(name) ?? 0) - (this.#drawnAtLook.get(name) ?? 0);
    return {
      job: name,
      priority,
      ...(quota ?? QUOTA_TERMS_DEFAULT),
      used,
      expected: Math.max(0, calls - since),
      isFirm: isFirm && !this.#beyond.has(name),
    };
  }
}

/** What the ledger has settled, by job of the platform and by its backfills; the rest of what is used under null. */
export function drawnBy(row: LedgerUsage | undefined, jobs: readonly Pick<Job, 'name'>[]): Map<string | null, number> {
  const payers = jobs.flatMap(({ name }) => [name, backfillPayer(name)]);
  const drawn = new Map<string | null, number>(payers.map((payer) => [payer, row?.byJob[payer] ?? 0]));
  const known = [...drawn.values()].reduce((sum, calls) => sum + calls, 0);
  return drawn.set(null, Math.max(0, (row?.used ?? 0) - known));
}
