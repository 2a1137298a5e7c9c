import { heldUntilMs, isOver, type OperatorPause, pauseAt, pauseReason } from '../../src/job/operator-pause';

const JOB = { name: 'orders', platform: 'shop' };
const PAUSE: OperatorPause = {
  kind: 'job',
  name: 'orders',
  reason: 'stocktaking',
  by: 'ann',
  sinceMs: 100,
  untilMs: 200,
};
const OF_PLATFORM: OperatorPause = { ...PAUSE, kind: 'platform', name: 'shop' };

describe("an operator's pause", () => {
  it('of a job stops that job, of a platform every job of it', () => {
    expect(isOver(PAUSE, JOB)).toBe(true);
    expect(isOver(PAUSE, { name: 'shop', platform: 'orders' })).toBe(false);
    expect(isOver(OF_PLATFORM, JOB)).toBe(true);
    expect(isOver(OF_PLATFORM, { name: 'items', platform: 'shop' })).toBe(true);
    expect(isOver(OF_PLATFORM, { name: 'shop', platform: 'mall' })).toBe(false);
  });

  it('holds a job until the last of its pauses ends', () => {
    expect(heldUntilMs([], JOB, 150)).toBe(150);
    expect(heldUntilMs([PAUSE, { ...OF_PLATFORM, untilMs: 170 }], JOB, 150)).toBe(200);
    expect(heldUntilMs([PAUSE, { ...OF_PLATFORM, untilMs: null }], JOB, 150)).toBe(Infinity);
    expect(heldUntilMs([{ ...PAUSE, name: 'items', untilMs: null }], JOB, 150)).toBe(150);
  });

  it('holds a job also after the clock was set back, and no longer than its instant', () => {
    expect(heldUntilMs([PAUSE], JOB, 50)).toBe(200);
    expect(heldUntilMs([PAUSE], JOB, 200)).toBe(200);
    expect(heldUntilMs([PAUSE], JOB, 300)).toBe(300);
  });

  it('explains the slots that came while it lasted, long after', () => {
    const cut = { ...PAUSE, end: { atMs: 150, by: 'bob' } };
    const whole = { ...OF_PLATFORM, sinceMs: 140, end: null };
    const by = (atMs: number) => pauseAt([whole, cut], JOB, atMs);
    expect([99, 100, 139, 140, 150, 199, 200].map(by)).toEqual([null, cut, cut, whole, whole, whole, null]);
    expect(pauseAt([cut], JOB, 150)).toBeNull();
    expect(pauseAt([{ ...whole, untilMs: null }], JOB, 1e12)).not.toBeNull();
  });

  it('says who asked for it, and why', () => {
    expect(pauseReason(PAUSE)).toBe('paused by ann: stocktaking');
    expect(pauseReason(OF_PLATFORM)).toBe('platform shop paused by ann: stocktaking');
  });
});
