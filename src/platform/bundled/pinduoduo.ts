import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { PLATFORM_TROUBLE } from '../advice';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { anyError, present } from '../error-reply';
import { code, text } from '../match';
import type { HttpRequest, PlatformCall } from '../platform';
import { backoff, fatal, park, pause, reauth } from '../reaction';
import { FORM, type SignedAccountOptions, type SignedVendor, type Signer, signedPlatform } from '../signed-account';
import { md5Between, sortedText, textFields } from '../sorted-signature';
import { untilNext } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One application on the Pinduoduo open platform: `appKey` is its client_id, `appSecret` its client_secret. A call is
 * `call('pdd.order.list.get', { … })`.
 */
export type PinduoduoOptions = SignedAccountOptions;

const PAGE = 'https://open.pinduoduo.com';

/** The address, the common parameters and the signature: the vendor's page on how to call APIs. */
const CALL_PAGE = 'https://open.pinduoduo.com/application/document/browse?idStr=8EC06C399636041E';

/** Limits are counted in windows of 10 s, printed at the foot of each API's page. */
const WINDOW_MS = 10_000;

const RULES: readonly Rule[] = [
  {
    match: code('70036'),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice: 'The application is in its test state, which limits its calls: have it approved, or wait for the next day.',
  },
  {
    match: code('52101', '70031'),
    react: pause({ scope: ['app', 'api'], elseMs: WINDOW_MS }),
    advice:
      'Nothing to do: the API is limited per 10 seconds. If it repeats, lower its budget to the figure on its page.',
  },
  {
    match: code('52102', '52103'),
    react: backoff(['api']),
    advice: "Nothing to do: the API is out of service for a while on the platform's side.",
  },
  {
    match: code('70033'),
    react: backoff(['app']),
    advice: 'Nothing to do: the platform is under maintenance.',
  },
  {
    match: code('50000', '50001', '50002', '52001', '52002'),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
  },
  {
    match: code('10019'),
    react: reauth(['user']),
    advice: 'The access token has ended: let the shop authorise the application again, and store the new token.',
    page: CALL_PAGE,
  },
  {
    match: code('20004'),
    react: fatal(['app']),
    advice: 'The signature was refused: check appKey (client_id) and appSecret (client_secret).',
    page: CALL_PAGE,
  },
  {
    match: code('20005'),
    react: fatal(['app']),
    advice: "Add this machine's address to the application's list of allowed addresses in the console.",
  },
  {
    match: code('20031'),
    react: fatal(['app', 'api']),
    advice: "The application lacks this API's permission package: apply for it in the console.",
  },
  {
    match: code('70032', '70034', '70035'),
    react: fatal(['app', 'api']),
    advice: 'The platform forbids this call, or sees a risk in the user or the application: ask its support.',
  },
  {
    match: text(/测试状态.*调用次数/),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice: 'The application is in its test state, which limits its calls: have it approved, or wait for the next day.',
  },
  {
    match: text(/被限流|调用过于频繁/),
    react: pause({ scope: ['app', 'api'], elseMs: WINDOW_MS }),
    advice: 'Nothing to do: the API is limited per 10 seconds.',
  },
  {
    match: text(/(接口|服务)暂时不可用/),
    react: backoff(['api']),
    advice: "Nothing to do: the API is out of service for a while on the platform's side.",
  },
];

const DECRYPT = { scope: ['app', 'api'], only: { api: ['pdd.open.decrypt.batch'] }, source: PAGE } as const;

const PINDUODUO: SignedVendor = {
  name: 'pinduoduo',
  baseUrl: 'https://gw-api.pinduoduo.com',
  day: CHINA_DAY,
  // The figures on the pages of other APIs are totals over all applications.
  budgets: [
    inFlight(10),
    // Outside of Pinduoduo's own cloud; by the day since 2026-05-12.
    { name: 'decrypt-10s', limit: 1, per: '10s', ...DECRYPT },
    { name: 'decrypt-day', limit: 100, per: 'day', ...DECRYPT },
  ],
  sign: signed,
  classify: classifyBy({
    page: PAGE,
    paths: {
      codes: ['error_response.sub_code', 'error_response.error_code', 'error_code'],
      texts: ['error_response.sub_msg', 'error_response.error_msg', 'error_msg'],
    },
    isError: anyError(present('error_response'), present('error_code')),
    rules: RULES,
  }),
};

export const pinduoduo = vendor<PinduoduoOptions>(
  {
    name: 'pinduoduo',
    aliases: ['pdd'],
    title: 'Pinduoduo open platform',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'pdd.order.list.get', scope: { user: 'this' } },
    example: () => signedPlatform(PINDUODUO, { appKey: 'this', appSecret: secret('env:PDD_CLIENT_SECRET') }),
  },
  (options) => signedPlatform(PINDUODUO, options),
);

/** Every parameter is signed. The time is in seconds, and may be 10 minutes off. Source: CALL_PAGE. */
function signed({ api, params }: PlatformCall, { origin, appKey, appSecret, accessToken, nowMs }: Signer): HttpRequest {
  const fields = textFields(api, {
    ...params,
    type: api,
    client_id: appKey,
    access_token: accessToken,
    timestamp: Math.floor(nowMs / 1_000),
    data_type: 'JSON',
  });
  const body = new URLSearchParams({ ...fields, sign: md5Between(sortedText(fields), appSecret) });
  return { method: 'POST', url: `${origin}/api/router`, headers: FORM, body: body.toString() };
}
