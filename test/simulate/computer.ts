import type { VirtualClock } from '../../src/time/virtual-clock';

/** The machine that Offpeak runs on: its wall clock may be wrong, it may sleep, and its disk may be full. */
export class Computer {
  readonly #world: VirtualClock;
  #wallOffsetMs = 0;
  #suspendedMs = 0;
  #suspendedAtMs: number | null = null;
  #wake: (() => void)[] = [];
  isDiskFull = false;

  constructor(world: VirtualClock) {
    this.#world = world;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.#wallOffsetMs;
  }

  /** Stands still while the machine sleeps. */
  monotonicMs(): number {
    return (this.#suspendedAtMs ?? this.#world.monotonicMs()) - this.#suspendedMs;
  }

  get isSuspended(): boolean {
    return this.#suspendedAtMs !== null;
  }

  /** How far its wall clock is from the truth. */
  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }

  step(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  setRight(): void {
    this.#wallOffsetMs = 0;
  }

  async suspend(forMs: number): Promise<void> {
    if (this.#suspendedAtMs !== null) return;
    this.#suspendedAtMs = this.#world.monotonicMs();
    await this.#world.sleep(forMs);
    this.#suspendedMs += this.#world.monotonicMs() - this.#suspendedAtMs;
    this.#suspendedAtMs = null;
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Resolves when the machine wakes. */
  awake(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }
}
