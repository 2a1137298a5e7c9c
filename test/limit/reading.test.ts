import { PAUSE_MS_MAX } from '../../src/job/outcome';
import type { Reading } from '../../src/job/reading';
import { qps, setup } from './setup';

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
const BUDGETS = [qps('user-qps', 10, { scope: ['app', 'user'], pacing: 'burst', guardMs: 0 })];

function reading(parts: Partial<Reading>): Reading {
  const nothing = { limit: null, remaining: null, windowMs: null, resetInMs: null };
  return { scope: { app: 'a', user: 'u1' }, ...nothing, ...parts };
}

function open() {
  const bundle = setup({ budgets: BUDGETS });
  const { admission, drawsFor } = bundle;
  return { ...bundle, read: (...readings: Reading[]) => admission.read(drawsFor('u1'), readings) };
}

describe('a reply that says what is left', () => {
  it('pauses its scope until there is more again, when nothing is', async () => {
    const { read, send, clock, atOf } = open();
    read(reading({ remaining: 0, resetInMs: 7_000 }));
    await clock.run(Promise.all([send('u1'), send('u2')]));
    expect([atOf('u1'), atOf('u2')]).toEqual([[7_000], [0]]);
  });

  it('says nothing of a counter of other names', () => {
    const { read, admission } = open();
    read(reading({ scope: { app: 'a' }, limit: 2 }), reading({ scope: { app: 'a', user: 'u2' }, limit: 2 }));
    expect(admission.news()).toEqual([]);
  });

  it('pauses nothing while something is left', async () => {
    const { read, send, clock, atOf } = open();
    read(reading({ remaining: 1, resetInMs: 7_000 }));
    await clock.run(send('u1'));
    expect(atOf('u1')).toEqual([0]);
  });

  it('says nothing of the limit where it says that it is below one', () => {
    const { read, admission } = open();
    read(reading({ limit: 0 }));
    expect(admission.news()).toEqual([]);
    read(reading({ limit: 1 }));
    expect(admission.news()).toMatchObject([{ limit: 1 }]);
  });

  it('pauses nothing for the window of another budget', async () => {
    const { read, send, clock, atOf } = open();
    read(reading({ remaining: 0, resetInMs: 7_000, windowMs: MINUTE_MS }));
    await clock.run(send('u1'));
    expect(atOf('u1')).toEqual([0]);
  });

  it('pauses for no longer than a pause may be', async () => {
    const { read, send, clock, atOf } = open();
    read(reading({ remaining: 0, resetInMs: DAY_MS }));
    await clock.run(send('u1'));
    expect(atOf('u1')).toEqual([PAUSE_MS_MAX]);
  });

  it('shows strangers, when the platform counted more than we sent', async () => {
    const { read, send, clock, admission } = open();
    await clock.run(Promise.all([send('u1'), send('u1')]));
    read(reading({ limit: 10, remaining: 6 })); // two more: a matter of when each side looks
    expect(admission.news()).toMatchObject([{ strangers: null, said: 10 }]);
    read(reading({ limit: 10, remaining: 3 }));
    expect(admission.news()).toMatchObject([
      { strangers: 5, reason: 'the platform counted 5 more than Offpeak sent', limit: null },
    ]);
    read(reading({ limit: 10, remaining: 3 }));
    expect(admission.news()).toEqual([]);
  });
});
