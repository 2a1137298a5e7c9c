/** Why a slot has no run of its own. */
export type SkipCause = (typeof SKIP_CAUSES)[number];

export const SKIP_CAUSES = [
  'overlap', // the run before was not over
  'coalesced', // the run before is parked, and goes on in its place
  'blackout', // no run may start in these hours
  'missed', // nobody was there when it came, and it is not made up for
  'paused', // an operator paused the job
  'operator', // an operator asked to leave it out
] as const;

/** What becomes of a slot that came, or of several in a row that nobody runs. */
export type SlotDecision = SlotOpening | SlotSkip;

export interface SlotOpening {
  readonly kind: 'open';
  /** `catch-up`: it was missed, and is made up for. */
  readonly as: 'schedule' | 'catch-up';
  readonly slotAtMs: number;
  /** The planned start: not before that. Null: at once. */
  readonly startAtMs: number | null;
  /** Runs that end for it. */
  readonly cancels: readonly number[];
}

export interface SlotSkip {
  readonly kind: 'skip';
  /** The newest of them. */
  readonly slotAtMs: number;
  readonly because: SkipCause;
  readonly reason: string;
  /** The run that goes on in its place; only with `coalesced`. */
  readonly intoRunId: number | null;
  /** How many slots it stands for. */
  readonly slots: number;
}

/** Everything that came for one job since it was decided last. */
export interface DecidedSlots {
  readonly job: string;
  readonly decisions: readonly SlotDecision[];
  /** The newest slot that is decided with these. */
  readonly decidedUntilMs: number;
}
