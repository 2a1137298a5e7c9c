import { type Costs, parseCosts } from '../job/cost';
import type { Platform, PlatformCall } from './platform';

/** What a call is expected to draw, unit by unit: the job's own estimate before the platform's. Throws JOB_INVALID. */
export function estimateOf(platform: Platform, call: PlatformCall): Costs {
  if (!platform.cost && !call.cost) return NOTHING;
  return parseCosts({ ...platform.cost?.(call), ...call.cost }, `call("${call.api}")`);
}

const NOTHING: Costs = {};
