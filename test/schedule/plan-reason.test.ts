import { describeReason } from '../../src/schedule/plan-reason';

const LEVELLED = { kind: 'levelled', share: 0.484, shareAtSlot: 0.61, avoids: false } as const;

describe('the reason of a planned start, in words', () => {
  test.each([
    [{ kind: 'pinned' } as const, 'pinned'],
    [{ kind: 'no-slack' } as const, 'its window leaves no choice'],
    [{ kind: 'alone', avoids: false } as const, 'shares no limit with another job'],
    [{ kind: 'alone', avoids: true } as const, 'shares no limit with another job; not at a busy time'],
    [LEVELLED, 'the limit is used to 48 % at most, at its slot to 61 %'],
    [{ ...LEVELLED, avoids: true }, 'the limit is used to 48 % at most, at its slot to 61 %; not at a busy time'],
    [{ ...LEVELLED, kind: 'kept' } as const, 'as before: the limit is used to 48 % at most, at its slot to 61 %'],
  ])('%j', (reason, words) => {
    expect(describeReason(reason)).toBe(words);
  });

  test('says when the offset changes nothing', () => {
    expect(describeReason({ ...LEVELLED, shareAtSlot: LEVELLED.share })).toBe(
      'the limit is used to 48 % at most, as at its slot',
    );
  });

  test('tells a little from nothing', () => {
    const used = (share: number): string => describeReason({ ...LEVELLED, share, shareAtSlot: share });
    expect(used(0)).toContain('to 0 % at most');
    expect(used(0.004)).toContain('to 0.4 % at most');
    expect(used(0.01)).toContain('to 1 % at most');
  });
});
