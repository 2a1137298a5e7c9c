import { backoffMs, Retries } from '../../src/run/retries';

test('a wait after failures doubles from half a second to half a minute, and at least half of it is kept', () => {
  expect([1, 2, 3, 6, 7, 20].map((failures) => backoffMs(failures, 1))).toEqual([
    500, 1_000, 2_000, 16_000, 30_000, 30_000,
  ]);
  expect(backoffMs(1, 0)).toBe(250);
  expect(backoffMs(3, 0.5)).toBe(1_500);
});

test('what a call has been through is counted from 1, each kind by itself', () => {
  const retries = new Retries();
  expect([retries.nextAttempt(), retries.nextAttempt()]).toEqual([1, 2]);
  expect([retries.countFailure(), retries.countFailure()]).toEqual([1, 2]);
  expect([retries.countPause(), retries.countPause()]).toEqual([1, 2]);
  expect([retries.countRenewal(), retries.countRenewal()]).toEqual([1, 2]);
});
