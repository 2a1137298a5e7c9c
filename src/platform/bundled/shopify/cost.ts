import type { RateReading } from '../../../job/reading';
import { at } from '../../error-reply';
import { parseJson } from '../../json';
import type { StatedWait } from '../../stated-wait';

/** What a GraphQL reply tells of its cost, in points. */
export interface QueryCost {
  /** Counted beforehand, from the fields that were asked for. */
  readonly requested: number | null;
  /** What it came to; null when it was not run. */
  readonly actual: number | null;
  /** What the bucket holds, holds now and gets back each second. */
  readonly maximum: number | null;
  readonly available: number | null;
  readonly restoreRate: number | null;
  /** It could never be run: it costs more than a full bucket. */
  readonly isTooLarge: boolean;
}

/** `extensions.cost`; null where it is not there. */
export function costOf(body: unknown): QueryCost | null {
  const number = (path: string): number | null => {
    const value = at(body, `extensions.cost.${path}`);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= POINTS_MAX ? value : null;
  };
  if (at(body, 'extensions.cost') === undefined) return null;
  const requested = number('requestedQueryCost');
  const actual = number('actualQueryCost');
  const maximum = number('throttleStatus.maximumAvailable');
  return {
    requested,
    actual: actual === null ? null : Math.ceil(actual),
    maximum,
    available: number('throttleStatus.currentlyAvailable'),
    restoreRate: number('throttleStatus.restoreRate'),
    isTooLarge: requested !== null && maximum !== null && maximum > 0 && requested > maximum,
  };
}

/**
 * Until the bucket holds what the query costs.
 * Source: https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits
 */
export const queryWait: StatedWait = ({ value }) => {
  const cost = costOf(value);
  if (!cost || cost.requested === null || cost.available === null || !cost.restoreRate) return null;
  return Math.ceil((Math.max(0, cost.requested - cost.available) / cost.restoreRate) * 1_000);
};

/** The bucket as the reply tells of it, in the time that fills it. */
export function throttleReadings(body: string): RateReading[] {
  const cost = costOf(parseJson(body));
  if (!cost?.maximum || !cost.restoreRate || cost.available === null) return [];
  const windowMs = Math.round((cost.maximum / cost.restoreRate) * 1_000);
  const remaining = Math.min(Math.floor(cost.available), Math.floor(cost.maximum));
  return [{ limit: Math.floor(cost.maximum), remaining, windowMs, resetInMs: null, unit: 'points' }];
}

/** More than any plan has; beyond it a figure is taken for unreadable. */
const POINTS_MAX = 1_000_000_000;
