import { z } from 'zod';
import { strictShape } from '../../job/faults';
import { SCOPE_NAMES, type ScopeName } from '../../job/scope';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { bearer } from '../authentication';
import { inFlight } from '../budgets';
import { type Classify, classifyBy, type Rule } from '../classify';
import { codeText, type Envelope, isEnvelope } from '../envelope';
import type { EnvelopePaths, ErrorTest } from '../error-reply';
import { all, any, code, type Match, status } from '../match';
import { parseOptions } from '../options';
import { rateHeaders } from '../rate-headers';
import { accessRefused, backoff, fatal, pause } from '../reaction';
import { restReply } from '../rest-reply';
import { limitReset, retryAfter, spentReset } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * Any HTTP API that keeps to the standards: status codes and `Retry-After` of RFC 9110 and 6585, the RateLimit fields in all
 * their generations, problem documents of RFC 9457. An error that comes with status 200 is seen where it says so in a usual way
 * (`error`, `errors` without `data`, a problem document); what else is one, and what the codes of this API mean, is said in
 * `isError` and `rules`. Replies come as `{ data, next }`.
 */
export interface GenericOptions extends Omit<AccountOptions, 'baseUrl'> {
  /** The API's name in messages and logs: lower case, `-` between words. */
  readonly vendor: string;
  /** An origin without a path: `https://api.example.com`. */
  readonly baseUrl: string;
  /** The API's own page on limits and errors, for advice. */
  readonly page?: string;
  /** Whose calls stop when the API refuses one, by names of the scope. Default `['app']`, all of this account. */
  readonly stops?: readonly ScopeName[];
  /** Errors that come with a 2xx status, instead of the usual ones: `reply.differs('code', '0')`. */
  readonly isError?: ErrorTest;
  /** What errors of this API mean; tried before the standards. */
  readonly rules?: readonly Rule[];
  /** Where its codes and messages stand; tried before the usual places. */
  readonly paths?: Partial<EnvelopePaths>;
  /** Names that a call has besides its partition's, `app` and `api`. */
  readonly scope?: AccountVendor['scope'];
  /** What a call will cost at most, in the units of the budgets. */
  readonly cost?: AccountVendor['cost'];
}

const PAGE = 'https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/';
const STATUS_PAGE = 'https://developer.mozilla.org/docs/Web/HTTP/Status/429';

/** What 429 gets that says nothing of a wait. */
const UNSTATED_MS = 1_000;
/** What a quota gets that is called exceeded and says nothing of a wait. */
const QUOTA_MS = 60_000;

const PATHS: EnvelopePaths = {
  codes: ['error.code', 'code', 'errors.0.code', '0.code', 'error.type', 'type'],
  texts: [
    'error.message',
    'message',
    'detail',
    'title',
    'errors.0.message',
    'errors.0.detail',
    '0.message',
    'error_description',
    'error',
    'errors.0',
  ],
};

/** The platform of an account at any HTTP API. Throws CONFIG_INVALID. */
export const generic = vendor<GenericOptions>(
  {
    name: 'generic',
    aliases: ['http', 'rest'],
    title: 'Any HTTP API that keeps to the standards',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'GET /v1/orders' },
    example: () =>
      open({
        vendor: 'generic',
        baseUrl: 'https://api.example.com',
        app: 'this',
        credentials: [bearer(secret('env:API_TOKEN'))],
      }),
  },
  open,
);

function open(options: GenericOptions): ReturnType<typeof accountPlatform> {
  const { vendor: name, page, stops, isError, rules, paths, scope, cost, ...account } = options;
  const own = parseOptions('generic', schema, {
    vendor: name,
    baseUrl: account.baseUrl,
    page,
    stops,
    isError,
    rules,
    paths,
  });
  return accountPlatform(
    {
      name,
      baseUrl: account.baseUrl,
      day: UTC_DAY,
      budgets: [inFlight(5)],
      classify: classifierOf(own),
      ...(scope ? { scope } : {}),
      ...(cost ? { cost } : {}),
    },
    account,
  );
}

const names = z.array(z.string().min(1)).default([]);

const schema = strictShape({
  vendor: z.string().min(1),
  baseUrl: z.string().min(1),
  page: z.url().default(PAGE),
  stops: z.array(z.enum(SCOPE_NAMES)).min(1).default(['app']),
  isError: z
    .custom<ErrorTest>((value) => typeof value === 'function', "expected a function such as reply.differs('code', '0')")
    .default(() => tellsError),
  rules: z.array(z.custom<Rule>(isRule, 'expected { match, react, advice }')).default([]),
  paths: strictShape({ codes: names, texts: names }).default({ codes: [], texts: [] }),
});

function isRule(value: unknown): boolean {
  const { match, react, advice } = (value ?? {}) as Partial<Record<keyof Rule, unknown>>;
  return typeof match === 'function' && typeof react === 'function' && typeof advice === 'string';
}

/** An error is something: success bodies carry `error: null`, `false`, `''` or `{}` too. GraphQL has `errors` beside `data`. */
function tellsError(envelope: Envelope): boolean {
  const { error, errors, data, type, status: stated } = envelope;
  if (typeof error === 'string' ? error !== '' : isEnvelope(error) && Object.keys(error).length > 0) return true;
  if (Array.isArray(errors) && errors.length > 0 && (data === undefined || data === null)) return true;
  return typeof type === 'string' && /^[45]\d\d$/.test(codeText(stated));
}

function classifierOf({ page, stops, isError, rules, paths }: z.output<typeof schema>): Classify {
  return classifyBy({
    page,
    paths: { codes: [...paths.codes, ...PATHS.codes], texts: [...paths.texts, ...PATHS.texts] },
    isError,
    rules: [...rules, ...problemRules(stops), ...statusRules(stops)],
    success: restReply,
    readings: rateHeaders(stops),
  });
}

/** `https://iana.org/assignments/http-problem-types#quota-exceeded`, with or without its address. */
function problem(name: string): Match {
  return code(new RegExp(`^(?:https?://(?:www\\.)?iana\\.org/assignments/http-problem-types)?#${name}$`, 'i'));
}

const statesWait: Match = (error) => retryAfter(error) !== null;

/** Problem types of the draft on RateLimit fields. Retry-After counts before what the fields say. */
function problemRules(stops: readonly ScopeName[]): readonly Rule[] {
  return [
    {
      match: problem('abnormal-usage-detected'),
      react: fatal(stops),
      advice: 'The API takes the usage for abnormal: no wait is known to cure it, so ask those who run it.',
      page: PAGE,
      as: 'ABNORMAL_USAGE',
    },
    {
      match: problem('quota-exceeded'),
      react: pause({ scope: stops, stated: [retryAfter, limitReset], elseMs: QUOTA_MS }),
      advice: 'A quota is spent, until the time that the API states. If it repeats, set a budget with its figure.',
      page: PAGE,
      as: 'QUOTA_EXCEEDED',
    },
    {
      match: all(problem('temporary-reduced-capacity'), statesWait),
      react: pause({ scope: stops, stated: [retryAfter], elseMs: UNSTATED_MS, hidden: true }),
      advice: 'Nothing to do: the API has less capacity for a while, as long as it states.',
      page: PAGE,
      as: 'REDUCED_CAPACITY',
    },
    {
      match: problem('temporary-reduced-capacity'),
      react: backoff(stops),
      advice: 'Nothing to do: the API has less capacity for a while.',
      page: PAGE,
      as: 'REDUCED_CAPACITY',
    },
  ];
}

function statusRules(stops: readonly ScopeName[]): readonly Rule[] {
  return [
    {
      match: any(
        status(429),
        all(status(403), (error) => spentReset(error) !== null),
      ),
      react: pause({ scope: stops, stated: [retryAfter, limitReset], elseMs: UNSTATED_MS }),
      advice: 'Too many calls, until the time that the API states. If it repeats, set a budget with its figure.',
      page: STATUS_PAGE,
    },
    {
      match: all(status(503), statesWait),
      react: pause({ scope: stops, stated: [retryAfter], elseMs: UNSTATED_MS, hidden: true }),
      advice: 'Nothing to do: the API is out of service, as long as it states.',
    },
    {
      match: status(408, 500, 502, 503, 504),
      react: backoff(),
      advice: 'Nothing to do at first: trouble on the side of the API, or on the way there.',
    },
    {
      match: status(401),
      react: accessRefused(stops),
      advice: 'The credentials are not accepted: see the secret, and how this API wants it sent.',
    },
  ];
}
