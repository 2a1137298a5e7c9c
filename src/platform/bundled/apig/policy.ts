import { z } from 'zod';
import { OffpeakError } from '../../../errors';
import { describeValue, type Fault, faultsOf, strictShape } from '../../../job/faults';
import { isEnvelope } from '../../envelope';

/**
 * A throttling policy of Huawei Cloud API Gateway: the body of `POST …/throttles` as it is.
 * Source: https://support.huaweicloud.com/intl/en-us/api-apig/CreateRequestThrottlingPolicyV2.html
 */
export interface ThrottlePolicy {
  readonly app_call_limits?: number;
  readonly name: string;
  readonly time_unit: TimeUnit;
  readonly remark?: string;
  readonly api_call_limits: number;
  /** 1 (default): every bound API is counted alone. 2: all bound APIs are counted together. */
  readonly type?: 1 | 2;
  /** The gateway does not support it. `TRUE` lets Offpeak learn a lower limit from repeated refusals. */
  readonly enable_adaptive_control?: 'TRUE' | 'FALSE';
  readonly user_call_limits?: number;
  readonly time_interval: number;
  readonly ip_call_limits?: number;
}

export type TimeUnit = (typeof TIME_UNITS)[number];

export const TIME_UNITS = ['SECOND', 'MINUTE', 'HOUR', 'DAY'] as const;

/** What the gateway calls a value that it does not take. */
export const INVALID_PARAMETER = 'APIG.2011';

/** A parameter that breaks its rule. */
export interface PolicyFault {
  readonly parameter: string;
  /** What was expected and what was got. */
  readonly message: string;
}

export type PolicyCheck =
  | { readonly kind: 'valid'; readonly policy: ThrottlePolicy }
  /** In the order in which the vendor lists the parameters; the first is the one that the gateway would name. */
  | { readonly kind: 'invalid'; readonly faults: readonly [PolicyFault, ...PolicyFault[]] };

/** Looks at a policy as the gateway does, and at all of it. Fields that only a reply has are dropped. */
export function checkThrottlePolicy(value: unknown): PolicyCheck {
  const given = isEnvelope(value) ? value : {};
  const parsed = schema.safeParse(value);
  const faults = [
    ...(parsed.success ? [] : faultsOf(parsed.error.issues, value).flatMap(byParameter)),
    ...misfits(given),
  ];
  const [first, ...rest] = faults.toSorted((one, other) => placeOf(one) - placeOf(other));
  if (first) return { kind: 'invalid', faults: [first, ...rest] };
  return { kind: 'valid', policy: policyIn(given) };
}

/** The policy that a value describes. Throws CONFIG_INVALID in the gateway's own words and in ours. */
export function parseThrottlePolicy(value: unknown, where = 'throttling policy'): ThrottlePolicy {
  const checked = checkThrottlePolicy(value);
  if (checked.kind === 'valid') return checked.policy;
  const { faults } = checked;
  const lines = faults.map(({ parameter, message }) => `${where} ${parameter}: ${message}`);
  const said = `${where}: ${INVALID_PARAMETER} ${invalidParameterText(faults[0].parameter)}`;
  throw new OffpeakError('CONFIG_INVALID', [said, ...lines].join('\n'), { hint: `The parameters: ${PAGE}` });
}

/** The gateway's own sentence for a value that it does not take. */
export function invalidParameterText(parameter: string): string {
  return `Invalid parameter value,parameterName:${parameter}. Please refer to the support documentation`;
}

const PAGE = 'https://support.huaweicloud.com/intl/en-us/api-apig/CreateRequestThrottlingPolicyV2.html';

const LIMIT_MAX = 2_147_483_647;
const NAME_CHARS_MIN = 3;
const NAME_CHARS_MAX = 64;
const REMARK_CHARS_MAX = 255;

const NUMBER_EXPECTED = `expected a whole number from 1 to ${LIMIT_MAX}`;
const NAME_EXPECTED = `expected ${NAME_CHARS_MIN} to ${NAME_CHARS_MAX} Chinese or English letters, digits and "_", a letter first`;
const REMARK_EXPECTED = `expected at most ${REMARK_CHARS_MAX} characters`;

const NAME = /^[A-Za-z\p{Script=Han}][\w\p{Script=Han}]*$/u;

const positive = z.int({ error: NUMBER_EXPECTED }).min(1, NUMBER_EXPECTED).max(LIMIT_MAX, NUMBER_EXPECTED);

/**
 * In the order of the vendor's table. A remark with `<` or `>`, which Terraform's provider refuses, is taken: the vendor's
 * page does not forbid it.
 */
const PARAMETERS = {
  app_call_limits: positive.optional(),
  name: z.string({ error: NAME_EXPECTED }).refine(isName, { error: NAME_EXPECTED }),
  time_unit: z.enum(TIME_UNITS),
  remark: z
    .string({ error: REMARK_EXPECTED })
    .refine((text) => charsIn(text) <= REMARK_CHARS_MAX, { error: REMARK_EXPECTED })
    .optional(),
  api_call_limits: positive,
  type: z.union([z.literal(1), z.literal(2)], { error: 'expected 1 (per API) or 2 (shared)' }).optional(),
  enable_adaptive_control: z.enum(['TRUE', 'FALSE']).optional(),
  user_call_limits: positive.optional(),
  time_interval: positive,
  ip_call_limits: positive.optional(),
};

/** The names of the parameters, in that order. */
export const POLICY_PARAMETERS = Object.keys(PARAMETERS);

/** What only a reply has; the two of a binding come when an API is asked for its policies. */
const schema = strictShape({
  ...PARAMETERS,
  id: z.unknown().optional(),
  bind_num: z.unknown().optional(),
  is_inclu_special_throttle: z.unknown().optional(),
  create_time: z.unknown().optional(),
  bind_id: z.unknown().optional(),
  bind_time: z.unknown().optional(),
});

/** An unknown key and a value that is no object at all have no path. */
function byParameter({ path, message }: Fault): PolicyFault[] {
  if (path !== '') return [{ parameter: path, message }];
  const unknown = [...message.matchAll(/unknown key "([^"]*)"/g)].map(([, key = '']) => key);
  return unknown.length === 0
    ? [{ parameter: 'body', message }]
    : unknown.map((parameter) => ({ parameter, message: `no such parameter: ${message}` }));
}

/**
 * `app <= user <= api` and `ip <= api`. Where there is no limit for users the vendor does not say what the one for apps
 * is measured against: the next one that is there counts, the API's.
 */
function misfits(given: Readonly<Record<string, unknown>>): PolicyFault[] {
  const app = over(
    given,
    'app_call_limits',
    given['user_call_limits'] === undefined ? 'api_call_limits' : 'user_call_limits',
  );
  return [
    ...app,
    ...over(given, 'user_call_limits', 'api_call_limits'),
    ...over(given, 'ip_call_limits', 'api_call_limits'),
  ];
}

function over(given: Readonly<Record<string, unknown>>, parameter: string, parent: string): PolicyFault[] {
  const [limit, most] = [positive.safeParse(given[parameter]), positive.safeParse(given[parent])];
  if (!limit.success || !most.success || limit.data <= most.data) return [];
  return [{ parameter, message: `expected at most ${parent} (${most.data}), got ${describeValue(limit.data)}` }];
}

function placeOf({ parameter }: PolicyFault): number {
  const at = POLICY_PARAMETERS.indexOf(parameter);
  return at === -1 ? POLICY_PARAMETERS.length : at;
}

/** Only for what was checked: the parameters that are there, in the vendor's order. */
function policyIn(given: Readonly<Record<string, unknown>>): ThrottlePolicy {
  const entries = POLICY_PARAMETERS.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]);
  return z.object(PARAMETERS).parse(Object.fromEntries(entries)) as ThrottlePolicy;
}

function isName(text: string): boolean {
  const chars = charsIn(text);
  return chars >= NAME_CHARS_MIN && chars <= NAME_CHARS_MAX && NAME.test(text);
}

/** Characters as people count them: one outside of the basic plane is one. */
function charsIn(text: string): number {
  return Array.from(text).length;
}
