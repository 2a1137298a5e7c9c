import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { SIGNATURE_REFUSED } from '../advice';
import { inFlight } from '../budgets';
import { type Classify, classifyBy, type Rule } from '../classify';
import { codeText, isEnvelope, parseEnvelope } from '../envelope';
import { anyError, differs, present } from '../error-reply';
import { any, code, text } from '../match';
import type { HttpReply, HttpRequest, PlatformCall } from '../platform';
import { backoff, fatal, park, reauth } from '../reaction';
import { FORM, type SignedAccountOptions, type SignedVendor, type Signer, signedPlatform } from '../signed-account';
import { gmt8Time, md5Between, sortedJson, sortedText, textFields } from '../sorted-signature';
import { untilNext } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One application on JD's open platform (JOS, api.jd.com). A call is `call('jingdong.pop.order.search', { … })`; its parameters
 * become `360buy_param_json`. An application in its test state has 500 calls a day: give it that budget,
 * `budgets: { 'app-day': { limit: 500, per: 'day', scope: ['app'] } }`.
 */
export type JdOptions = SignedAccountOptions;

/** The gateway's codes, as an integrator lists them; the vendor's own page wants an account. */
const CODES_PAGE = 'https://blog.csdn.net/DianSan_ERP/article/details/142364242';

/** The numbers are JD's own: its 7 is a missing time, and Taobao's is a limit. */
const RULES: readonly Rule[] = [
  {
    match: any(code('2'), text(/App Call Limited|限制时间内调用失败次数/i)),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice:
      "The application's calls of the day are used up: lower its budget to the figure in the console, or ask JD for more.",
  },
  {
    match: code('19'),
    react: reauth(['user']),
    advice: 'The access token is not valid: let the shop authorise the application again, and store the new token.',
  },
  {
    match: code('11', '12', '21'),
    react: fatal(['app']),
    advice: SIGNATURE_REFUSED,
  },
  {
    match: code('24'),
    react: fatal(['api', 'user']),
    advice: 'The shop may not use this API: see its contract with JD.',
  },
  {
    match: code('8'),
    react: fatal(['app']),
    advice: "Set this machine's clock: it may differ from the gateway's by 6 minutes.",
  },
  { match: code('65'), react: backoff(), advice: "Nothing to do: the call took too long on the platform's side." },
  {
    match: code('4', '5', '7', '14', '15'),
    react: fatal(),
    advice: 'Correct this call: a parameter of it is missing or unknown.',
  },
];

const byTable = classifyBy({
  page: CODES_PAGE,
  paths: {
    codes: ['error_response.code', 'code'],
    texts: ['error_response.zh_desc', 'error_response.en_desc', 'zh_desc', 'en_desc', 'message', 'msg'],
  },
  isError: anyError(present('error_response'), present('zh_desc'), present('en_desc'), differs('code', '0')),
  rules: RULES,
});

const classify: Classify = (reply, context) => byTable(withErrorOutside(reply), context);

const JD: SignedVendor = {
  name: 'jd',
  baseUrl: 'https://api.jd.com',
  day: CHINA_DAY,
  budgets: [inFlight(10)],
  sign: signed,
  classify,
};

export const jd = vendor<JdOptions>(
  {
    name: 'jd',
    aliases: ['jos', 'jingdong'],
    title: 'JD open platform (JOS)',
    support: 'classified',
    confidence: 'medium',
    page: CODES_PAGE,
    call: { api: 'jingdong.pop.order.search', scope: { user: 'this' } },
    example: () => signedPlatform(JD, { appKey: 'this', appSecret: secret('env:JD_APP_SECRET') }),
  },
  (options) => signedPlatform(JD, options),
);

/**
 * A reply is wrapped in `jingdong_…_responce` (so spelt), and may tell of an error in there: `code` is then not 0. It is put
 * where the gateway's own errors stand.
 */
function withErrorOutside(reply: HttpReply): HttpReply {
  const envelope = parseEnvelope(reply.body);
  const inner = Object.entries(envelope ?? {}).find(
    ([name]) => /_responc?s?e$/.test(name) && name !== 'error_response',
  );
  if (!isEnvelope(inner?.[1]) || envelope?.['error_response'] !== undefined) return reply;
  const code = codeText(inner[1]['code']);
  return code === '' || code === '0' ? reply : { ...reply, body: JSON.stringify({ error_response: inner[1] }) };
}

/** The time may be 6 minutes off. Source: https://open.jd.com/v2/#/doc/dev-guide?listId=2643 */
function signed({ api, params }: PlatformCall, { origin, appKey, appSecret, accessToken, nowMs }: Signer): HttpRequest {
  const fields = textFields(api, {
    '360buy_param_json': sortedJson(api, params),
    method: api,
    app_key: appKey,
    access_token: accessToken,
    timestamp: `${gmt8Time(nowMs)}+0800`,
    v: '2.0',
  });
  const body = new URLSearchParams({ ...fields, sign: md5Between(sortedText(fields), appSecret) });
  return { method: 'POST', url: `${origin}/routerjson`, headers: FORM, body: body.toString() };
}
