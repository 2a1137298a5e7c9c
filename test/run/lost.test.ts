import { OffpeakError } from '../../src/errors';
import { isLost } from '../../src/run/lost';

test('without the lease or the store nothing can be kept, and nothing else is as bad', () => {
  expect(isLost(new OffpeakError('FENCED', 'another process holds the lease'))).toBe(true);
  expect(isLost(new OffpeakError('STORE_IN_USE', 'in use'))).toBe(true);
  expect(isLost(new OffpeakError('RUN_FAILED', 'no STORE_ to be seen'))).toBe(false);
  expect(isLost(new Error('STORE_IN_USE'))).toBe(false);
  expect(isLost('FENCED')).toBe(false);
  expect(isLost(undefined)).toBe(false);
});
