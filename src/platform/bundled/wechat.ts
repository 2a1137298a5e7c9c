import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { MINUTE_LIMIT } from '../advice';
import { type AppAccountOptions, type AppVendor, appPlatform } from '../app-account';
import { queryKey } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { differs } from '../error-reply';
import { all, any, code, not, status, text } from '../match';
import { backoff, fatal, park, pause, reauth } from '../reaction';
import { untilNext, untilNextSpan } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One WeChat account or mini program (api.weixin.qq.com). A call is `call('POST /cgi-bin/message/…', { … })`; the access token is
 * fetched with appId and appSecret as a stable token, which other programs with the same id share.
 */
export type WechatOptions = AppAccountOptions;

const PAGE = 'https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html';
const QUOTA_PAGE = 'https://developers.weixin.qq.com/doc/service/openApi/clear_quota.html';

const MINUTE_MS = 60_000;

const RULES: readonly Rule[] = [
  {
    match: code('45009'),
    react: park({ scope: ['app', 'api'], until: untilNext('day') }),
    advice:
      "The API's calls of the day are used up: clear_quota gives them back up to 10 times a month, then unpark the API; the reset at midnight in Beijing is our reading.",
    page: QUOTA_PAGE,
  },
  {
    match: any(code('45011'), text(/minute-quota reach limit/i)),
    react: pause({ scope: ['app', 'api'], stated: [untilNextSpan(MINUTE_MS)], elseMs: MINUTE_MS }),
    advice: MINUTE_LIMIT,
  },
  {
    match: code('48006'),
    react: park({ scope: ['app', 'api'], until: untilNext('month') }),
    advice:
      'The quota was cleared as often as it may be in a month: wait for the resets, or clear that of single APIs.',
    page: QUOTA_PAGE,
  },
  {
    match: code('-1'),
    react: backoff(),
    advice: "Nothing to do: the platform's system is busy.",
  },
  {
    match: code('40001', '40014', '41001', '42001'),
    react: reauth(['app']),
    advice: 'Nothing to do while the token can be fetched; else check appId and appSecret.',
  },
  {
    match: code('40013', '40125', '41002', '41004'),
    react: fatal(['app']),
    advice: 'Check appId and appSecret.',
  },
  {
    match: code('40164', '45035', '61004'),
    react: fatal(['app']),
    advice: "Add this machine's address to the account's list of allowed addresses.",
  },
  {
    match: all(status(403), not(code(/./))),
    react: fatal(['app']),
    advice: "Add this machine's address to the account's list of allowed addresses: a 403 without a code means that.",
  },
  {
    match: code('48001', '48004'),
    react: fatal(['app', 'api']),
    advice: 'The account may not use this API: see its permissions, and whether it is banned, in the console.',
  },
];

const WECHAT: AppVendor = {
  name: 'wechat',
  baseUrl: 'https://api.weixin.qq.com',
  day: CHINA_DAY,
  // Every API and kind of account has a figure of its own: openapi/quota/get tells it.
  budgets: [inFlight(10)],
  credential: queryKey('access_token', 'access-token'),
  token: {
    /** https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html */
    request: ({ origin, appId, appSecret }) => ({
      method: 'POST',
      url: `${origin}/cgi-bin/stable_token`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credential', appid: appId, secret: appSecret }),
    }),
    paths: { token: 'access_token', seconds: 'expires_in' },
  },
  classify: classifyBy({
    page: PAGE,
    paths: { codes: ['errcode'], texts: ['errmsg'] },
    isError: differs('errcode', '0'),
    rules: RULES,
  }),
};

export const wechat = vendor<WechatOptions>(
  {
    name: 'wechat',
    aliases: ['weixin'],
    title: 'WeChat (official accounts, mini programs, shops)',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'POST /channels/ec/order/list/get' },
    example: () => appPlatform(WECHAT, { appId: 'this', appSecret: secret('env:WECHAT_APP_SECRET') }),
  },
  (options) => appPlatform(WECHAT, options),
);
