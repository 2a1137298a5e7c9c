import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { CALLS_TOO_FAST, PLATFORM_TROUBLE, SIGNATURE_REFUSED } from '../advice';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import type { Envelope } from '../envelope';
import { anyError, differs, lacks, present } from '../error-reply';
import { any, code, text } from '../match';
import type { HttpRequest, PlatformCall } from '../platform';
import { backoff, fatal, pause, reauth } from '../reaction';
import { type SignedAccountOptions, type SignedVendor, type Signer, signedPlatform } from '../signed-account';
import { hmacBetween, sortedJson, sortedText } from '../sorted-signature';
import { vendor } from '../vendor';

/**
 * One application on Douyin's shop platform. A call is `call('order.searchList', { … })`; a partition's `user` is the shop whose
 * access token goes with it.
 */
export type DouyinShopOptions = SignedAccountOptions;

const CODES_PAGE = 'https://op.jinritemai.com/docs/guide-docs/212/1427';
const TRADE_PAGE =
  'https://developer.open-douyin.com/docs/resource/zh-CN/mini-app/develop/server/trade-system/self-operated-trading/error-code';

/** Neither figures nor the span of the limit are published. */
const PAUSE_MS = 1_000;

const RULES: readonly Rule[] = [
  {
    match: any(code('60000', 'isv.traffic-limited'), text(/触发限流|请求太频繁|超过限流限制/)),
    react: pause({ scope: ['app', 'api'], elseMs: PAUSE_MS }),
    advice: 'Nothing to do: calls were too fast. The vendor publishes no figure: if it repeats, give the API a budget.',
  },
  {
    match: any(code('12001'), text(/访问过于频繁/)),
    react: pause({ scope: ['app', 'api'], elseMs: PAUSE_MS }),
    advice: CALLS_TOO_FAST,
    page: TRADE_PAGE,
  },
  {
    match: code('isv.access-token-expired', 'isv.access-token-no-existed', 'isv.access-token-missing'),
    react: reauth(['user']),
    advice: "The shop's access token has ended: store a new one.",
  },
  {
    match: code('isv.access-token-invalid', 'isv.authorization-type-invalid'),
    react: fatal(['user']),
    advice: "The access token is another application's: let the shop authorise this one, and store its token.",
  },
  {
    match: code('dop.authorization-closed', 'dop.authorization-no-existed'),
    react: fatal(['user']),
    advice: 'The shop has ended its authorisation: let it authorise the application again.',
  },
  {
    match: code('dop.app-forbidden', 'isv.app-id-expired', 'isv.app-id-invalid', 'isv.app-id-missing'),
    react: fatal(['app']),
    advice: 'The application is banned or unknown: check appKey, and see its state in the console.',
  },
  {
    match: code('isv.signature-invalid', 'isv.signature-missing'),
    react: fatal(['app']),
    advice: SIGNATURE_REFUSED,
  },
  {
    match: code('isv.timestamp-invalid', 'isv.timestamp-format-error'),
    react: fatal(['app']),
    advice: "Set this machine's clock: it may differ from the gateway's by 10 minutes.",
  },
  {
    match: code('isv.app-permissions-insufficient', 'dop.no-permissions'),
    react: fatal(['app', 'api']),
    advice: "The application lacks this API's permission package: apply for it in the console.",
  },
  {
    match: code('30001'),
    react: fatal(['user', 'api']),
    advice: 'The shop or the application may not make this call: see its permissions in the console.',
  },
  {
    match: code('30002'),
    react: fatal(['app']),
    advice: "Add this machine's address to the application's list of allowed addresses.",
  },
  {
    match: code('20000', '20001', 'dop.service-error', /^isp\.service-error/),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
  },
  {
    match: code('70000', 'isp.api-service-off', 'isp.comment-service-off'),
    react: fatal(['api']),
    advice: 'The platform has taken this API out of service: look for its successor.',
  },
  {
    match: code('40001', '40002', '40003', '40004'),
    react: fatal(),
    advice: 'Correct this call: a parameter of it was refused.',
  },
];

const DOUYIN_SHOP: SignedVendor = {
  name: 'douyin-shop',
  baseUrl: 'https://openapi-fxg.jinritemai.com',
  day: CHINA_DAY,
  budgets: [inFlight(10)],
  sign: signed,
  classify: classifyBy({
    page: CODES_PAGE,
    paths: {
      codes: ['sub_code', 'extra.sub_error_code', 'data.sub_error_code', 'sub_error_code', 'code', 'err_no'],
      texts: ['sub_msg', 'extra.sub_description', 'msg', 'message', 'err_msg', 'err_tips', 'description'],
    },
    isError,
    rules: RULES,
  }),
};

export const douyinShop = vendor<DouyinShopOptions>(
  {
    name: 'douyin-shop',
    aliases: ['douyin', 'doudian', 'jinritemai'],
    title: 'Douyin shop open platform',
    support: 'classified',
    confidence: 'medium',
    page: CODES_PAGE,
    call: { api: 'order.searchList', scope: { user: 'this' } },
    example: () => signedPlatform(DOUYIN_SHOP, { appKey: 'this', appSecret: secret('env:DOUYIN_APP_SECRET') }),
  },
  (options) => signedPlatform(DOUYIN_SHOP, options),
);

const OTHER_ERROR = anyError(
  differs('extra.sub_error_code', '0'),
  differs('extra.error_code', '0'),
  differs('err_no', '0'),
);

/** Success is code 10000; where there is none, as with older APIs, it is err_no 0. The trade API tells of errors in `extra`. */
function isError(envelope: Envelope): boolean {
  if (OTHER_ERROR(envelope)) return true;
  if (present('code')(envelope)) return differs('code', '10000')(envelope);
  return lacks('err_no', '0')(envelope);
}

/**
 * Signed are the name of the API, the key, the parameters and the time, in seconds; the token is not. No example with its
 * signature is printed: this is the algorithm of the vendor's demo.
 * Source: https://op.jinritemai.com/docs/guide-docs/10/23
 */
function signed({ api, params }: PlatformCall, { origin, appKey, appSecret, accessToken, nowMs }: Signer): HttpRequest {
  const body = sortedJson(api, params);
  const shown = { app_key: appKey, method: api, timestamp: String(Math.floor(nowMs / 1_000)), v: '2' };
  const query = new URLSearchParams({
    ...shown,
    ...(accessToken === null ? {} : { access_token: accessToken }),
    sign_method: 'hmac-sha256',
    sign: hmacBetween(sortedText({ ...shown, param_json: body }), appSecret),
  });
  const url = `${origin}/${api.split('.').map(encodeURIComponent).join('/')}?${query.toString()}`;
  return { method: 'POST', url, headers: { 'content-type': 'application/json;charset=utf-8' }, body };
}
