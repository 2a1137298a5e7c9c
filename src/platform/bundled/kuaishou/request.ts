import { createHash, createHmac } from 'node:crypto';
import { messageOf, OffpeakError } from '../../../errors';
import type { HttpRequest, PlatformCall } from '../../platform';

/** HMAC_SHA256 is what the vendor recommends. */
export const SIGN_METHODS = ['HMAC_SHA256', 'MD5'] as const;
export type SignMethod = (typeof SIGN_METHODS)[number];

export interface KuaishouCredentials {
  readonly appKey: string;
  readonly signSecret: string;
  readonly accessToken: string;
}

export interface RequestOptions {
  readonly origin: string;
  readonly signMethod: SignMethod;
  readonly method: 'GET' | 'POST';
  readonly credentials: KuaishouCredentials;
  readonly nowMs: number;
}

/**
 * The signed request of a call: `open.order.detail` is GET /open/order/detail with everything in the query; POST has
 * `param` in the body. Source: vendor page "How to call APIs",
 * https://open.kwaixiaodian.com/zone/new/docs/dev?pageSign=8cca5d25ba0015e5045a7ebec6383b741614263875756
 */
export function signedRequest(call: PlatformCall, options: RequestOptions): HttpRequest {
  const { credentials, signMethod, method } = options;
  if (!/^open(\.[A-Za-z0-9]+)+$/.test(call.api)) {
    throw new OffpeakError(
      'JOB_INVALID',
      `call("${call.api}"): expected an API of Kuaishou such as "open.order.cursor.list"`,
    );
  }
  const fields: Record<string, string> = {
    appkey: credentials.appKey,
    method: call.api,
    version: '1',
    access_token: credentials.accessToken,
    timestamp: String(options.nowMs),
    signMethod,
    param: paramJson(call),
  };
  const sign = signFields(fields, { signMethod, signSecret: credentials.signSecret });
  const { param = '', ...rest } = fields;
  const url = `${options.origin}/${call.api.replaceAll('.', '/')}?`;
  const query = new URLSearchParams({ ...rest, sign });
  if (method === 'POST')
    return { method, url: url + query.toString(), headers: FORM, body: new URLSearchParams({ param }).toString() };
  query.set('param', param);
  return { method, url: url + query.toString(), headers: FORM, body: null };
}

/** The only content type that the gateway takes. */
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' } as const;

/** Signs the fields as they are, before any URL-encoding: MD5 as lower-case hex, HMAC_SHA256 as Base64. */
export function signFields(
  fields: Readonly<Record<string, string>>,
  options: { signMethod: SignMethod; signSecret: string },
): string {
  const { signMethod, signSecret } = options;
  const joined = Object.keys(fields)
    .filter((name) => name !== 'sign')
    .sort()
    .map((name) => `${name}=${fields[name] ?? ''}`)
    .join('&');
  const text = `${joined}&signSecret=${signSecret}`;
  if (signMethod === 'MD5') return createHash('md5').update(text, 'utf8').digest('hex');
  return createHmac('sha256', signSecret).update(text, 'utf8').digest('base64');
}

/** Last words of APIs that read. The vendor states a method for each API; the name tells it for most. */
const READS =
  /\.(list|get|detail|query|info|view|url|config|check|link|search|statistic|bill|result|category|inquiry|item|count|page|reason|summary|trend|activity|promoter|cooperation|flag)$/;

/** Readers among the item and order APIs that are called with POST all the same. */
const POSTED_READS = new Set([
  'open.item.brand.list.get',
  'open.item.category.prop.standard.get',
  'open.item.category.standard.search',
  'open.item.qualification.collection.config',
]);

/** The HTTP method of an API whose method the config does not state. */
export function methodOf(api: string): 'GET' | 'POST' {
  return READS.test(api) && !POSTED_READS.has(api) ? 'GET' : 'POST';
}

function paramJson(call: PlatformCall): string {
  try {
    return JSON.stringify(call.params);
  } catch (cause) {
    throw new OffpeakError('JOB_INVALID', `call("${call.api}"): the parameters are not JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
}
