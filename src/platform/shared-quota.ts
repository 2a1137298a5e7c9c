import type { Draw } from '../limit/budget';
import { sharedDraw } from '../limit/share-budget';
import type { Platform } from './platform';

/** A call of no API in particular: what it draws on, every call of the account does. */
const ANY_CALL = { api: '*', params: {}, scope: {} };

/** The counter of the quota that the jobs of a platform share; null when it has no budget that they could. */
export function sharedQuota(platform: Platform): Draw | null {
  try {
    return sharedDraw(platform.budgets, platform.scope(ANY_CALL));
  } catch {
    return null; // a `scope` function of one's own that needs to know the call: then no counter is the same for all
  }
}
