import { turnEndOf } from '../../src/run/call-end';

test('a call that did not end well ends its turn in the same way, and hands on nothing but that', () => {
  expect(turnEndOf({ kind: 'park', untilMs: 5, reason: 'no quota' })).toEqual({
    kind: 'park',
    untilMs: 5,
    reason: 'no quota',
  });
  expect(turnEndOf({ kind: 'rewind', reason: 'old token' })).toEqual({ kind: 'rewind', reason: 'old token' });
  expect(turnEndOf({ kind: 'fail', reason: 'no right' })).toEqual({ kind: 'fail', reason: 'no right' });
});
