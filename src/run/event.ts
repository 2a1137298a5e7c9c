import type { AttemptRecord } from '../job/attempt';
import type { Run } from '../job/run';

/** What happens while runs go, for whoever watches: the log, the live progress, the demo. */
export type RunEvent =
  | { readonly kind: 'run-started'; readonly run: Run; readonly resumed: boolean }
  | { readonly kind: 'run-ended'; readonly run: Run }
  | { readonly kind: 'run-failed'; readonly job: string; readonly reason: string }
  | { readonly kind: 'attempt'; readonly job: string; readonly partition: string; readonly attempt: AttemptRecord }
  | {
      readonly kind: 'waiting';
      readonly job: string;
      readonly partition: string;
      /** Infinity when only an event can tell. */
      readonly waitMs: number;
      /** The budget, or `pause`, `probe`, `places in flight`. */
      readonly because: string;
    }
  | { readonly kind: 'page'; readonly job: string; readonly partition: string; readonly records: number }
  | { readonly kind: 'resumed'; readonly job: string; readonly partition: string }
  | {
      readonly kind: 'parked';
      readonly job: string;
      readonly partition: string;
      readonly untilMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'completed'; readonly job: string; readonly partition: string }
  | { readonly kind: 'interrupted'; readonly job: string; readonly partition: string }
  | { readonly kind: 'rewound'; readonly job: string; readonly partition: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly job: string; readonly partition: string; readonly reason: string };

export type OnRunEvent = (event: RunEvent) => void;
