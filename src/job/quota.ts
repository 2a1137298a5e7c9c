import { z } from 'zod';
import { strictShape } from './faults';

/** A job's part in the quota that the jobs of its platform share: calls in one window of it, usually a day. */
export interface JobQuota {
  /** Kept for the job until it will not need them any more. 0 to 1 000 000 000, default 0. */
  readonly reserve?: number;
  /** How much it gets of what is not reserved, beside others. 1 to 1 000, default 1. */
  readonly weight?: number;
  /** It never makes more calls than this. 1 to 1 000 000 000, not below `reserve`; default no bound of its own. */
  readonly cap?: number;
}

/** The same, checked and complete. */
export interface QuotaTerms {
  readonly reserve: number;
  readonly weight: number;
  /** Null for no bound of its own. */
  readonly cap: number | null;
}

/** Of a job that says nothing, beside others that do. */
export const QUOTA_TERMS_DEFAULT: QuotaTerms = { reserve: 0, weight: 1, cap: null };

const CALLS_MAX = 1_000_000_000;
const WEIGHT_MAX = 1_000;

export const quotaSchema = strictShape({
  reserve: z.int().min(0).max(CALLS_MAX).optional(),
  weight: z.int().min(1).max(WEIGHT_MAX).optional(),
  cap: z.int().min(1).max(CALLS_MAX).optional(),
}).superRefine(({ reserve = 0, cap = Infinity }, context) => {
  if (reserve <= cap) return;
  const message = `expected at most the cap of ${cap}, got ${reserve}`;
  context.addIssue({ code: 'custom', message, path: ['reserve'] });
});

export function quotaTerms(quota: JobQuota | undefined): QuotaTerms | null {
  return quota ? { ...QUOTA_TERMS_DEFAULT, ...quota } : null;
}
