import { z } from 'zod';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { PLATFORM_TROUBLE, REQUEST_REFUSED } from '../advice';
import { headerKey } from '../authentication';
import { inFlight } from '../budgets';
import { modelScope } from '../chat-request';
import { classifyBy, type Rule } from '../classify';
import { isEnvelope } from '../envelope';
import { anyError, at, present } from '../error-reply';
import { all, any, code, header, status, text } from '../match';
import { rateHeaders } from '../rate-headers';
import { backoff, fatal, park, pause } from '../reaction';
import { malformed } from '../refusal';
import { retryAfter, spentReset, untilNext } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One account at Anthropic: `call('POST /v1/messages', { model, max_tokens, messages })`. Limits in requests, input tokens
 * and output tokens a minute are counted by model, differ from tier to tier, and are told by headers on every reply: give
 * your figures as budgets, those in tokens with `unit: 'input-tokens'` or `'output-tokens'`, and calls their `cost`.
 */
export type AnthropicOptions = AccountOptions;

const PAGE = 'https://docs.anthropic.com/en/api/rate-limits';
const ERRORS_PAGE = 'https://docs.anthropic.com/en/api/errors';
const MODEL = ['app', 'model'] as const;
/** A refusal without `retry-after`: the limits are of a minute and refill evenly. */
const ELSE_MS = 20_000;

const RULES: readonly Rule[] = [
  {
    // https://learn.microsoft.com/en-us/microsoft-cloud/dev/dev-proxy/concepts/anthropic-529-overloaded-error
    match: code('enforced_spend_limit_reached'),
    react: park({ scope: ['app'], until: untilNext('month', UTC_DAY) }),
    advice: "The organization's spend limit of the month is reached: raise it, or wait for the 1st at 00:00 UTC.",
  },
  {
    match: any(code('billing_error'), all(status(400), text(/usage limits|spend limit|credit balance/i))),
    react: fatal(['app']),
    advice: 'A spend limit that you set is reached or the credit is used up: see the billing page of the console.',
  },
  {
    match: any(status(529), code('overloaded_error')),
    react: backoff(MODEL),
    advice: 'Nothing to do: the platform is overloaded, which is not the fault of the account.',
    page: ERRORS_PAGE,
  },
  {
    match: any(status(429), code('rate_limit_error')),
    react: pause({ scope: MODEL, stated: [retryAfter, spentReset], elseMs: ELSE_MS }),
    advice: 'Nothing to do: if it repeats, give the model budgets with the figures of your tier.',
  },
  {
    match: any(status(401), code('authentication_error')),
    react: fatal(['app']),
    advice: 'The API key is wrong or revoked: put a good one in its place.',
    page: ERRORS_PAGE,
  },
  {
    match: any(status(403), code('permission_error')),
    react: fatal(MODEL),
    advice: 'This key may not use the model: see its workspace in the console.',
    page: ERRORS_PAGE,
  },
  {
    match: any(status(500, 502, 503, 504), code('api_error', 'timeout_error')),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
    page: ERRORS_PAGE,
  },
  {
    match: any(code('invalid_request_error', 'not_found_error', 'request_too_large'), status(413)),
    react: fatal(),
    advice: REQUEST_REFUSED,
    page: ERRORS_PAGE,
  },
  {
    match: all(status(200), header('content-type', /event-stream/i)),
    react: fatal(),
    advice: 'Streamed replies are not read here: leave "stream" out of the call.',
    as: 'STREAMED',
  },
];

const usage = z.object({ input_tokens: z.int().min(0), output_tokens: z.int().min(0) });

const ANTHROPIC: AccountVendor = {
  name: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  day: UTC_DAY,
  budgets: [inFlight(4, MODEL)],
  headers: { 'anthropic-version': '2023-06-01' },
  scope: modelScope,
  classify: classifyBy({
    page: PAGE,
    paths: {
      codes: ['error.details.error_code', 'error.type'],
      texts: ['error.message'],
    },
    isError: anyError(present('error'), (envelope) => at(envelope, 'type') === 'error'),
    rules: RULES,
    success: (body) => {
      const stated = usage.safeParse(at(body, 'usage')).data;
      if (!isEnvelope(body)) return malformed();
      if (!stated) return { kind: 'ok', body };
      const { input_tokens: input, output_tokens: output } = stated;
      return {
        kind: 'ok',
        body,
        spent: { tokens: input + output, 'input-tokens': input, 'output-tokens': output },
      };
    },
    readings: rateHeaders(['app', 'model']),
  }),
};

/** An account at Anthropic. Throws CONFIG_INVALID. */
export const anthropic = vendor<AnthropicOptions>(
  {
    name: 'anthropic',
    aliases: ['claude'],
    title: 'Anthropic Claude API',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'POST /v1/messages', scope: { model: 'any' } },
    example: () =>
      accountPlatform(ANTHROPIC, {
        app: 'this',
        credentials: [headerKey('x-api-key', secret('env:ANTHROPIC_API_KEY'))],
      }),
  },
  (options) => accountPlatform(ANTHROPIC, options),
);
