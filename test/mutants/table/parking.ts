import type { Mutant } from '../mutant';

/** What breaks how work is put down at the end of a quota or of its hours, and taken up again. */
export const PARKING_MUTANTS: readonly Mutant[] = [
  {
    name: 'a hold is not stored',
    file: 'src/run/barrier.ts',
    find: '    await this.#parts.holds.put(hold, this.#parts.fence);\n',
    replace: '',
    breaks: 'G4',
    killedBy: 'test/run/scope.test.ts',
  },
  {
    name: 'a hold ends an hour early',
    file: 'src/run/gateway.ts',
    find: 'const untilMs = outcome.untilMs + resetGuardMs;',
    replace: 'const untilMs = outcome.untilMs + resetGuardMs - 3_600_000;',
    breaks: 'G4',
    killedBy: 'test/run/stranger.test.ts',
  },
  {
    name: 'a hold ends a day late',
    file: 'src/run/gateway.ts',
    find: 'const untilMs = outcome.untilMs + resetGuardMs;',
    replace: 'const untilMs = outcome.untilMs + resetGuardMs + 86_400_000;',
    breaks: 'G4',
    killedBy: 'simulate',
  },
  {
    name: 'a quota that is gone stops nobody else',
    file: 'src/run/barrier.ts',
    find: 'const park = this.#parks.stopping(scope, nowMs);',
    replace: 'const park = nowMs < 0 ? this.#parks.stopping(scope, nowMs) : null;',
    breaks: 'G3',
    killedBy: 'test/run/refusal.test.ts',
  },
  {
    name: 'what operators paused is not held',
    file: 'src/run/pauses.ts',
    find: 'return heldUntilMs(this.lasting, job, fromMs);',
    replace: 'return Math.min(fromMs, heldUntilMs(this.lasting, job, fromMs));',
    breaks: 'G8',
    killedBy: 'test/run/pauses.test.ts',
  },
  {
    name: 'a neighbour leaves after a refusal of its scope',
    file: 'src/run/attempts.ts',
    find: `    const held = this.#barrier.stopping(scope);
    if (held) return { kind: 'ended', end: held };
    if (permit.isStale`,
    replace: '    if (permit.isStale',
    breaks: 'G3',
    killedBy: 'test/run/gateway.test.ts',
  },
  {
    name: 'a park goes back to the bookmark',
    file: 'src/store/turn.ts',
    find: `      case 'rewind':
        checkpoints.move(`,
    replace: `      case 'park':
      case 'rewind':
        checkpoints.move(`,
    breaks: 'G2',
    killedBy: 'simulate',
  },
  {
    name: 'the parked are forgotten while others run',
    file: 'src/run/job.ts',
    find: 'if (resumeMs !== Infinity && resumeMs > nowMs) waits.push(',
    replace: 'if (resumeMs === -Infinity) waits.push(',
    breaks: 'G4',
    killedBy: 'test/run/park.test.ts',
  },
  {
    name: 'a parked run is looked for at the next tick only',
    file: 'src/run/scheduler.ts',
    find: '    this.#lookBy((await runs.nextDueMs(nowMs)) ?? Infinity);\n',
    replace: '',
    breaks: 'G4',
    killedBy: 'simulate',
  },
  {
    name: 'what is parked goes on outside of its hours',
    file: 'src/run/job.ts',
    find: ': this.#parts.gate.nextStartMs(this.#job, this.#run, Math.max(firstMs, nowMs));',
    replace: ': Math.max(firstMs, nowMs);',
    breaks: 'G4',
    killedBy: 'test/run/hours.test.ts',
  },
  {
    name: 'the end of the hours is not seen by a run that drains',
    file: 'src/run/window-end.ts',
    find: "if (policy === 'drain') putDown.drain();",
    replace: "if (policy === 'drain') return;",
    breaks: 'G4',
    killedBy: 'test/run/window-end.test.ts',
  },
  {
    name: 'the end of the hours does not pause a run',
    file: 'src/run/window-end.ts',
    find: 'else putDown.order(endAt(hours, clock.nowMs()));',
    replace: 'else putDown.drain();',
    breaks: 'G4',
    killedBy: 'test/run/window-end.test.ts',
  },
  {
    name: 'an unpark does not reach a run under way',
    file: 'src/run/orders.ts',
    find: 'if (unparked.length > 0) unparks.tell();',
    replace: '',
    breaks: 'G8',
    killedBy: 'test/run/restored.test.ts',
  },
  {
    name: 'an unpark leaves the hold in memory',
    file: 'src/run/gateway.ts',
    find: '    this.#barrier.reload(holds);\n',
    replace: '',
    breaks: 'G8',
    killedBy: 'test/run/restored.test.ts',
  },
  {
    name: 'a restart forgets what operators paused',
    file: 'src/run/pauses.ts',
    find: `  const lasting = await parts.store.list(parts.clock.nowMs());
  return new Pauses`,
    replace: `  const lasting: readonly OperatorPause[] = [];
  return new Pauses`,
    breaks: 'G8',
    killedBy: 'test/run/pauses.test.ts',
  },
  {
    name: 'a pause leaves what is under way alone',
    file: 'src/run/pauses.ts',
    find: '    for (const run of this.#underWay) this.#putDown(run);\n',
    replace: '',
    breaks: 'G8',
    killedBy: 'test/run/pauses.test.ts',
  },
];
