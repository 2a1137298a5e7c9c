import type { QuotaTerms } from '../job/quota';

/** A job that draws on a shared quota, and where it stands in the present window. */
export interface ShareClaimant extends QuotaTerms {
  readonly job: string;
  /** 0 to 9: reserves of lower ones are granted first. */
  readonly priority: number;
  /** Calls so far, those in flight included. */
  readonly used: number;
  /** Calls that it will still make before the reset, as far as anybody knows. */
  readonly expected: number;
  /** True when what goes beyond `expected` may be given to others; else it may want any number. */
  readonly isFirm: boolean;
}

export interface ShareRequest {
  /** Calls in the window. */
  readonly limit: number;
  /** Calls in it that no claimant made: probes, backfills, jobs that are gone, what a crash lost. */
  readonly usedByOthers: number;
  /** One for each job; the order decides between equals. */
  readonly claimants: readonly ShareClaimant[];
}

/** A claimant, and between what its allowance lies. */
interface Portion extends ShareClaimant {
  /** No less: what it used, and what of its reserve was granted. */
  readonly least: number;
  /** No more: what it may want, within its cap. */
  readonly most: number;
  /** What of its allowance is its reserve, as far as granted; by weight it shares what is above. */
  readonly reserved: number;
}

/**
 * The calls that each job may make in the whole window, those that it made included. Reserves are granted first, by
 * priority; the rest is shared by weight, so that no job could get more without taking from one that has less for its
 * weight (max-min). What a job will not need is shared among the others. In sum never more than the limit allows beyond
 * what is used.
 */
export function shareQuota(request: ShareRequest): Map<string, number> {
  const portions = portionsOf(request);
  const rest = leftOf(request) - portions.reduce((sum, { least, used }) => sum + least - used, 0);
  const level = levelFor(portions, rest);
  const allowances = new Map(portions.map((portion) => [portion.job, atLevel(portion, level)]));
  let units = rest - portions.reduce((sum, portion) => sum + atLevel(portion, level) - portion.least, 0);
  for (const portion of [...portions].sort((a, b) => nextLevel(a, level) - nextLevel(b, level))) {
    const allowance = allowances.get(portion.job) ?? 0;
    if (units === 0 || allowance >= portion.most) continue;
    allowances.set(portion.job, allowance + 1);
    units -= 1;
  }
  return allowances;
}

/**
 * Calls that are left when every job has what it is expected to need: all that backfills may use. Of a job that may want
 * any number its reserve is kept, too.
 */
export function surplusOf(request: ShareRequest): number {
  const kept = request.claimants.reduce((sum, claimant) => sum + keptFor(claimant), 0);
  return Math.max(0, leftOf(request) - kept);
}

/** Calls of the surplus that are kept for a job. */
export function keptFor({ used, expected, isFirm, reserve, cap }: ShareClaimant): number {
  const needed = isFirm ? expected : Math.max(expected, reserve - used);
  return Math.max(0, Math.min(needed, (cap ?? Infinity) - used));
}

function leftOf({ limit, usedByOthers, claimants }: ShareRequest): number {
  return Math.max(0, limit - usedByOthers - claimants.reduce((sum, { used }) => sum + used, 0));
}

/** Reserves first: by priority, as far as they go. */
function portionsOf(request: ShareRequest): Portion[] {
  let left = leftOf(request);
  return [...request.claimants]
    .sort((a, b) => a.priority - b.priority)
    .map((claimant) => {
      const { used, expected, isFirm, reserve, cap } = claimant;
      const wanted = isFirm ? used + expected : request.limit;
      const most = Math.max(used, Math.min(wanted, cap ?? Infinity, request.limit));
      const reserved = Math.min(reserve, most);
      const granted = Math.min(left, Math.max(0, reserved - used));
      left -= granted;
      const least = used + granted;
      return { ...claimant, least, most, reserved: Math.min(reserved, least) };
    });
}

/** The highest level, in calls beyond the reserve for each unit of weight, at which all together take no more than `rest`. */
function levelFor(portions: readonly Portion[], rest: number): number {
  const taken = (level: number): number =>
    portions.reduce((sum, portion) => sum + atLevel(portion, level) - portion.least, 0);
  let low = 0;
  let high = 1 + Math.max(0, ...portions.map(({ most }) => most));
  if (taken(high) <= rest) return high;
  for (;;) {
    const middle = (low + high) / 2;
    // Numbers have an end: what goes in at one and the same level is then given out one by one.
    if (middle <= low || middle >= high) return low;
    if (taken(middle) <= rest) low = middle;
    else high = middle;
  }
}

function atLevel({ least, most, reserved, weight }: Portion, level: number): number {
  return Math.max(least, Math.min(most, reserved + Math.floor(level * weight)));
}

/** The level at which it would get its next call. */
function nextLevel(portion: Portion, level: number): number {
  return (atLevel(portion, level) + 1 - portion.reserved) / portion.weight;
}
