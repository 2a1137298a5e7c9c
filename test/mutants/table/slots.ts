import type { Mutant } from '../mutant';

/** What loses or doubles the runs of a schedule. */
export const SLOT_MUTANTS: readonly Mutant[] = [
  {
    name: 'one slot may have two runs',
    file: 'src/store/migrations/0004_slots.sql',
    find: 'CREATE UNIQUE INDEX offpeak_run_once',
    replace: 'CREATE INDEX offpeak_run_once',
    breaks: 'G2',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'slots that came while no process ran are lost',
    file: 'src/schedule/slot-decision.ts',
    find: 'decisions: [...decideMissed(question, { busy, onTime, missedUntilMs }), ...onTime],',
    replace: 'decisions: missedUntilMs > 0 ? onTime : decideMissed(question, { busy, onTime, missedUntilMs }),',
    breaks: 'G2',
    killedBy: 'simulate',
  },
  {
    name: 'a missed slot is made up for twice',
    file: 'src/schedule/missed-slots.ts',
    find: "return missed(onTime.some(({ kind }) => kind === 'open') ? 0 : 1, 'a newer slot has a run');",
    replace: "return missed(onTime.some(({ kind }) => kind === 'open') ? 1 : 2, 'a newer slot has a run');",
    breaks: 'G2',
    killedBy: 'test/schedule/slot-decision.test.ts',
  },
  {
    name: 'a restart forgets up to where slots are decided',
    file: 'src/run/slots.ts',
    find: 'const decidedUntilMs = decidedUntil.get(scheduled.job.name) ?? nowMs;',
    replace: 'const decidedUntilMs = nowMs;',
    breaks: 'G2',
    killedBy: 'simulate',
  },
  {
    name: 'a slot in a gap of the clocks comes an hour early',
    file: 'src/schedule/slot.ts',
    find: "const atMs = placed.kind === 'at' ? placed.atMs : placed.endAtMs;",
    replace: "const atMs = placed.kind === 'at' ? placed.atMs : placed.endAtMs - 3_600_000;",
    breaks: 'G2',
    killedBy: 'test/schedule/slot.test.ts',
  },
];
