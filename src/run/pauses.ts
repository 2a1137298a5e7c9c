import {
  heldUntilMs,
  type OperatorPause,
  type OperatorPauseStore,
  pauseAt,
  pauseReason,
  type RecordedPause,
} from '../job/operator-pause';
import type { Job } from '../job/parse';
import type { Clock } from '../time/clock';
import type { Gate } from './gate';
import type { PutDown } from './put-down';

export interface PausesParts {
  readonly store: Pick<OperatorPauseStore, 'list' | 'history'>;
  readonly clock: Clock;
}

interface UnderWay {
  readonly job: Job;
  readonly putDown: PutDown;
}

/** Loads what operators have paused, and what they had. */
export async function openPauses(parts: PausesParts): Promise<Pauses> {
  const lasting = await parts.store.list(parts.clock.nowMs());
  return new Pauses(parts, { lasting, history: await parts.store.history() });
}

interface Seen {
  readonly lasting: readonly OperatorPause[];
  readonly history: readonly RecordedPause[];
}

/** What operators have paused, as this process last saw it in the store. What has an end ends by the clock. */
export class Pauses {
  readonly #parts: PausesParts;
  readonly #underWay = new Set<UnderWay>();
  #seen: Seen;

  constructor(parts: PausesParts, seen: Seen) {
    this.#parts = parts;
    this.#seen = seen;
  }

  /** Those that lasted at the last look. */
  get lasting(): readonly OperatorPause[] {
    return this.#seen.lasting;
  }

  /** Looks at the store, and puts down what is under way and paused now. */
  async refresh(): Promise<'changed' | 'same'> {
    const { store, clock } = this.#parts;
    const lasting = await store.list(clock.nowMs());
    if (JSON.stringify(lasting) === JSON.stringify(this.lasting)) return 'same';
    this.#seen = { lasting, history: await store.history() };
    for (const run of this.#underWay) this.#putDown(run);
    return 'changed';
  }

  /** Why a slot of an instant, which may be long ago, is not run; null when it is. */
  pausedBy(job: Job, atMs: number): { readonly reason: string } | null {
    const pause = pauseAt(this.#seen.history, job, atMs);
    return pause && { reason: pauseReason(pause) };
  }

  /** The first instant from `fromMs` on at which a job may go on; Infinity while a pause without end stops it. */
  heldUntilMs(job: Job, fromMs: number): number {
    return heldUntilMs(this.lasting, job, fromMs);
  }

  /** A run under way is put down as soon as its job is paused. Returns how to stop watching it. */
  watch(job: Job, putDown: PutDown): () => void {
    const run = { job, putDown };
    this.#underWay.add(run);
    this.#putDown(run);
    return () => this.#underWay.delete(run);
  }

  #putDown({ job, putDown }: UnderWay): void {
    const nowMs = this.#parts.clock.nowMs();
    const pause = this.lasting.find((each) => heldUntilMs([each], job, nowMs) > nowMs);
    if (!pause) return;
    // Due at once: the gate holds it as long as the pause lasts, which an operator may shorten or prolong.
    putDown.order({ kind: 'park', untilMs: nowMs, reason: pauseReason(pause) });
  }
}

/** A gate that also waits for the end of what operators paused; whatever a run is for. */
export function withPauses(gate: Gate, pauses: Pick<Pauses, 'heldUntilMs'>): Gate {
  return {
    nextStartMs(job, run, atMs) {
      const heldMs = pauses.heldUntilMs(job, atMs);
      return heldMs === Infinity ? Infinity : gate.nextStartMs(job, run, heldMs);
    },
  };
}
