import type { ChatDialect, ChatError } from './chat-dialect';
import type { OpenaiSettings } from './chat-options';
import type { Draw, Standing } from './quota';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MORE = 'Visit https://platform.openai.com/account/rate-limits to learn more.';

/** What the limits are called in a message, and in its type. */
const LIMITS: Readonly<Record<string, readonly [name: string, type: string]>> = {
  rpm: ['requests per min (RPM)', 'requests'],
  tpm: ['tokens per min (TPM)', 'tokens'],
  rpd: ['requests per day (RPD)', 'requests'],
};

export function openaiDialect({ apiKey, replyTokens, limits }: OpenaiSettings): ChatDialect {
  return {
    apiKey,
    replyTokens,
    root: '/v1',
    statesUsage: false,
    draws: ({ app = '', model = '' }, tokens) => {
      const all = [
        { budget: 'rpd', limit: limits.rpd, windowMs: DAY_MS, amount: 1 },
        { budget: 'rpm', limit: limits.rpm, windowMs: MINUTE_MS, amount: 1 },
        { budget: 'tpm', limit: limits.tpm, windowMs: MINUTE_MS, amount: tokens },
      ];
      return all.flatMap(({ budget, limit, windowMs, amount }) =>
        limit === null
          ? []
          : [
              {
                budget,
                limit,
                amount,
                scope: { app, model },
                per: { windowMs, counter: { kind: 'bucket', burst: limit } as const },
              },
            ],
      );
    },
    refusal,
    errors: {
      noKey: failure(401, "You didn't provide an API key.", { code: null }),
      wrongKey: failure(401, 'Incorrect API key provided: sk-***.', { code: 'invalid_api_key' }),
      noCredit: failure(
        429,
        'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
        { code: 'insufficient_quota', type: 'insufficient_quota' },
      ),
      noModel: failure(400, 'you must provide a model parameter', { code: null }),
      noInput: failure(400, "Missing required parameter: 'messages'.", { code: 'missing_required_parameter' }),
      noRoute: failure(404, 'Invalid URL', { code: null }),
    },
    headers: (standingOf, draws) =>
      Object.fromEntries(
        draws.filter(({ budget }) => budget !== 'rpd').flatMap((draw) => headersOf(draw, standingOf(draw))),
      ),
  };
}

function headersOf({ budget, limit }: Draw, { left, fullInMs }: Standing): [string, string][] {
  const unit = budget === 'tpm' ? 'tokens' : 'requests';
  return [
    [`x-ratelimit-limit-${unit}`, String(limit)],
    [`x-ratelimit-remaining-${unit}`, String(left)],
    [`x-ratelimit-reset-${unit}`, spanText(fullInMs)],
  ];
}

/** Wording of a captured reply: github.com/feder-cr/invisible_playwright_mcp issue 145; the one that never fits: DrShushen/climb 13. */
function refusal({ budget, limit, amount = 1, scope }: Draw, { left, roomInMs }: Standing): ChatError {
  const [name, type] = LIMITS[budget] ?? [budget, 'requests'];
  const where = `for ${scope.model ?? ''} in organization org-sandbox on ${name}: Limit ${limit}`;
  const given = { code: 'rate_limit_exceeded', type };
  if (amount > limit)
    return failure(
      429,
      `Request too large ${where}, Requested ${amount}. The input or output tokens must be reduced in order to run successfully. ${MORE}`,
      given,
    );
  const used = `Used ${limit - left}, Requested ${amount}`;
  const error = failure(
    429,
    `Rate limit reached ${where}, ${used}. Please try again in ${spanText(roomInMs)}. ${MORE}`,
    given,
  );
  const waitMs = Math.ceil(roomInMs);
  return { ...error, headers: { 'retry-after-ms': String(waitMs), 'retry-after': String(Math.ceil(waitMs / 1_000)) } };
}

function failure(
  status: number,
  message: string,
  { code, type = 'invalid_request_error' }: { code: string | null; type?: string },
): ChatError {
  return { status, body: { error: { message, type, param: null, code } } };
}

/** As Go writes a duration: `7m12s`, `8.64s`, `41ms`. */
export function spanText(spanMs: number): string {
  const ms = Math.ceil(spanMs);
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / MINUTE_MS);
  const seconds = `${(ms % MINUTE_MS) / 1_000}s`;
  return (hours > 0 ? `${hours}h` : '') + (hours + minutes > 0 ? `${minutes}m` : '') + seconds;
}
