import { createHash } from 'node:crypto';
import { OffpeakError } from '../../../errors';
import type { ScopeName } from '../../../job/scope';
import { type Budget, type ScopeValues, SPAN_MS_MAX } from '../../../limit/budget';
import type { ThrottlePolicy, TimeUnit } from './policy';
import { GROUP_PREFIX } from './rules';

/** A policy and what it is bound to. */
export interface BoundPolicy {
  readonly policy: ThrottlePolicy;
  /** `GET /v1/orders`, or a path alone for every method; left out for every API, empty for none. */
  readonly apis?: readonly string[];
  /** Apps and users with a figure of their own. */
  readonly specials?: readonly SpecialThrottle[];
}

/** Source: https://support.huaweicloud.com/intl/en-us/api-apig/CreateSpecialThrottlingConfigurationV2.html */
export interface SpecialThrottle {
  readonly object_type: 'APP' | 'USER';
  readonly object_id: string;
  /** Takes the place of the policy's figure for apps or users; never that for the API. */
  readonly call_limits: number;
}

export const UNIT_MS: Readonly<Record<TimeUnit, number>> = {
  SECOND: 1_000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/** The window of a policy, ms. */
export function windowMsOf({ time_interval, time_unit }: ThrottlePolicy): number {
  return time_interval * UNIT_MS[time_unit];
}

/**
 * The budgets that keep to a policy. A shared policy (type 2) counts all of its APIs together: its counters have the
 * policy itself, as `org`, where those of a basic one have the API. The vendor does not say when a window begins, so it is a rolling
 * one, which keeps to every phase. Throws CONFIG_INVALID for a window that is too long to be counted.
 */
export function budgetsOfPolicy({ policy, apis, specials = [] }: BoundPolicy): Budget[] {
  if (apis?.length === 0) return [];
  const frame = frameOf(policy, apis);
  const own = LIMITS.flatMap(({ field, word, name }) => {
    const limit = policy[field];
    const ids = specialIds(specials, name);
    return limit === undefined ? [] : [budgetOf(frame, { suffix: word, limit, name, except: ids })];
  });
  const special = specials.map(({ object_type, object_id, call_limits }) => {
    const name = object_type === 'APP' ? 'app' : 'user';
    return budgetOf(frame, { suffix: `${name}-${digest(object_id)}`, limit: call_limits, name, only: [object_id] });
  });
  return [...own, ...special];
}

/** What `org` is in the scope of a call that a shared policy counts. */
export function groupOf({ name }: ThrottlePolicy): string {
  return `${GROUP_PREFIX}${name}`;
}

/** The APIs that an entry of a policy means, as calls name them. */
export function apisMeant(entry: string): string[] {
  const [first = '', path] = entry.split(' ');
  if (path !== undefined && first !== 'ANY') return [entry];
  return METHODS.map((method) => `${method} ${path ?? first}`);
}

/** The methods that calls may have. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** More than any budget may have: nobody sends so much. */
const LIMIT_MAX = 1_000_000_000;

/** The words for the four limits: in a policy, in a refusal and as a scope. */
const LIMITS = [
  { field: 'api_call_limits', word: 'api', name: null },
  { field: 'user_call_limits', word: 'user', name: 'user' },
  { field: 'app_call_limits', word: 'app', name: 'app' },
  { field: 'ip_call_limits', word: 'ip', name: 'ip' },
] as const;

interface Frame {
  readonly prefix: string;
  readonly windowMs: number;
  /** What every counter of the policy has. */
  readonly group: ScopeName;
  readonly apis: readonly string[] | null;
  readonly learns: boolean;
  readonly source: string;
}

function frameOf(policy: ThrottlePolicy, apis: readonly string[] | undefined): Frame {
  const windowMs = windowMsOf(policy);
  if (windowMs > SPAN_MS_MAX) {
    const got = `${policy.time_interval} ${policy.time_unit}`;
    throw new OffpeakError(
      'CONFIG_INVALID',
      `throttling policy ${policy.name}: expected a window of at most 31 days, got ${got}`,
      { hint: 'Longer windows are not counted. Leave the policy out, or give a budget of your own.' },
    );
  }
  return {
    prefix: budgetPrefix(policy.name),
    windowMs,
    group: policy.type === 2 ? 'org' : 'api',
    apis: apis ? [...new Set(apis.flatMap(apisMeant))] : null,
    learns: policy.enable_adaptive_control === 'TRUE',
    source: `throttling policy ${policy.name}`,
  };
}

interface Limit {
  readonly suffix: string;
  readonly limit: number;
  readonly name: ScopeName | null;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

function budgetOf({ prefix, windowMs, group, apis, learns, source }: Frame, of: Limit): Budget {
  const { suffix, limit, name, only = [], except = [] } = of;
  const onlyThese: ScopeValues = {
    ...(apis ? { api: apis } : {}),
    ...(name && only.length > 0 ? { [name]: only } : {}),
  };
  return {
    name: `${prefix}-${suffix}`,
    limit: Math.min(limit, LIMIT_MAX),
    per: { rollingMs: windowMs },
    scope: name ? [group, name] : [group],
    ...(Object.keys(onlyThese).length > 0 ? { only: onlyThese } : {}),
    ...(name && except.length > 0 ? { except: { [name]: except } } : {}),
    ...(learns ? {} : { learns: false }),
    source,
  };
}

function specialIds(specials: readonly SpecialThrottle[], name: ScopeName | null): string[] {
  return specials
    .filter(({ object_type }) => name === (object_type === 'APP' ? 'app' : 'user'))
    .map(({ object_id }) => object_id);
}

/** With the longest suffix it still is a budget's name of at most 48 characters. */
const PREFIX_CHARS_MAX = 30;

/** A budget's name has fewer characters than a policy's: what does not fit is told apart by a digest. */
function budgetPrefix(policyName: string): string {
  const plain = policyName.replaceAll('_', '-');
  if (/^[a-z][a-z0-9-]*$/.test(plain) && plain.length <= PREFIX_CHARS_MAX) return plain;
  const letters = plain
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '')
    .slice(0, PREFIX_CHARS_MAX - DIGEST_CHARS - 1);
  const start = /^[a-z]/.test(letters) ? letters : `policy${letters === '' ? '' : `-${letters}`}`.slice(0, 21);
  return `${start}-${digest(policyName)}`;
}

const DIGEST_CHARS = 8;

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS);
}
