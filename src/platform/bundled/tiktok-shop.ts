import { secret } from '../../secrets';
import { UTC_DAY } from '../account';
import { PLATFORM_TROUBLE, SIGNATURE_REFUSED } from '../advice';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { isEnvelope } from '../envelope';
import { lacks } from '../error-reply';
import { any, code, status, text } from '../match';
import type { HttpRequest, PlatformCall } from '../platform';
import { backoff, fatal, pause, reauth } from '../reaction';
import { rest } from '../rest';
import { type SignedAccountOptions, type SignedVendor, type Signer, signedPlatform } from '../signed-account';
import { hmacBetween, sortedText, textFields } from '../sorted-signature';
import { retryAfter } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One application on the TikTok Shop open API. A call is `call('GET /order/202309/orders', { ids: '…', shop_cipher: '…' })`; what
 * POST and PUT have in the query stands under `query`, the rest is the body: `{ query: { page_size: 50 }, order_status: 'UNPAID' }`.
 */
export type TiktokShopOptions = SignedAccountOptions;

const PAGE = 'https://partner.tiktokshop.com/docv2';

/** No figure and no span is published. */
const PAUSE_MS = 1_000;

const RULES: readonly Rule[] = [
  {
    match: any(code('36009002'), text(/too many requests/i), status(429)),
    react: pause({ scope: ['app', 'api'], stated: [retryAfter], elseMs: PAUSE_MS }),
    advice: 'Nothing to do: calls were too fast. If it repeats, give the API a budget.',
  },
  {
    // One client takes it for a limit; the vendor's tables do not say.
    match: code('36009037'),
    react: pause({ scope: ['app', 'api'], stated: [retryAfter], elseMs: PAUSE_MS }),
    advice: 'Nothing to do: this code is taken for a limit.',
  },
  {
    match: code('36009003', '36009007', '33001002'),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
  },
  {
    match: code('105002'),
    react: reauth(['user']),
    advice: "The shop's access token has ended: store a new one.",
  },
  {
    match: code('105001'),
    react: fatal(['user']),
    advice: 'The access token is not valid: let the shop authorise the application again, and store its token.',
  },
  {
    match: code('105005'),
    react: fatal(['user', 'api']),
    advice:
      'The authorisation lacks the scope of this API: enable it, and let the shop authorise the application again.',
  },
  {
    match: code('106001'),
    react: fatal(['app']),
    advice: SIGNATURE_REFUSED,
  },
  {
    match: code('36009004'),
    react: fatal(),
    advice: "Correct this call: a parameter of it was refused. If all calls are, set this machine's clock.",
  },
];

const TIKTOK_SHOP: SignedVendor = {
  name: 'tiktok-shop',
  baseUrl: 'https://open-api.tiktokglobalshop.com',
  day: UTC_DAY,
  budgets: [inFlight(10)],
  sign: signed,
  classify: classifyBy({
    page: PAGE,
    paths: { codes: ['code'], texts: ['message'] },
    isError: lacks('code', '0'),
    rules: RULES,
  }),
};

export const tiktokShop = vendor<TiktokShopOptions>(
  {
    name: 'tiktok-shop',
    aliases: ['tiktok'],
    title: 'TikTok Shop open API',
    support: 'classified',
    confidence: 'medium',
    page: PAGE,
    call: { api: 'POST /order/202309/orders/search', scope: { user: 'this' } },
    example: () => signedPlatform(TIKTOK_SHOP, { appKey: 'this', appSecret: secret('env:TIKTOK_APP_SECRET') }),
  },
  (options) => signedPlatform(TIKTOK_SHOP, options),
);

/** Signed are the path, the query and the body as it is sent. Source: "Sign your API request" on PAGE. */
function signed(call: PlatformCall, { origin, appKey, appSecret, accessToken, nowMs }: Signer): HttpRequest {
  const { query, ...params } = call.params;
  const request = rest({ baseUrl: origin })({ ...call, params }, { reveal: () => '', accessToken: null, nowMs });
  const url = new URL(request.url);
  const fields = {
    ...Object.fromEntries(url.searchParams),
    ...textFields(call.api, isEnvelope(query) ? query : {}),
    app_key: appKey,
    timestamp: String(Math.floor(nowMs / 1_000)),
  };
  const text = url.pathname + sortedText(fields) + (request.body ?? '');
  url.search = new URLSearchParams({ ...fields, sign: hmacBetween(text, appSecret) }).toString();
  return {
    ...request,
    url: url.href,
    headers: {
      'content-type': 'application/json',
      ...(accessToken === null ? {} : { 'x-tts-access-token': accessToken }),
    },
  };
}
