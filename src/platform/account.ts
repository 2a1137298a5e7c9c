import { z } from 'zod';
import { strictShape } from '../job/faults';
import type { DayRule } from '../time/window';
import { type Credential, credentialOption, secretsOf } from './authentication';
import type { BudgetDefinition } from './budgets';
import type { Classify } from './classify';
import { definePlatform, type PlatformDefinition } from './define';
import { parseOptions } from './options';
import type { Platform, TokenRules } from './platform';
import { definitionOf, type PlatformOptions, platformOptions, requestOption } from './platform-options';
import { type RequestBuilder, rest } from './rest';

/** One account at a vendor whose limits and errors are known, and whose requests are plain. */
export interface AccountOptions extends PlatformOptions {
  /** How requests show whose they are: `[bearer(secret('env:API_KEY'))]`. */
  readonly credentials: readonly Credential[];
  /** A name for the account, in scopes and logs only. Default `own`. */
  readonly app?: string;
  /** Sent with every request, such as the version of the API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Access tokens that are renewed, for credentials with the value `access-token`. */
  readonly tokens?: TokenRules;
  /** Builds the requests instead: where the vendor wants them signed. */
  readonly request?: RequestBuilder;
}

/** What a vendor's file says of it; the rest of the platform follows from it. */
export interface AccountVendor {
  readonly name: string;
  readonly baseUrl: string;
  readonly day: DayRule;
  readonly budgets: readonly BudgetDefinition[];
  readonly classify: Classify;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where requests may go besides `baseUrl`: where tokens are renewed. */
  readonly origins?: readonly string[];
  /** Names that a call has besides its partition's, `app` and `api`. */
  readonly scope?: NonNullable<PlatformDefinition['scope']>;
  /** What a call will cost at most, in the units of the budgets. */
  readonly cost?: NonNullable<Platform['cost']>;
}

/** Beijing time. Many vendors say "the next day" and name no zone: this is our reading. */
export const CHINA_DAY: DayRule = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' };
export const PACIFIC_DAY: DayRule = { kind: 'civil', at: '00:00', timezone: 'America/Los_Angeles' };
export const UTC_DAY: DayRule = { kind: 'civil', at: '00:00', timezone: 'UTC' };

/** The platform of an account. Throws CONFIG_INVALID. */
export function accountPlatform(vendor: AccountVendor, options: AccountOptions): Platform {
  const given = parseOptions(vendor.name, schema, options);
  const baseUrl = given.baseUrl ?? vendor.baseUrl;
  const { credentials, tokens } = given;
  const { scope, cost, origins = [] } = vendor;
  return definePlatform({
    vendor: vendor.name,
    origins: [baseUrl, ...origins],
    ...definitionOf(options, vendor),
    budgets: vendor.budgets,
    secrets: secretsOf(credentials),
    ...(tokens ? { tokens } : {}),
    ...(scope ? { scope } : {}),
    ...(cost ? { cost } : {}),
    app: given.app,
    request: given.request ?? rest({ baseUrl, credentials, headers: { ...vendor.headers, ...given.headers } }),
    classify: vendor.classify,
  });
}

const schema = strictShape({
  ...platformOptions,
  credentials: z.array(credentialOption),
  app: z.string().min(1).default('own'),
  headers: z.record(z.string(), z.string()).default({}),
  tokens: z
    .custom<TokenRules>((value) => typeof value === 'object' && value !== null, 'expected token rules')
    .optional(),
  request: requestOption,
});
