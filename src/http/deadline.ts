import { AWAKE, type Clock } from '../time/clock';
import { Fault, type FaultCode } from './fault';

/** Ends an attempt when the phase it is in, or the whole of it, takes too long, or when its caller gives up. */
export class Deadline {
  readonly #clock: Clock;
  readonly #ending = new AbortController();
  readonly #total: AbortController;
  #phase = new AbortController();

  constructor(clock: Clock, totalMs: number, caller: AbortSignal) {
    this.#clock = clock;
    this.#total = this.#start('TOTAL_TIMEOUT', totalMs);
    const giveUp = (): void => this.#ending.abort(new Fault('ABORTED', 'given up by the caller'));
    if (caller.aborted) giveUp();
    // Tied to the attempt's own life, so that a long-lived signal does not collect listeners.
    else caller.addEventListener('abort', giveUp, { once: true, signal: this.#total.signal });
  }

  /** Aborts with the Fault that ended the attempt. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** The next phase begins; the one before is over. */
  enter(code: FaultCode, limitMs: number): void {
    this.#phase.abort(AWAKE);
    this.#phase = this.#start(code, limitMs);
  }

  stop(): void {
    this.#phase.abort(AWAKE);
    this.#total.abort(AWAKE);
  }

  /** Settles with the work, or rejects as soon as a deadline passes, even where the work cannot be interrupted. */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    work.catch(() => undefined); // may still fail after the race is lost
    return Promise.race([work, this.#ended()]);
  }

  #ended(): Promise<never> {
    return new Promise((_, reject) => {
      const end = (): void => reject(this.signal.reason as Fault);
      if (this.signal.aborted) end();
      else this.signal.addEventListener('abort', end, { once: true });
    });
  }

  #start(code: FaultCode, limitMs: number): AbortController {
    const timer = new AbortController();
    void this.#clock.sleep(limitMs, timer.signal).then(() => {
      if (!timer.signal.aborted)
        this.#ending.abort(new Fault(code, `${NAMES[code] ?? code} took longer than ${limitMs} ms`));
    });
    return timer;
  }
}

const NAMES: Partial<Record<FaultCode, string>> = {
  CONNECT_TIMEOUT: 'connecting',
  HEADERS_TIMEOUT: 'the reply',
  BODY_TIMEOUT: 'the next part of the body',
  TOTAL_TIMEOUT: 'the attempt',
};
