import type { Scope } from '../job/scope';
import { windowMsOf } from '../platform/bundled/apig/budgets';
import type { ApigError } from './apig-error';
import type { ApigSettings } from './apig-options';
import type { HeldPolicy } from './apig-throttles';
import type { Draw, Quota } from './quota';

/** Who calls what, as the gateway knows it: an app is known by its own authentication only. */
export interface Caller {
  readonly api: string;
  readonly user: string;
  readonly app: string | null;
  readonly ip: string;
}

type LimitName = 'domain' | 'model' | 'api' | 'user' | 'app' | 'ip';

/** One limit of a call, with what its refusal says of it. */
export interface LimitDraw extends Draw {
  readonly word: LimitName;
  /** `1 minute` */
  readonly window: string;
}

/** Every limit that a call draws on: those of the policy that is bound to its API, else the gateway's own. */
export function drawsOf(caller: Caller, held: HeldPolicy | null, settings: ApigSettings): LimitDraw[] {
  const { apiQps, debugPerDay, modelPerDay } = settings.limits;
  const day = { per: 'day', window: '1 day', scope: {} } as const;
  const own: LimitDraw[] = [
    ...(debugPerDay === null ? [] : [{ ...day, budget: 'debug-day', word: 'domain' as const, limit: debugPerDay }]),
    ...(modelPerDay === null ? [] : [{ ...day, budget: 'model-day', word: 'model' as const, limit: modelPerDay }]),
  ];
  if (held) return [...own, ...policyDraws(caller, held, settings)];
  const { api } = caller;
  const basic = { budget: 'api-qps', word: 'api', window: '1 second', scope: { api }, per: 'second' } as const;
  return apiQps === null ? own : [...own, { ...basic, limit: apiQps }];
}

/** In the words of the gateway. */
export function refusalOf({ word, limit, window }: LimitDraw): ApigError {
  if (word === 'model') return { status: 429, code: 'APIG.0308', text: 'Daily quota exhausted' };
  const text = `The throttling threshold has been reached: policy ${word} over ratelimit,limit:${limit},time:${window}`;
  return { status: 429, code: 'APIG.0308', text };
}

/** What a request with `X-Apig-Mode: debug` is told of its limits, in lower case: names are compared without case. */
export function debugHeaders(draws: readonly LimitDraw[], quota: Quota, at: { wallMs: number; monotonicMs: number }) {
  const told = draws.filter(({ word }) => word !== 'domain' && word !== 'model');
  return Object.fromEntries(
    told.map((draw) => {
      const { left } = quota.standing(draw, at);
      return [`x-apig-ratelimit-${draw.word}`, `remain:${left},limit:${draw.limit},time:${draw.window}`];
    }),
  );
}

function policyDraws(caller: Caller, { id, policy, specials }: HeldPolicy, { windows }: ApigSettings): LimitDraw[] {
  const windowMs = windowMsOf(policy);
  // A shared policy counts its APIs together: then the API's name does not tell counters apart.
  const group: Scope = policy.type === 2 ? { org: id } : { org: id, api: caller.api };
  const special = (type: 'APP' | 'USER', who: string): number | undefined =>
    [...specials.values()].find((one) => one.object_type === type && one.object_id === who)?.call_limits;
  const { user, app, ip } = caller;
  const limits: [word: LimitName, scope: Scope, limit: number | undefined][] = [
    ['api', group, policy.api_call_limits],
    ['user', { ...group, user }, special('USER', user) ?? policy.user_call_limits],
    ...(app === null
      ? []
      : [['app', { ...group, app }, special('APP', app) ?? policy.app_call_limits] as [LimitName, Scope, number]]),
    ['ip', { ...group, ip }, policy.ip_call_limits],
  ];
  const window = `${policy.time_interval} ${policy.time_unit.toLowerCase()}`;
  return limits.flatMap(([word, scope, limit]) =>
    limit === undefined
      ? []
      : [{ budget: `throttle-${word}`, word, window, scope, limit, per: { windowMs, counter: { kind: windows } } }],
  );
}
