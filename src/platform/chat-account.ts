import { z } from 'zod';
import { strictShape } from '../job/faults';
import type { Secret } from '../secrets';
import type { DayRule } from '../time/window';
import { bearer } from './authentication';
import { type BudgetDefinition, OFFPEAK_DEFAULT } from './budgets';
import { chatCost } from './chat-cost';
import { chatBaseOption, chatRequest, modelScope } from './chat-request';
import { unstreamed } from './chat-stream';
import type { Classify } from './classify';
import { definePlatform } from './define';
import { type ByModel, byModelOption, modelBudgets } from './model-budgets';
import { parseOptions, secretOption } from './options';
import type { Platform } from './platform';
import { definitionOf, type PlatformOptions, platformOptions } from './platform-options';

/** One account at a platform that speaks like OpenAI. */
export interface ChatOptions extends PlatformOptions {
  /** Sent as `Authorization: Bearer …`. One in a file is read again with every call, and may be rotated at any time. */
  readonly apiKey: Secret;
  /** With the path in front of `/chat/completions`: `https://api.example.com/v1`. */
  readonly baseUrl?: string;
  /** A name for the account, in scopes and logs only. Default `own`. */
  readonly app?: string;
  /** Calls at once of each model. */
  readonly inFlight?: ByModel;
  /** What your tier allows each model: requests and tokens, in any minute and in any 24 hours. None by default. */
  readonly limits?: ChatLimits;
  /** Tokens that a call without `max_tokens` is expected to answer with at most. Default 4096. */
  readonly replyTokens?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Each one figure for every model, or figures by model: `{ 'gpt-4.1': 500, '*': 60 }`. */
export interface ChatLimits {
  readonly rpm?: ByModel;
  readonly tpm?: ByModel;
  readonly rpd?: ByModel;
  readonly tpd?: ByModel;
}

/** What a vendor's file says of it. */
export interface ChatVendor {
  readonly name: string;
  readonly baseUrl: string;
  readonly day: DayRule;
  /** Calls at once of each model, our own caution. */
  readonly inFlight: number;
  readonly asksForUsage: boolean;
  readonly classify: Classify;
}

const REPLY_TOKENS = 4_096;
const REPLY_TOKENS_MAX = 10_000_000;

const schema = strictShape({
  ...platformOptions,
  apiKey: secretOption,
  baseUrl: chatBaseOption.optional(),
  app: z.string().min(1).default('own'),
  inFlight: byModelOption.optional(),
  limits: strictShape({
    rpm: byModelOption.optional(),
    tpm: byModelOption.optional(),
    rpd: byModelOption.optional(),
    tpd: byModelOption.optional(),
  }).default({}),
  replyTokens: z.int().min(1).max(REPLY_TOKENS_MAX).default(REPLY_TOKENS),
  headers: z.record(z.string(), z.string()).default({}),
});

/** The platform of an account. Throws CONFIG_INVALID. */
export function chatPlatform(vendor: ChatVendor, options: ChatOptions): Platform {
  const given = parseOptions(vendor.name, schema, options);
  const baseUrl = given.baseUrl ?? vendor.baseUrl;
  const { headers, replyTokens } = given;
  return definePlatform({
    vendor: vendor.name,
    origins: [new URL(baseUrl).origin],
    ...definitionOf(options, vendor),
    budgets: [...inFlightBudgets(vendor, given.inFlight), ...limitBudgets(given.limits)],
    secrets: [given.apiKey],
    app: given.app,
    scope: modelScope,
    request: chatRequest({
      baseUrl,
      credentials: [bearer(given.apiKey)],
      headers,
      asksForUsage: vendor.asksForUsage,
    }),
    classify: (reply, context) => vendor.classify(unstreamed(reply), context),
    cost: (call) => chatCost(call, replyTokens),
  });
}

function inFlightBudgets({ inFlight }: ChatVendor, own: ByModel | undefined): BudgetDefinition[] {
  const source = own === undefined ? OFFPEAK_DEFAULT : 'config';
  return modelBudgets(own ?? inFlight, { name: 'in-flight', per: 'in-flight', source });
}

/** Any minute and any 24 hours: within them however the platform counts, by the clock or by refilling. */
const WINDOWS = {
  rpm: { per: '1m' },
  tpm: { per: '1m', unit: 'tokens' },
  rpd: { per: '24h' },
  tpd: { per: '24h', unit: 'tokens' },
} as const;

function limitBudgets(limits: z.output<typeof schema>['limits']): BudgetDefinition[] {
  return (['rpm', 'tpm', 'rpd', 'tpd'] as const).flatMap((name) => {
    const figures = limits[name];
    return figures === undefined ? [] : modelBudgets(figures, { name, ...WINDOWS[name], source: 'config' });
  });
}
