import type { TurnEnd } from '../job/run';

/** How a call ended. */
export type CallEnd =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'park'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'rewind'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'stop' };

export const INTERRUPTED: TurnEnd = { kind: 'interrupt' };

/** What a call that did not end well means for the turn that made it. */
export function turnEndOf(end: Exclude<CallEnd, { kind: 'ok' | 'stop' }>): TurnEnd {
  switch (end.kind) {
    case 'park':
      return { kind: 'park', untilMs: end.untilMs, reason: end.reason };
    case 'rewind':
      return { kind: 'rewind', reason: end.reason };
    case 'fail':
      return { kind: 'fail', reason: end.reason };
  }
}
