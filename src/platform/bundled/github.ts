import { pickScope } from '../../job/scope';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { bearer } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { type ErrorTest, present } from '../error-reply';
import { all, any, code, header, not, status, text } from '../match';
import type { PlatformCall } from '../platform';
import { rateHeaders } from '../rate-headers';
import { accessRefused, backoff, fatal, pause, type Stops } from '../reaction';
import { restReply } from '../rest-reply';
import { resetHeader, retryAfter, type StatedWait } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One token (of a user, an app's installation or a workflow) at api.github.com or at an Enterprise server. The hours of its
 * resources (core, search, code_search, graphql) are counted apart: the resource of a call stands in its scope under the name
 * `model`. Lists come as `{ data, next }`.
 */
export type GithubOptions = AccountOptions;

const PAGE = 'https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api';
const GRAPHQL_PAGE = 'https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api';
const SEARCH_PAGE = 'https://docs.github.com/en/rest/search/search';
const TROUBLE_PAGE = 'https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api';

/** What GitHub asks for where a secondary limit states nothing: at least a minute, then longer and longer. */
const SECONDARY_MS = 60_000;

const RESET = resetHeader('x-ratelimit-reset');

/** The reset tells of the hour only: it says nothing of a secondary limit while calls of the hour are left. */
const resetWhereSpent: StatedWait = (error) =>
  error.headers['x-ratelimit-remaining']?.trim() === '0' ? RESET(error) : null;

/** Whose token it is: all its calls. */
const ofToken: Stops = ({ context }) => pickScope(context.scope, ['app', 'user']);

/** All calls that draw on the same hour. Where the reply names another resource than ours, we know of this call only. */
const ofResource: Stops = ({ headers, context: { scope } }) => {
  const named = headers['x-ratelimit-resource'] ?? scope.model;
  return named === scope.model ? pickScope(scope, ['app', 'user', 'model']) : scope;
};

const RULES: readonly Rule[] = [
  {
    match: text(/secondary rate limit|abuse detection/i),
    react: pause({ scope: ofToken, stated: [retryAfter, resetWhereSpent], elseMs: SECONDARY_MS, hidden: true }),
    advice: 'Make fewer calls at once, and fewer that write: going on while limited can get the integration banned.',
    as: 'SECONDARY_LIMIT',
  },
  {
    match: code('RATE_LIMITED'),
    react: pause({ scope: ofResource, stated: [retryAfter, RESET], elseMs: SECONDARY_MS }),
    advice: 'The points of the hour are spent: ask for fewer nodes in a query.',
    as: 'PRIMARY_LIMIT',
    page: GRAPHQL_PAGE,
  },
  {
    match: all(status(403, 429), any(header('x-ratelimit-remaining', /^\s*0\s*$/), text(/rate limit exceeded/i))),
    react: pause({ scope: ofResource, stated: [RESET, retryAfter], elseMs: SECONDARY_MS }),
    advice: 'The calls of the hour are spent: ask with an ETag, or use an installation with a larger limit.',
    as: 'PRIMARY_LIMIT',
  },
  {
    match: any(status(429), all(status(403), header('retry-after', /\d/))),
    react: pause({ scope: ofToken, stated: [retryAfter, resetWhereSpent], elseMs: SECONDARY_MS, hidden: true }),
    advice: 'Nothing to do: a limit that GitHub does not name.',
  },
  {
    match: any(status(401), text(/^bad credentials/i)),
    react: accessRefused(ofToken),
    advice: 'The token is not accepted: it expired or was revoked, so make a new one.',
    page: TROUBLE_PAGE,
  },
  {
    match: any(status(403, 404, 451), code('NOT_FOUND', 'FORBIDDEN', 'INSUFFICIENT_SCOPES')),
    react: fatal(),
    advice: 'It is not there, or the token may not see it: see the name, and the permissions of the token.',
    page: TROUBLE_PAGE,
  },
  {
    match: status(400, 422),
    react: fatal(),
    advice: 'The request itself is wrong: see the parameters.',
    page: TROUBLE_PAGE,
  },
  {
    match: all(status(500, 502, 503, 504), not(header('retry-after', /./))),
    react: backoff(),
    advice: "Nothing to do at first: trouble on GitHub's side, or a query that takes too long. Ask for smaller pages.",
    page: TROUBLE_PAGE,
  },
];

/** GraphQL errors come with status 200. A list of faults in CODEOWNERS is a success, and each of those has a `kind`. */
const isGraphqlError: ErrorTest = (envelope) =>
  present('errors')(envelope) && !present('errors.0.kind')(envelope) && !isEmptyList(envelope['errors']);

const GITHUB: AccountVendor = {
  name: 'github',
  baseUrl: 'https://api.github.com',
  day: UTC_DAY,
  // GitHub refuses requests without a user-agent.
  headers: { accept: 'application/vnd.github+json', 'user-agent': 'offpeak', 'x-github-api-version': '2022-11-28' },
  scope: (call) => ({ model: call.scope.model ?? resourceOf(call) }),
  cost: (call) => ({ points: call.api.startsWith('GET ') ? 1 : 5 }),
  budgets: [
    inFlight(10),
    { name: 'core-hour', limit: 5_000, per: '1h', scope: ['app', 'model'], only: { model: ['core'] }, source: PAGE },
    {
      name: 'search-minute',
      limit: 30,
      per: '1m',
      scope: ['app', 'model'],
      only: { model: ['search'] },
      source: SEARCH_PAGE,
    },
    {
      name: 'code-search-minute',
      limit: 10,
      per: '1m',
      scope: ['app', 'model'],
      only: { model: ['code_search'] },
      source: SEARCH_PAGE,
    },
    {
      name: 'endpoint-minute',
      limit: 900,
      per: '1m',
      unit: 'points',
      scope: ['app', 'api'],
      except: { model: ['graphql'] },
      source: PAGE,
    },
  ],
  classify: classifyBy({
    page: PAGE,
    paths: { codes: ['errors.0.type', 'errors.1.type'], texts: ['message', 'errors.0.message'] },
    isError: isGraphqlError,
    rules: RULES,
    success: restReply,
    readings: rateHeaders(['app', 'model']),
  }),
};

export const github = vendor<GithubOptions>(
  {
    name: 'github',
    title: 'GitHub REST and GraphQL API',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'GET /repos/{owner}/{repo}/issues' },
    example: () => accountPlatform(GITHUB, { app: 'this', credentials: [bearer(secret('env:GITHUB_TOKEN'))] }),
  },
  (options) => accountPlatform(GITHUB, options),
);

/** By the path, which an Enterprise server has `/api/v3` in front of. */
function resourceOf({ api }: PlatformCall): string {
  if (/ (?:\/api)?\/graphql$/.test(api)) return 'graphql';
  const [, search] = / (?:\/api\/v3)?\/search\/(\w+)/.exec(api) ?? [];
  if (search === undefined) return 'core';
  return search === 'code' ? 'code_search' : 'search';
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
