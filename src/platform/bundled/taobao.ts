import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { inFlight } from '../budgets';
import { type Classify, classifyBy } from '../classify';
import { anyError, differs, present } from '../error-reply';
import type { HttpRequest, PlatformCall } from '../platform';
import { FORM, type SignedAccountOptions, type SignedVendor, type Signer, signedPlatform } from '../signed-account';
import { gmt8Time, md5Between, sortedText, textFields } from '../sorted-signature';
import { vendor } from '../vendor';
import { ERRORS_PAGE, TAOBAO_RULES } from './taobao/rules';
import { withJsonError } from './taobao/xml';

/**
 * One application on the Taobao open platform (TOP), or on another gateway of its kind: AliExpress and Alibaba Health have their
 * own `baseUrl`. A call is `call('taobao.trades.sold.get', { … })`; a partition's `user` is whose session goes with it.
 */
export type TaobaoOptions = SignedAccountOptions;

const byTable = classifyBy({
  page: ERRORS_PAGE,
  paths: {
    codes: ['error_response.sub_code', 'error_response.code', 'sub_code', 'code'],
    texts: ['error_response.sub_msg', 'error_response.msg', 'sub_msg', 'message', 'msg'],
  },
  // Newer gateways of the family send the error without an envelope; what they send with data is code 0.
  isError: anyError(present('error_response'), differs('code', '0')),
  rules: TAOBAO_RULES,
});

const classify: Classify = (reply, context) => byTable(withJsonError(reply), context);

const TAOBAO: SignedVendor = {
  name: 'taobao',
  baseUrl: 'https://gw.api.taobao.com',
  day: CHINA_DAY,
  // Quotas are those of the application's own level: no figure holds for all.
  budgets: [inFlight(10)],
  sign: signed,
  classify,
};

export const taobao = vendor<TaobaoOptions>(
  {
    name: 'taobao',
    aliases: ['top', 'alihealth', 'aliexpress'],
    title: 'Taobao open platform (TOP)',
    support: 'classified',
    confidence: 'high',
    page: ERRORS_PAGE,
    call: { api: 'taobao.trades.sold.get', scope: { user: 'this' } },
    example: () => signedPlatform(TAOBAO, { appKey: 'this', appSecret: secret('env:TAOBAO_APP_SECRET') }),
  },
  (options) => signedPlatform(TAOBAO, options),
);

/**
 * The time may be 10 minutes off.
 * Source: https://developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1&treeId=780
 */
function signed({ api, params }: PlatformCall, { origin, appKey, appSecret, accessToken, nowMs }: Signer): HttpRequest {
  const fields = textFields(api, {
    ...params,
    method: api,
    app_key: appKey,
    session: accessToken,
    timestamp: gmt8Time(nowMs).slice(0, 'yyyy-MM-dd HH:mm:ss'.length),
    format: 'json',
    v: '2.0',
    sign_method: 'md5',
  });
  const body = new URLSearchParams({ ...fields, sign: md5Between(sortedText(fields), appSecret) });
  return { method: 'POST', url: `${origin}/router/rest`, headers: FORM, body: body.toString() };
}
