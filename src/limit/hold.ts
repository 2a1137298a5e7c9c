import type { Scope } from '../job/scope';
import { ScopeMap } from './scope-map';

/** A scope that a refusal put down until an instant. Nothing that it covers is sent before. */
export interface Hold {
  readonly platform: string;
  readonly scope: Scope;
  readonly untilMs: number;
  readonly code: string;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Port: holds outlive the process. */
export interface HoldStore {
  /** Replaces the hold of the same platform and scope. */
  put(hold: Hold, fence: number): Promise<void>;
  /** Those that end after an instant. */
  list(nowMs: number): Promise<Hold[]>;
}

/** The holds of one platform in memory, asked before every attempt: one look a set of names, however many there are. */
export class Holds {
  readonly #holds = new ScopeMap<Hold>();

  /** A hold never cuts a longer one of the same scope. */
  add(hold: Hold): void {
    const known = this.#holds.get(hold.scope);
    if (!known || known.untilMs < hold.untilMs) this.#holds.set(hold.scope, hold);
  }

  /** The longest hold that stops a call of this scope now; null when it may go. */
  stopping(scope: Scope, nowMs: number): Hold | null {
    let longest: Hold | null = null;
    for (const hold of this.#holds.covering(scope)) {
      if (hold.untilMs > nowMs && (!longest || hold.untilMs > longest.untilMs)) longest = hold;
    }
    return longest;
  }

  /** Takes away the holds over this scope that have ended. */
  takeEnded(scope: Scope, nowMs: number): Hold[] {
    const ended = this.#holds.covering(scope).filter((hold) => hold.untilMs <= nowMs);
    for (const hold of ended) this.#holds.delete(hold.scope);
    return ended;
  }

  /** These instead of what it has. */
  replace(holds: readonly Hold[]): void {
    this.#holds.prune(() => true);
    for (const hold of holds) this.add(hold);
  }
}
