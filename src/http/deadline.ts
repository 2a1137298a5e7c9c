import { AWAKE, type Clock } from '../time/clock';
import { Fault, type FaultCode } from './fault';

/**
 * The deadlines of all attempts under way, on one timer: nearly every attempt ends long before its own, and three timers
 * each cost more than sending it.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #running = new Set<Deadline>();
  #alarm: AbortController | null = null;
  #alarmAtMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param onPassed told once, when the attempt's phase or the whole of it took too long. */
  start(totalMs: number, onPassed: (fault: Fault) => void): Deadline {
    const deadline: Deadline = new Deadline(totalMs, {
      clock: this.#clock,
      onPassed,
      onChange: (endsAtMs) => this.#wakeBy(endsAtMs),
      onStop: () => this.#drop(deadline),
    });
    this.#running.add(deadline);
    this.#wakeBy(deadline.endsAtMs);
    return deadline;
  }

  #drop(deadline: Deadline): void {
    this.#running.delete(deadline);
    if (this.#running.size === 0) this.#silence(); // a timer that nobody needs keeps the process from ending
  }

  /** Only earlier: what was moved to later is found to be so when the alarm rings. */
  #wakeBy(endsAtMs: number): void {
    if (endsAtMs >= this.#alarmAtMs) return;
    this.#silence();
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#alarmAtMs = endsAtMs;
    void this.#clock.sleep(endsAtMs - this.#clock.monotonicMs(), alarm.signal).then(() => {
      if (!alarm.signal.aborted) this.#ring();
    });
  }

  #ring(): void {
    this.#alarmAtMs = Infinity;
    const nowMs = this.#clock.monotonicMs();
    for (const deadline of [...this.#running]) if (deadline.endsAtMs <= nowMs) deadline.pass();
    this.#wakeBy(Math.min(...[...this.#running].map(({ endsAtMs }) => endsAtMs)));
  }

  #silence(): void {
    this.#alarm?.abort(AWAKE);
    this.#alarm = null;
    this.#alarmAtMs = Infinity;
  }
}

interface DeadlineParts {
  readonly clock: Clock;
  readonly onPassed: (fault: Fault) => void;
  readonly onChange: (endsAtMs: number) => void;
  readonly onStop: () => void;
}

/** When one attempt has taken too long: the phase that it is in, or the whole of it. On the monotonic clock. */
export class Deadline {
  readonly #parts: DeadlineParts;
  readonly #totalMs: number;
  readonly #totalEndsAtMs: number;
  #code: FaultCode = 'TOTAL_TIMEOUT';
  #limitMs = Infinity;
  #phaseEndsAtMs = Infinity;

  constructor(totalMs: number, parts: DeadlineParts) {
    this.#parts = parts;
    this.#totalMs = totalMs;
    this.#totalEndsAtMs = parts.clock.monotonicMs() + totalMs;
  }

  get endsAtMs(): number {
    return Math.min(this.#phaseEndsAtMs, this.#totalEndsAtMs);
  }

  /** The next phase begins; the one before is over. */
  enter(code: FaultCode, limitMs: number): void {
    this.#code = code;
    this.#limitMs = limitMs;
    this.#phaseEndsAtMs = this.#parts.clock.monotonicMs() + limitMs;
    this.#parts.onChange(this.endsAtMs);
  }

  stop(): void {
    this.#parts.onStop();
  }

  /** It is over, and the attempt is told. */
  pass(): void {
    this.stop();
    const isPhase = this.#phaseEndsAtMs <= this.#totalEndsAtMs;
    this.#parts.onPassed(isPhase ? tooLong(this.#code, this.#limitMs) : tooLong('TOTAL_TIMEOUT', this.#totalMs));
  }
}

function tooLong(code: FaultCode, limitMs: number): Fault {
  return new Fault(code, `${NAMES[code] ?? code} took longer than ${limitMs} ms`);
}

const NAMES: Partial<Record<FaultCode, string>> = {
  CONNECT_TIMEOUT: 'connecting',
  HEADERS_TIMEOUT: 'the reply',
  BODY_TIMEOUT: 'the next part of the body',
  TOTAL_TIMEOUT: 'the attempt',
};
