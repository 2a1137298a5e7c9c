import type { Fatal, Refused } from '../../src/job/outcome';
import type { Hold } from '../../src/limit/hold';
import { Barrier } from '../../src/run/barrier';
import { fakeClock } from '../fake-clock';

const CALL = { app: 'a', user: 'u' };
const REFUSED: Refused = { kind: 'backoff', scope: null, code: 'QUOTA', reason: 'no quota left' };
const FATAL: Fatal = { kind: 'fatal', scope: { app: 'a' }, code: 'NO_RIGHT', reason: 'no right', advice: 'grant it' };

function setup({ holds = [], shortage = null }: { holds?: readonly Hold[]; shortage?: string | null } = {}) {
  const clock = fakeClock();
  const kept: { hold: Hold; fence: number }[] = [];
  const ended: object[] = [];
  const barrier = new Barrier(
    {
      name: 'shop',
      clock,
      fence: 7,
      holds: {
        put: (hold, fence) => Promise.resolve(void kept.push({ hold, fence })),
        list: () => Promise.resolve([]),
      },
      shortage: () => shortage,
      onEnded: (scope) => ended.push(scope),
    },
    holds,
  );
  const held = (platform: string, inMs: number): Hold => {
    const untilMs = clock.nowMs() + inMs;
    return { platform, scope: { app: 'a' }, untilMs, code: 'QUOTA', reason: 'from before', sinceMs: 0 };
  };
  return { clock, barrier, kept, ended, held, nowMs: () => clock.nowMs() };
}

describe('what stands in the way of a call', () => {
  it('is nothing at first', () => {
    expect(setup().barrier.stopping(CALL)).toBeNull();
  });

  it('is a park of its scope, kept durably, until it ends, which is told once', async () => {
    const { clock, barrier, kept, ended, nowMs } = setup();
    const sinceMs = nowMs();
    const park = { kind: 'park', untilMs: sinceMs + 1_000, reason: 'no quota left' };
    expect(await barrier.park({ app: 'a' }, sinceMs + 1_000, REFUSED)).toEqual(park);
    const hold = { platform: 'shop', scope: { app: 'a' }, code: 'QUOTA', reason: 'no quota left', sinceMs };
    expect(kept).toEqual([{ hold: { ...hold, untilMs: sinceMs + 1_000 }, fence: 7 }]);
    expect(barrier.stopping(CALL)).toEqual(park);
    expect(barrier.stopping({ app: 'b' })).toBeNull();
    await clock.advance(1_000);
    expect(barrier.stopping(CALL)).toBeNull();
    expect(barrier.stopping(CALL)).toBeNull();
    expect(ended).toEqual([{ app: 'a' }]);
  });

  it('is a quota that is spent by our own count, which is not kept', () => {
    const { barrier, kept, nowMs } = setup();
    const park = { kind: 'park', untilMs: nowMs() + 500, reason: 'spent' };
    expect(barrier.spent(CALL, nowMs() + 500, 'spent')).toEqual(park);
    expect(barrier.stopping(CALL)).toEqual(park);
    expect(kept).toEqual([]);
  });

  it('is a refusal for good, for a minute, with what to do about it', async () => {
    const { clock, barrier } = setup();
    const failed = { kind: 'fail', reason: 'no right (NO_RIGHT) grant it' };
    expect(barrier.fail(FATAL)).toEqual(failed);
    expect(barrier.stopping(CALL)).toEqual(failed);
    await clock.advance(59_999);
    expect(barrier.stopping(CALL)).toEqual(failed);
    await clock.advance(1);
    expect(barrier.stopping(CALL)).toBeNull();
  });

  it('is no refusal for good that names no scope', () => {
    const { barrier } = setup();
    barrier.fail({ ...FATAL, scope: null });
    expect(barrier.stopping(CALL)).toBeNull();
  });

  it('is a disk without room before all else, and at once again when there is some', () => {
    const { barrier, nowMs } = setup({ shortage: 'the disk is full' });
    barrier.fail(FATAL);
    expect(barrier.stopping(CALL)).toEqual({ kind: 'park', untilMs: nowMs(), reason: 'the disk is full' });
  });

  it('is what an earlier process left on hold for this platform, until an operator changed it', () => {
    const { barrier, held } = setup();
    barrier.reload([held('other', 1_000)]);
    expect(barrier.stopping(CALL)).toBeNull();
    barrier.reload([held('shop', 1_000)]);
    expect(barrier.stopping(CALL)).toMatchObject({ kind: 'park', reason: 'from before' });
    barrier.fail(FATAL);
    barrier.reload([]);
    expect(barrier.stopping(CALL)).toBeNull();
  });
});
