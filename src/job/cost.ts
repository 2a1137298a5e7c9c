import { OffpeakError } from '../errors';
import { describeValue } from './faults';

/** What a call draws in units other than calls: `{ tokens: 1_200 }`. A unit that is left out costs 0. */
export type Costs = Readonly<Record<string, number>>;

/** Of one unit and one call. */
export const COST_MAX = 1_000_000_000;

/** The ledger counts whole units: a fraction is rounded up. Throws JOB_INVALID for anything else than 0 to COST_MAX. */
export function parseCosts(costs: Readonly<Record<string, unknown>>, where: string): Costs {
  return Object.fromEntries(
    Object.entries(costs).map(([unit, amount]) => {
      if (typeof amount === 'number' && amount >= 0 && amount <= COST_MAX) return [unit, Math.ceil(amount)];
      throw new OffpeakError(
        'JOB_INVALID',
        `${where} cost.${unit}: expected a number from 0 to ${COST_MAX}, got ${describeValue(amount)}`,
      );
    }),
  );
}
