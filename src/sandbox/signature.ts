import { createHash, createHmac } from 'node:crypto';

/**
 * Whether `sign` is right for the other parameters: sorted `k=v` joined by `&`, then `&signSecret=…`; MD5 as lower-case
 * hex, HMAC_SHA256 as Base64 (vendor page "API调用说明", section 4). Written apart from the caller's own signing on
 * purpose: two readings of one page that must agree.
 */
export function isSigned(params: ReadonlyMap<string, string>, signSecret: string): boolean {
  const pairs = [...params].filter(([key]) => key !== 'sign').sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `${pairs.map(([key, value]) => `${key}=${value}`).join('&')}&signSecret=${signSecret}`;
  return params.get('sign') === digest(params.get('signMethod') ?? 'MD5', text, signSecret);
}

function digest(signMethod: string, text: string, signSecret: string): string | null {
  if (signMethod === 'MD5') return createHash('md5').update(text, 'utf8').digest('hex');
  if (signMethod === 'HMAC_SHA256') return createHmac('sha256', signSecret).update(text, 'utf8').digest('base64');
  return null;
}
