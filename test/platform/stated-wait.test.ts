import { readError } from '../../src/platform/classify';
import { durationIn, type StatedWait, spentReset } from '../../src/platform/stated-wait';
import { NOW_MS, replyOf } from './setup';

function stated(wait: StatedWait, message: string, headers: Record<string, string> = {}): number | null {
  const context = {
    scope: {},
    nowMs: NOW_MS,
    day: { kind: 'civil', at: '00:00', timezone: 'UTC' },
    tokenOwner: null,
  } as const;
  const paths = { codes: [], texts: ['message'] };
  return wait(readError(replyOf({ message }, 429, headers), { message }, { paths, context }));
}

describe('a span in a message', () => {
  const wait = durationIn(/try again in ([\d.hms]+)/i);

  it.each([
    ['Please try again in 7m12s. Visit the page.', 432_000],
    ['Please try again in 8.64s.', 8_640],
    ['PLEASE TRY AGAIN IN 41MS', 41],
    ['Please try again in 1h0m0s', 3_600_000],
    ['Please try again later.', null],
    ['Please try again in .', null],
  ])('is read from "%s"', (message, ms) => {
    expect(stated(wait, message)).toBe(ms);
  });
});

describe('the reset of what is exhausted', () => {
  it('is the longest of those that have nothing left', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '20s',
      'x-ratelimit-remaining-project-tokens': '0',
      'x-ratelimit-reset-project-tokens': '40s',
      'x-ratelimit-remaining-tokens': '7',
      'x-ratelimit-reset-tokens': '6m0s',
    };
    expect(stated(spentReset, '', headers)).toBe(40_000);
  });

  it('is not stated where something is left of everything', () => {
    expect(stated(spentReset, '', { 'x-ratelimit-remaining-tokens': '7' })).toBeNull();
    expect(stated(spentReset, '')).toBeNull();
  });
});
