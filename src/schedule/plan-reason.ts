import type { Levels } from './plan-levels';

/** Why a job starts when it does. Shares are of the tightest limit that the job draws on. */
export type Reason =
  /** An operator fixed the offset. */
  | { readonly kind: 'pinned' }
  /** Its time leaves no choice. */
  | { readonly kind: 'no-slack' }
  /** It draws on no shared rate: it starts at once. */
  | { readonly kind: 'alone' }
  /** The offset of the last plan was kept. */
  | ({ readonly kind: 'kept' } & Levelled)
  /** Chosen by the load. */
  | ({ readonly kind: 'levelled' } & Levelled);

export interface Levelled {
  /** The highest load over its minutes, itself included. */
  readonly share: number;
  /** What that would be without an offset. */
  readonly shareAtSlot: number;
}

/** Why the job at this place of the grid has its offset. All jobs have one. */
export function reasonOf(levels: Levels, at: number): Reason {
  const job = levels.jobAt(at);
  if (job.pinned !== null) return { kind: 'pinned' };
  if (job.slackMinutes === 0) return { kind: 'no-slack' };
  if (job.boxes.length === 0) return { kind: 'alone' };
  const offset = levels.take(at);
  const peaks = levels.peaks(at);
  levels.put(at, offset);
  const levelled = { share: peaks[offset] ?? 0, shareAtSlot: peaks[0] ?? 0 };
  return { kind: job.previous === offset ? 'kept' : 'levelled', ...levelled };
}

/** A reason in words: `peaks at 48 % of kuaishou app-qps here, 61 % at the slot`. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'pinned':
      return 'pinned';
    case 'no-slack':
      return 'its window leaves no choice';
    case 'alone':
      return 'shares no limit with another job';
    case 'kept':
    case 'levelled': {
      const kept = reason.kind === 'kept' ? 'as before: ' : '';
      if (reason.share >= reason.shareAtSlot)
        return `${kept}the limit is used to ${percent(reason.share)} at most, as at its slot`;
      return `${kept}the limit is used to ${percent(reason.share)} at most, at its slot to ${percent(reason.shareAtSlot)}`;
    }
  }
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 1 ? `${value.toFixed(1)} %` : `${Math.round(value)} %`;
}
