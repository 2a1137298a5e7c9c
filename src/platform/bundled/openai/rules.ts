import { PLATFORM_TROUBLE, REQUEST_REFUSED } from '../../advice';
import type { Rule } from '../../classify';
import { all, any, code, header, type Match, not, status, text } from '../../match';
import { backoff, fatal, pause } from '../../reaction';
import { durationIn, retryAfter, type StatedWait, secondsIn, spentReset } from '../../stated-wait';

export const LIMITS_PAGE = 'https://platform.openai.com/docs/guides/rate-limits';
const ERRORS_PAGE = 'https://platform.openai.com/docs/guides/error-codes/api-errors';

const MODEL = ['app', 'model'] as const;

/** In order of trust: what the official SDK obeys, what the headers call spent, and the sentence. */
const WAITS: readonly StatedWait[] = [
  retryAfter,
  spentReset,
  durationIn(/try again in ((?:\d+(?:\.\d+)?(?:ms|[dhms]))+)/i),
  // Azure OpenAI: "Please retry after 86400 seconds."
  secondsIn(/retry after (\d{1,9}) seconds?/i),
];

const statesWait: Match = (error) => WAITS.some((wait) => wait(error) !== null);
const saysWhen: Match = (error) => retryAfter(error) !== null;

/** The HTTP status, or the same number as a code: an error inside of a stream comes with status 200. */
function http(...numbers: readonly number[]): Match {
  return any(status(...numbers), code(...numbers.map(String)));
}

const isLimit = any(http(429), code(/^rate_?limit/i));

/** A limit of a day refills evenly, as far as anybody has seen; where nothing is stated, it is asked again after an hour. */
const DAY_ELSE_MS = 3_600_000;
/** Limits of a minute refill evenly too. */
const MINUTE_ELSE_MS = 10_000;
/** Of a limit that is not named: concurrency, a minute, or a share of what others leave. It doubles. */
const UNNAMED_ELSE_MS = 20_000;

/** Bills, and requests that never fit, come before the limits: they have the same status. */
const HOPELESS: readonly Rule[] = [
  {
    // OpenAI itself sends no wait with it (juspay/neurolink #1517); who sends one means a limit.
    match: any(
      all(code('insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'), not(saysWhen)),
      http(402),
    ),
    react: fatal(['app']),
    advice: 'The account has no credit left or has reached its spend limit: see its billing page.',
    page: ERRORS_PAGE,
  },
  {
    match: any(
      code('context_length_exceeded', 'string_above_max_length', 'request_too_large'),
      text(/request too large|maximum context length/i),
      http(413),
    ),
    react: fatal(),
    advice: 'This one request is larger than the model or the limit of a minute allows: make it shorter.',
    page: ERRORS_PAGE,
  },
];

const LIMITS: readonly Rule[] = [
  {
    match: all(isLimit, text(/\bper day\b|\b[rt]pd\b|\/ ?day\b|\bdaily\b/i)),
    // A wait of more than five minutes becomes a park. Nothing to learn: budgets of a minute did not cause it.
    react: pause({ scope: MODEL, stated: WAITS, elseMs: DAY_ELSE_MS, hidden: true }),
    advice: 'The requests or tokens of a day are spent: set limits.rpd or limits.tpd to the figure of your tier.',
  },
  {
    match: all(http(503, 529), saysWhen),
    react: pause({ scope: MODEL, stated: [retryAfter], elseMs: UNNAMED_ELSE_MS, hidden: true }),
    advice: 'Nothing to do: the platform is overloaded and said how long to wait.',
  },
  {
    match: any(
      http(500, 502, 503, 504, 529),
      code('server_error', 'internal_error', 'internal_server_error', 'service_unavailable', 'overloaded_error'),
      text(/\boverloaded\b/i),
    ),
    react: backoff(MODEL),
    advice: PLATFORM_TROUBLE,
  },
  {
    match: all(isLimit, any(code('rate_limit_exceeded'), statesWait)),
    react: pause({ scope: MODEL, stated: WAITS, elseMs: MINUTE_ELSE_MS }),
    advice: 'Nothing to do: if it repeats, set limits.rpm and limits.tpm to the figures of your tier.',
  },
  {
    match: all(isLimit, header('x-should-retry', /^false$/i)),
    react: fatal(MODEL),
    advice: 'The platform says that trying again does not help, and not why: see your usage and limits there.',
  },
  {
    // Scaleway: "INSUFFICIENT QUOTA" for calls at once and for any limit of a minute (LibreChat-AI/agents #357).
    match: isLimit,
    react: pause({ scope: MODEL, elseMs: UNNAMED_ELSE_MS, hidden: true }),
    advice: 'Nothing to do: if it repeats, lower inFlight or set limits.rpm and limits.tpm.',
  },
];

const ACCESS: readonly Rule[] = [
  {
    match: any(http(401), code('invalid_api_key', 'authentication_error', 'account_deactivated')),
    react: fatal(['app']),
    advice: 'The API key is wrong, revoked or of another base URL: put a good one where apiKey refers to.',
    page: ERRORS_PAGE,
  },
  {
    match: code('model_not_found'),
    react: fatal(MODEL),
    advice: 'The model does not exist or this key may not use it: check its name.',
    page: ERRORS_PAGE,
  },
  {
    match: any(http(403), code('permission_error', 'unsupported_country_region_territory')),
    react: fatal(MODEL),
    advice: 'This key, project or region may not use the model: see the permissions of the project.',
    page: ERRORS_PAGE,
  },
  {
    match: any(http(408, 409), all(header('x-should-retry', /^true$/i), not(status(400, 422)))),
    react: backoff(),
    advice: 'Nothing to do: the platform asks to try again.',
    page: ERRORS_PAGE,
  },
  {
    match: any(http(400, 422), code('invalid_request_error', 'content_policy_violation', 'content_filter')),
    react: fatal(),
    advice: REQUEST_REFUSED,
    page: ERRORS_PAGE,
  },
  {
    match: header('x-should-retry', /^false$/i),
    react: fatal(),
    advice: 'The platform says that trying again does not help.',
    page: ERRORS_PAGE,
  },
];

export const RULES: readonly Rule[] = [...HOPELESS, ...LIMITS, ...ACCESS];
