import type { Scope } from '../job/scope';
import type { Clock } from '../time/clock';
import { Pause, Ramp } from './in-flight';
import { Turnstile } from './lane';
import { ScopeMap } from './scope-map';

/** What stops calls by their scope: pauses, and the ramps that follow a probe. They come and go, unlike counters. */
export class Stops {
  readonly #clock: Clock;
  readonly #pauses = new ScopeMap<Turnstile>();
  readonly #ramps = new ScopeMap<Turnstile>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that a call of this scope has to pass. */
  covering(scope: Scope): Turnstile[] {
    return [...this.#pauses.covering(scope), ...this.#ramps.covering(scope)];
  }

  /** A shorter pause never cuts a longer one. */
  pause(scope: Scope, forMs: number): void {
    const { counter } = this.#of(this.#pauses, scope, () => new Turnstile(new Pause(), 'pause'));
    if (counter instanceof Pause) counter.extend(this.#clock.monotonicMs() + forMs);
  }

  isPaused(scope: Scope): boolean {
    const nowMs = this.#clock.monotonicMs();
    return this.#pauses.covering(scope).some(({ counter }) => !counter.isIdle(nowMs));
  }

  ramp(scope: Scope): void {
    this.#of(this.#ramps, scope, () => new Turnstile(new Ramp(), 'probe'));
  }

  /** Ends every pause. Returns those that somebody may wait for. */
  lift(): Turnstile[] {
    const lifted = [...this.#pauses.values()];
    for (const { counter } of lifted) if (counter instanceof Pause) counter.lift();
    return lifted;
  }

  /** The one of a scope; those that hold nobody back any more make room for a new one. */
  #of(stops: ScopeMap<Turnstile>, scope: Scope, make: () => Turnstile): Turnstile {
    const nowMs = this.#clock.monotonicMs();
    const known = stops.get(scope);
    if (known && !(known.counter instanceof Ramp && known.counter.isIdle())) return known;
    stops.prune(({ counter, lanes }) => counter.isIdle(nowMs) && lanes.size === 0);
    const made = make();
    stops.set(scope, made);
    return made;
  }
}
