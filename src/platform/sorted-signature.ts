import { createHash, createHmac } from 'node:crypto';
import { bodyText } from './rest';

/**
 * Signatures over sorted parameters: names and values are put one behind the other in the order of the names, with nothing in
 * between, and the app's secret before and behind. So Taobao, JD, Pinduoduo, Douyin shop and TikTok Shop; each vendor's file
 * has its page.
 */
export type Fields = Readonly<Record<string, string>>;

/** `{ foo: '1', bar: '2' }` as `bar2foo1`. */
export function sortedText(fields: Fields): string {
  return Object.keys(fields)
    .sort()
    .map((name) => name + (fields[name] ?? ''))
    .join('');
}

/** MD5 of a text between the secret, in capitals. */
export function md5Between(text: string, secret: string): string {
  return createHash('md5').update(`${secret}${text}${secret}`, 'utf8').digest('hex').toUpperCase();
}

/** HMAC-SHA256, keyed with the secret, of a text between the secret; lower case. */
export function hmacBetween(text: string, secret: string): string {
  return createHmac('sha256', secret).update(`${secret}${text}${secret}`, 'utf8').digest('hex');
}

/**
 * Parameters as the text that is both signed and sent: what is no text as JSON. Empty ones are left out, since vendors leave
 * them out of the signature. Throws JOB_INVALID for what JSON cannot hold.
 */
export function textFields(api: string, params: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(plainJson(api, params)).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Parameters as JSON with the names of every object in order. Throws JOB_INVALID for what JSON cannot hold. */
export function sortedJson(api: string, params: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(inOrder(plainJson(api, params)));
}

const GMT8_MS = 8 * 3_600_000;

/** `2016-01-01 12:00:00.000` in GMT+8, which has no summer time. */
export function gmt8Time(nowMs: number): string {
  return new Date(nowMs + GMT8_MS).toISOString().replace('T', ' ').replace('Z', '');
}

function plainJson(api: string, params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(bodyText(api, params)) as Record<string, unknown>;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, inOrder((value as Record<string, unknown>)[name])]));
}
