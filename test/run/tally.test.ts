import type { AttemptRecord, Spent } from '../../src/job/attempt';
import { Tally } from '../../src/run/tally';

const spent = (budget: string): Spent => ({ budget }) as Spent;
const attempt = (api: string): AttemptRecord => ({ api }) as AttemptRecord;

test('what a partition drew is handed out once, and before what came later when a commit failed', () => {
  const tally = new Tally();
  tally.spend([spent('a'), spent('b')]);
  tally.add(attempt('first'));
  const taken = tally.take();
  expect(taken).toEqual({ used: [spent('a'), spent('b')], unsent: [], attempts: [attempt('first')] });
  expect(tally.take()).toEqual({ used: [], unsent: [], attempts: [] });
  tally.spend([spent('c')]);
  tally.add(attempt('second'));
  tally.restore(taken);
  expect(tally.take()).toEqual({
    used: [spent('a'), spent('b'), spent('c')],
    unsent: [],
    attempts: [attempt('first'), attempt('second')],
  });
});
