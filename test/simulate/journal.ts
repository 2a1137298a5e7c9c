import { createHash } from 'node:crypto';

/** A promise that was broken. */
export interface Violation {
  /** Which invariant: `I1` to `I8`, `ledger`, `slots`, `ended`. */
  readonly invariant: string;
  readonly atMs: number;
  readonly what: string;
}

const TAIL_MAX = 60;
/** Hashed together: one call of the hash takes longer than what it hashes of a line. */
const HASHED_LINES = 200;

/** Every event of one simulated life, in its order: as a hash, with the last of them in words. */
export class Journal {
  readonly #hash = createHash('sha256');
  #unhashed: string[] = [];
  readonly #tail: string[] = [];
  readonly #nowMs: () => number;
  readonly counts = new Map<string, number>();
  #isTold = false;
  violation: Violation | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  tell(kind: string, what = ''): void {
    const line = `${this.#nowMs()} ${kind} ${what}`;
    this.#unhashed.push(line);
    if (this.#unhashed.length === HASHED_LINES) this.#hashLines();
    if (!this.#isTold) this.#tail.push(line); // what follows a violation tells nothing
    if (this.#tail.length > 2 * TAIL_MAX) this.#tail.splice(0, TAIL_MAX);
    this.count(kind);
  }

  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Only the first one counts. */
  violated(invariant: string, what: string): void {
    if (this.violation) return;
    this.tell('violation', `${invariant} ${what}`);
    this.violation = { invariant, atMs: this.#nowMs(), what };
    this.#isTold = true;
  }

  /** For whoever looks for a fault, with readable instants. */
  tail(): string[] {
    return this.#tail.slice(-TAIL_MAX).map((line) => {
      const [atMs = '', ...rest] = line.split(' ');
      return [new Date(Number(atMs)).toISOString(), ...rest].join(' ');
    });
  }

  /** Of every event. To be asked for once, at the end. */
  digest(): string {
    this.#hashLines();
    return this.#hash.digest('hex');
  }

  #hashLines(): void {
    this.#hash.update(this.#unhashed.join(''));
    this.#unhashed = [];
  }
}
