import { z } from 'zod';
import { strictShape } from '../job/faults';
import type { Scope, ScopeName } from '../job/scope';
import { isSecret, type Secret } from '../secrets';
import type { DayRule } from '../time/window';
import { type BudgetDefinition, type BudgetsOption, budgetsOf, budgetsOption, withOverrides } from './budgets';
import type { Classify } from './classify';
import { dayOption, guardOption, originOption, parseOptions, reprobeOption } from './options';
import type { Platform, PlatformCall, TokenRules } from './platform';
import type { RequestBuilder } from './rest';

/** What a platform is made of; everything that is left out has a default. */
export interface PlatformDefinition {
  /** The vendor's name in messages and logs. */
  readonly vendor: string;
  /** Where requests may go: `https://api.example.com`, without a path. */
  readonly origins: readonly string[];
  /** When its day and month turn over. Default 00:00 UTC. */
  readonly day?: DayRule;
  /** How far our clock and the platform's may be apart, ms. Default 2000, at most an hour. */
  readonly resetGuardMs?: number;
  /** How often a scope that the platform put down is asked again before its reset: `'1h'`. Default `false`, never. */
  readonly reprobe?: string | false;
  /** The limits that it states, each with its source. */
  readonly budgets?: readonly BudgetDefinition[];
  /** Figures of this account that differ from them. */
  readonly limits?: BudgetsOption;
  /** Every secret that a request needs. */
  readonly secrets?: readonly Secret[];
  readonly tokens?: TokenRules | null;
  /** What stands for the account in scopes and logs. Default `own`. */
  readonly app?: string;
  /** Names that a call has besides its partition's, `app` and `api`: `(call) => ({ model: String(call.params['model']) })`. */
  readonly scope?: (call: PlatformCall) => Scope;
  readonly request: RequestBuilder;
  readonly classify: Classify;
  /** What a call will cost at most, in the units of the budgets. */
  readonly cost?: Platform['cost'];
}

const schema = strictShape({
  vendor: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "expected a letter, then at most 31 of a-z, 0-9 and '-'"),
  origins: z.array(originOption).min(1),
  day: dayOption.default({ kind: 'civil', at: '00:00', timezone: 'UTC' }),
  resetGuardMs: guardOption.default(2_000),
  reprobe: reprobeOption.default(null),
  budgets: z.array(z.unknown()).default([]),
  limits: budgetsOption.default({}),
  secrets: z.array(z.custom<Secret>(isSecret, 'expected a reference made by secret()')).default([]),
  tokens: z.custom<TokenRules | null>((value) => typeof value === 'object').default(null),
  app: z.string().min(1).default('own'),
  scope: z.custom<NonNullable<PlatformDefinition['scope']>>(isFunction, 'expected a function').optional(),
  request: z.custom<RequestBuilder>(isFunction, 'expected a function, such as rest({ baseUrl })'),
  classify: z.custom<Classify>(isFunction, 'expected a function, such as classifyBy({ … })'),
  cost: z.custom<NonNullable<Platform['cost']>>(isFunction, 'expected a function').optional(),
});

/**
 * A platform of one's own: see docs/platforms.md. Throws CONFIG_INVALID with everything that is wrong with it.
 * @example
 * definePlatform({
 *   vendor: 'parcels',
 *   origins: ['https://api.parcels.example'],
 *   budgets: [{ name: 'app-minute', limit: 100, per: '1m', scope: ['app'], source: 'https://parcels.example/limits' }],
 *   secrets: [key],
 *   request: rest({ baseUrl: 'https://api.parcels.example', credentials: [bearer(key)] }),
 *   classify: classifyBy({ … }),
 * })
 */
export function definePlatform(definition: PlatformDefinition): Platform {
  const vendor = definition.vendor;
  const given = parseOptions(vendor, schema, definition);
  const { day, app, tokens, scope, request, classify, cost } = given;
  const tokenOwner: ScopeName | null = tokens?.renew ? tokens.owner : null;
  return {
    vendor: given.vendor,
    origins: given.origins.map((origin) => new URL(origin).origin),
    day,
    resetGuardMs: given.resetGuardMs,
    reprobeMs: given.reprobe,
    budgets: withOverrides(vendor, budgetsOf(vendor, given.budgets), given.limits),
    secrets: given.secrets,
    tokens,
    scope: (call) => ({ ...call.scope, ...scope?.(call), app, api: call.api }),
    request,
    classify: (reply, context) => classify(reply, { ...context, day, tokenOwner }),
    ...(cost ? { cost } : {}),
  };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
