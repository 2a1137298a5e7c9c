import type { ScopeName } from '../job/scope';

/** A message of page K1008, taken apart. */
export interface KuaishouRefusal {
  readonly limit: 'quota' | 'qps';
  /** What the KEY names; null when it names nothing, or something that we do not know. */
  readonly names: readonly ScopeName[] | null;
  readonly perSecondMax: number | null;
}

const QUOTA = /exceed(s|ed)?\s*quota\s*limit/i;
const QPS = /exceed(s|ed)?\s*qps\s*limit/i;
/** "The app has reached its limit of calls of the day": seen alone and inside the fourth message. */
const APP_QUOTA = /APP\s*已\s*达到\s*当天\s*调用\s*额度\s*限制/i;
const MAX_QPS = /max\s*_?\s*qps\s*\[?\s*(\d+(?:\.\d+)?)/i;

const NAMES: ReadonlyMap<string, ScopeName> = new Map([
  ['appkey', 'app'],
  ['apiid', 'api'],
  ['primaryuserid', 'user'],
]);

/**
 * Reads the four messages of page K1008 out of plain text, in whatever case, with text in between or wrapped lines; null
 * when it is none of them. `KEY [name:value;name:value]`: the names that are present are the scope.
 */
export function readRefusal(text: string): KuaishouRefusal | null {
  const names = namesIn(text);
  if (QPS.test(text)) return { limit: 'qps', names, perSecondMax: maxQps(text) };
  if (QUOTA.test(text)) return { limit: 'quota', names, perSecondMax: null };
  if (APP_QUOTA.test(text)) return { limit: 'quota', names: names ?? ['app'], perSecondMax: null };
  return null;
}

function namesIn(text: string): ScopeName[] | null {
  const keys = [...text.matchAll(/[[【]([^\]】]*:[^\]】]*)[\]】]/g)].flatMap((match) => (match[1] ?? '').split(';'));
  const names = keys.map((key) => NAMES.get(key.split(':')[0]?.trim().toLowerCase() ?? ''));
  const known = names.filter((name) => name !== undefined);
  return known.length === 0 || known.length < names.length ? null : known;
}

function maxQps(text: string): number | null {
  const perSecond = Number(MAX_QPS.exec(text)?.[1]);
  return perSecond > 0 ? perSecond : null;
}
