import { SPAN_MS_MAX } from '../../../limit/budget';
import { type BoundPolicy, type SpecialThrottle, windowMsOf } from './budgets';
import { POLICY_PARAMETERS, parseThrottlePolicy } from './policy';
import type { BoundApi, LivePolicy, LiveSpecial } from './throttles';

/** A live policy with all that hangs on it. */
export interface LiveThrottle {
  readonly policy: LivePolicy;
  readonly apis: readonly BoundApi[];
  readonly specials: readonly LiveSpecial[];
}

/** What `throttles` of apig() takes: sorted, so that the same policies give the same file. */
export interface Pulled {
  readonly throttles: readonly BoundPolicy[];
  /** Names of policies whose window is too long to be counted. */
  readonly leftOut: readonly string[];
}

/** The budgets' side of live policies: of their APIs those of one environment. Throws CONFIG_INVALID for a policy that breaks a rule. */
export function pulledFrom(live: readonly LiveThrottle[], environment: string): Pulled {
  const all = live
    .map((one) => boundPolicy(one, environment))
    .sort((one, other) => compare(one.policy.name, other.policy.name));
  const isCounted = ({ policy }: BoundPolicy): boolean => windowMsOf(policy) <= SPAN_MS_MAX;
  return {
    throttles: all.filter(isCounted),
    leftOut: all.filter((one) => !isCounted(one)).map(({ policy }) => policy.name),
  };
}

function boundPolicy({ policy, apis, specials }: LiveThrottle, environment: string): BoundPolicy {
  const names = apis.filter(({ run_env_name }) => run_env_name === environment).map(nameOf);
  return {
    policy: parseThrottlePolicy(parametersOf(policy), `throttling policy ${policy.name}`),
    apis: [...new Set(names)].sort(compare),
    ...(specials.length > 0 ? { specials: specials.map(specialOf).sort(bySubject) } : {}),
  };
}

/** The parameters only; a limit that was not given may be told as null or 0. */
function parametersOf(policy: LivePolicy): Record<string, unknown> {
  const given = POLICY_PARAMETERS.map((name) => [name, policy[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null && value !== 0));
}

/** As calls name it; without a method, where the service tells none, it stands for every one. */
function nameOf({ req_method, req_uri }: BoundApi): string {
  return req_method === undefined || req_method === 'ANY' ? req_uri : `${req_method} ${req_uri}`;
}

function specialOf({ object_type, object_id, call_limits }: LiveSpecial): SpecialThrottle {
  return { object_type, object_id, call_limits };
}

function bySubject(one: SpecialThrottle, other: SpecialThrottle): number {
  return compare(`${one.object_type} ${one.object_id}`, `${other.object_type} ${other.object_id}`);
}

/** By code unit: the order must not follow the machine's language. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
