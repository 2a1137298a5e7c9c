import type { Levels } from './plan-levels';

/** Why a job starts when it does. Shares are of the tightest limit that the job draws on. */
export type Reason =
  /** An operator fixed the offset. */
  | { readonly kind: 'pinned' }
  /** Its time leaves no choice. */
  | { readonly kind: 'no-slack' }
  /** It draws on no shared rate: it starts as soon as it may. */
  | { readonly kind: 'alone'; readonly avoids: boolean }
  /** The offset of the last plan was kept. */
  | ({ readonly kind: 'kept' } & Levelled)
  /** Chosen by the load. */
  | ({ readonly kind: 'levelled' } & Levelled);

export interface Levelled {
  /** The highest load over its minutes, itself included. */
  readonly share: number;
  /** What that would be without an offset. */
  readonly shareAtSlot: number;
  /** True when fewer of its starts are in spans to avoid than without an offset. */
  readonly avoids: boolean;
}

/** Why the job at this place of the grid has its offset. All jobs have one. */
export function reasonOf(levels: Levels, at: number): Reason {
  const job = levels.jobAt(at);
  if (job.pinned !== null) return { kind: 'pinned' };
  if (job.slackMinutes === 0) return { kind: 'no-slack' };
  const avoids = (job.dear?.[0] ?? 0) > (job.dear?.[levels.offsetOf(at)] ?? 0);
  if (job.boxes.length === 0) return { kind: 'alone', avoids };
  const offset = levels.take(at);
  const peaks = levels.peaks(at);
  levels.put(at, offset);
  const levelled = { share: peaks[offset] ?? 0, shareAtSlot: peaks[0] ?? 0, avoids };
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
      return `shares no limit with another job${avoidText(reason)}`;
    case 'kept':
      return `as before: ${levelText(reason)}${avoidText(reason)}`;
    case 'levelled':
      return `${levelText(reason)}${avoidText(reason)}`;
  }
}

function levelText({ share, shareAtSlot }: Levelled): string {
  const used = `the limit is used to ${percent(share)} at most`;
  return share === shareAtSlot ? `${used}, as at its slot` : `${used}, at its slot to ${percent(shareAtSlot)}`;
}

function avoidText({ avoids }: Pick<Levelled, 'avoids'>): string {
  return avoids ? '; not at a busy time' : '';
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 1 ? `${value.toFixed(1)} %` : `${Math.round(value)} %`;
}
