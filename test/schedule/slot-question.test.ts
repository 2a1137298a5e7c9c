import { parseSlotPolicy } from '../../src/schedule/slot-policy';
import { type LeavingOut, leftOut } from '../../src/schedule/slot-question';

const SLOT_MS = 1_000;

/** Why the slot is left out. */
function setup(reasons: { asked?: string; paused?: string; blackout?: string; includePaused?: boolean } = {}) {
  const { asked, paused, blackout, includePaused = false } = reasons;
  const because = (reason: string | undefined) => (atMs: number) =>
    reason === undefined || atMs !== SLOT_MS ? null : { reason };
  const question: LeavingOut = {
    policy: parseSlotPolicy({ every: '1h', catchUp: { includePaused } }),
    skippedBy: because(asked),
    pausedBy: because(paused),
    blackoutOf: because(blackout),
  };
  return leftOut(question, SLOT_MS);
}

const skip = (because: string, reason: string) => {
  return { kind: 'skip', slotAtMs: SLOT_MS, because, reason, intoRunId: null, slots: 1 };
};

describe('a slot is left out', () => {
  test('for no reason of itself at other times', () => {
    expect(setup()).toBeNull();
  });

  test('because somebody said so, before all else', () => {
    expect(setup({ asked: 'stocktaking', paused: 'p', blackout: 'b' })).toEqual(skip('operator', 'stocktaking'));
  });

  test('because its job was paused then, unless it makes up for that too', () => {
    expect(setup({ paused: 'a broken shop', blackout: 'b' })).toEqual(skip('paused', 'a broken shop'));
    expect(setup({ paused: 'a broken shop', includePaused: true })).toBeNull();
  });

  test('because of a blackout', () => {
    expect(setup({ blackout: 'freeze' })).toEqual(skip('blackout', 'freeze'));
    expect(setup({ paused: 'p', blackout: 'freeze', includePaused: true })).toEqual(skip('blackout', 'freeze'));
  });
});
