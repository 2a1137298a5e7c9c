import type { Scope } from '../job/scope';
import { Heap, type HeapItem } from '../time/heap';
import type { Admitted } from './admitted';
import type { Draw } from './budget';
import type { Counter } from './counter';
import type { Learning } from './learning';

/** A call that waits. */
export interface Waiting {
  /** What it draws on each of the lane's turnstiles; null for one everywhere. */
  readonly amounts: readonly number[] | null;
  readonly askedAtMs: number;
  readonly resolve: (admitted: Admitted) => void;
  readonly signal: AbortSignal;
  readonly lane: Lane;
  hasLeft: boolean;
}

/** A partition's place in the round: whoever was served goes behind all others. */
export interface Flow {
  readonly name: string;
  turn: number;
  lanes: number;
}

export interface LaneOf {
  readonly scope: Scope;
  readonly priority: number;
  readonly flow: Flow;
  readonly turnstiles: readonly Turnstile[];
}

/** Drains differ where one is longer by this much, and by this long. */
const LEVEL_STEP = 1.1;
const LEVEL_MS_FIRST = 100;
/** The level of all lanes that end no later than the counter that they wait for. */
const IN_TURN = 0;

/** The waiting calls of one partition that draw on the same counters, first come first. */
export class Lane implements HeapItem {
  heapIndex = -1;
  /** Where it waits; null while it may try. */
  at: Turnstile | null = null;
  /** Where it waited until now, while it tries. */
  cameFrom: Turnstile | null = null;
  /** An event, not an instant, let it go on: before it no call of it was due. */
  freeSinceMs = -Infinity;
  /** The order as it was when the lane was put where it waits: what really holds is never better. */
  level = IN_TURN;
  turn: number;
  readonly scope: Scope;
  readonly priority: number;
  readonly flow: Flow;
  readonly turnstiles: readonly Turnstile[];
  readonly #calls: Waiting[] = [];
  #first = 0;
  #count = 0;

  constructor(
    readonly key: string,
    { scope, priority, flow, turnstiles }: LaneOf,
  ) {
    this.scope = scope;
    this.priority = priority;
    this.flow = flow;
    this.turnstiles = turnstiles;
    this.turn = flow.turn;
  }

  /** Calls that wait. */
  get count(): number {
    return this.#count;
  }

  *calls(): Generator<Waiting> {
    for (let at = this.#first; at < this.#calls.length; at += 1) {
      const waiting = this.#calls[at];
      if (waiting && !waiting.hasLeft) yield waiting;
    }
  }

  push(waiting: Waiting): void {
    this.#calls.push(waiting);
    this.#count += 1;
  }

  head(): Waiting | undefined {
    while (this.#calls[this.#first]?.hasLeft) this.#first += 1;
    this.#compact();
    return this.#calls[this.#first];
  }

  /** The head has gone, or a call has given up. */
  drop(waiting: Waiting): void {
    waiting.hasLeft = true;
    this.#count -= 1;
  }

  /**
   * Brings its order at a turnstile up to date. Returns true when it stands worse than before. It may stand better than it
   * knows, when others have joined a counter that it shares: then it goes in turn, which is never too late for long.
   */
  reorder(at: Turnstile): boolean {
    const { level, turn } = this;
    const drainMs = Math.max(...this.turnstiles.map((turnstile) => turnstile.drainMs));
    this.level = drainMs > at.drainMs * LEVEL_STEP + LEVEL_MS_FIRST ? levelOf(drainMs) : IN_TURN;
    this.turn = this.flow.turn;
    return this.level < level || this.turn > turn;
  }

  #compact(): void {
    if (this.#first < 1_024 || this.#first * 2 < this.#calls.length) return;
    this.#calls.splice(0, this.#first);
    this.#first = 0;
  }
}

/**
 * By priority; then lanes that another counter of theirs holds up for longer than this one would, the longest first, or
 * they alone would run on when all others have ended; then in turn. It starves nobody: lanes that go first are slower than
 * the counter that they share with the others, each by its own, so together they use less than all of it.
 */
export function goesBefore(a: Lane, b: Lane): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.level !== b.level) return a.level > b.level;
  return a.turn < b.turn;
}

function levelOf(drainMs: number): number {
  return Math.ceil(Math.log(drainMs / LEVEL_MS_FIRST) / Math.log(LEVEL_STEP));
}

/** What a call draws on the nth turnstile of its lane. */
export function amountAt({ amounts }: Waiting, index: number): number {
  return amounts?.[index] ?? 1;
}

/** A counter, and the lanes that wait until it lets one more call through. */
export class Turnstile implements HeapItem {
  heapIndex = -1;
  /** When it may open; Infinity when only an event can tell. */
  opensAtMs = Infinity;
  /** What waits anywhere for this counter, in its unit: not only at this turnstile. */
  backlog = 0;
  /** Lanes whose calls draw on it, wherever they wait. */
  lanesOf = 0;
  readonly lanes = new Heap<Lane>(goesBefore);
  learning: Learning | null = null;

  constructor(
    readonly counter: Counter,
    /** What a wait is put down to: the budget, or `pause`, `probe`, `places in flight`. */
    readonly name: string,
    readonly draw: Draw | null = null,
  ) {}

  /** How long what waits for it takes to leave, if nothing else does. */
  get drainMs(): number {
    return this.backlog * this.counter.spacingMs;
  }
}
