import { covers, type Scope, scopeKey } from '../job/scope';

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

/** The holds of one platform in memory, asked before every attempt. */
export class Holds {
  readonly #holds = new Map<string, Hold>();

  add(hold: Hold): void {
    const key = scopeKey(hold.scope);
    const known = this.#holds.get(key);
    if (!known || known.untilMs < hold.untilMs) this.#holds.set(key, hold);
  }

  /** The longest hold that stops a call of this scope now; null when it may go. */
  stopping(scope: Scope, nowMs: number): Hold | null {
    let longest: Hold | null = null;
    for (const [key, hold] of this.#holds) {
      if (hold.untilMs <= nowMs) this.#holds.delete(key);
      else if (covers(hold.scope, scope) && (!longest || hold.untilMs > longest.untilMs)) longest = hold;
    }
    return longest;
  }
}
