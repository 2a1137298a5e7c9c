import { pickScope, type Scope } from '../../job/scope';
import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { CALLS_TOO_FAST, PLATFORM_TROUBLE } from '../advice';
import { type AppAccountOptions, type AppVendor, appPlatform } from '../app-account';
import { bearer } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import type { Envelope } from '../envelope';
import { anyError, differs, type ErrorReply, present } from '../error-reply';
import { any, code, text } from '../match';
import { backoff, fatal, pause, reauth } from '../reaction';
import { resetHeader, retryAfter } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One app on Feishu, or on Lark with `baseUrl: 'https://open.larksuite.com'`. A call is
 * `call('GET /open-apis/bitable/v1/apps/{app_token}/tables', { … })`; the tenant access token is fetched with appId and appSecret.
 */
export type FeishuOptions = AppAccountOptions;

const LIMITS_PAGE = 'https://open.feishu.cn/document/server-docs/api-call-guide/frequency-control.md';
const CODES_PAGE = 'https://open.larkoffice.com/document/server-docs/api-call-guide/generic-error-code.md';

/** Limits come in tiers of a minute and of a second: without the header it may be either. */
const PAUSE_MS = 1_000;
/** Of bots: 100 a minute and 5 a second. */
const BOT_PAUSE_MS = 10_000;

const stated = [resetHeader('x-ogw-ratelimit-reset'), retryAfter];

const RULES: readonly Rule[] = [
  {
    // The vendor's own SDK for Node takes this code for a missing permission.
    match: any(code('99991400'), text(/request trigger frequency limit/i)),
    react: pause({ scope: limited, stated, elseMs: PAUSE_MS }),
    advice: 'Nothing to do: the reply states the reset. If it repeats, give the API the budget of its page.',
  },
  {
    match: code('11232'),
    react: pause({ scope: limited, stated, elseMs: BOT_PAUSE_MS }),
    advice: 'Nothing to do: bots have 100 messages a minute and 5 a second; avoid 10:00 and 17:30.',
  },
  {
    match: code('230020', '1254290'),
    react: pause({ scope: limited, stated, elseMs: PAUSE_MS }),
    advice: CALLS_TOO_FAST,
  },
  {
    match: code('1254291'),
    react: backoff(),
    advice: 'Nothing to do: two writes met on one table. Give the job a concurrency of 1 if it repeats.',
  },
  {
    match: code('1500', '1503', '1551', '1557'),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
    page: CODES_PAGE,
  },
  {
    match: code('99991661', '99991663', '99991664', '99991665', '99991668', '99991671', '99991677'),
    react: reauth(['app']),
    advice: 'Nothing to do while the token can be fetched; else check appId and appSecret.',
    page: CODES_PAGE,
  },
  {
    match: code('10003', '10014'),
    react: fatal(['app']),
    advice: 'Check appId and appSecret.',
    page: CODES_PAGE,
  },
  {
    match: code('99991401'),
    react: fatal(['app']),
    advice: "Add this machine's address to the app's list of allowed addresses.",
    page: CODES_PAGE,
  },
  {
    match: code('99991672', '99991676', '99991679'),
    react: fatal(['app', 'api']),
    advice: 'The app lacks the permission that the message names: add it in the console, and release a version.',
    page: CODES_PAGE,
  },
];

const FEISHU: AppVendor = {
  name: 'feishu',
  baseUrl: 'https://open.feishu.cn',
  day: CHINA_DAY,
  // Every API has a tier of its own, from 10 a minute to 100 a second.
  budgets: [inFlight(10)],
  credential: bearer('access-token'),
  token: {
    /** https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal */
    request: ({ origin, appId, appSecret }) => ({
      method: 'POST',
      url: `${origin}/open-apis/auth/v3/tenant_access_token/internal`,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ app_id: appId, app_secret: appSecret }),
    }),
    paths: { token: 'tenant_access_token', seconds: 'expire' },
  },
  classify: classifyBy({
    page: LIMITS_PAGE,
    paths: { codes: ['code', 'StatusCode'], texts: ['msg', 'StatusMessage'] },
    isError,
    rules: RULES,
  }),
};

export const feishu = vendor<FeishuOptions>(
  {
    name: 'feishu',
    aliases: ['lark'],
    title: 'Feishu and Lark open platform',
    support: 'classified',
    confidence: 'high',
    page: LIMITS_PAGE,
    call: { api: 'GET /open-apis/bitable/v1/apps' },
    example: () => appPlatform(FEISHU, { appId: 'this', appSecret: secret('env:FEISHU_APP_SECRET') }),
  },
  (options) => appPlatform(FEISHU, options),
);

/** An API by app and tenant; an app of one's own has one tenant, which calls then do not name. */
function limited({ context }: ErrorReply): Scope {
  return pickScope(context.scope, ['app', 'api', 'org']);
}

const HAS_CODE = anyError(present('code'), present('StatusCode'));
const HAS_ERROR = anyError(differs('code', '0'), differs('StatusCode', '0'));

/** Bots also answer with StatusCode, older ones with nothing else. */
function isError(envelope: Envelope): boolean {
  return HAS_ERROR(envelope) || !HAS_CODE(envelope);
}
