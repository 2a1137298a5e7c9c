import type { Mutant } from '../mutant';

/** What breaks the limits of short windows. */
export const PACE_MUTANTS: readonly Mutant[] = [
  {
    name: 'one call too many is in flight',
    file: 'src/limit/in-flight.ts',
    find: '    return this.#taken < this.#limit ? -Infinity : Infinity;\n  }\n\n  take(): Taken {\n    this.#taken += 1;\n    return { ended: () =>',
    replace:
      '    return this.#taken <= this.#limit ? -Infinity : Infinity;\n  }\n\n  take(): Taken {\n    this.#taken += 1;\n    return { ended: () =>',
    breaks: 'G3',
    killedBy: 'test/limit/admission.test.ts',
  },
  {
    name: 'one call too many leaves in a window',
    file: 'src/limit/pace.ts',
    find: 'const over = this.#log.sum + Math.min(amount, this.limit) - this.limit;',
    replace: 'const over = this.#log.sum + Math.min(amount, this.limit) - this.limit - 1;',
    breaks: 'G3',
    killedBy: 'test/limit/pace.test.ts',
  },
  {
    name: 'a window counts from the admission of a call, not from when it left',
    file: 'src/limit/pace.ts',
    find: 'sent: (sentAtMs) => this.#log.stamp(place, sentAtMs),',
    replace: 'sent: () => undefined,',
    breaks: 'G3',
    killedBy: 'test/limit/pace.test.ts',
  },
  {
    name: 'a window is empty after an unclean stop',
    file: 'src/limit/pace.ts',
    find: 'this.#fullAtMs = fullAtMs;',
    replace: 'this.#fullAtMs = Math.min(fullAtMs, -Infinity);',
    breaks: 'G3',
    killedBy: 'test/limit/pace.test.ts',
  },
  {
    name: 'a shorter pause cuts a longer one',
    file: 'src/limit/in-flight.ts',
    find: 'this.#untilMs = Math.max(this.#untilMs, untilMs);',
    replace: 'this.#untilMs = untilMs;',
    breaks: 'G3',
    killedBy: 'test/limit/admission.test.ts',
  },
  {
    name: 'a limit that was learned is forgotten at a restart',
    file: 'src/limit/learning.ts',
    find: '    counter.limit = learned.limit;\n',
    replace: '',
    breaks: 'G3',
    killedBy: 'test/run/learned.test.ts',
  },
  {
    name: 'a limit that was learned is never raised again',
    file: 'src/limit/learning.ts',
    find: 'if (nowMs < this.#raiseAtMs || counter.limit >= highest) return false;',
    replace: 'if (nowMs >= -Infinity || counter.limit >= highest) return false;',
    breaks: 'G4',
    killedBy: 'test/limit/learning.test.ts',
  },
];
