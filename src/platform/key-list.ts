import type { Scope, ScopeName } from '../job/scope';
import type { ErrorReply } from './error-reply';
import type { Match } from './match';
import { scopeOf } from './stopped-scope';

/** What a platform calls the names of a scope, in any case: `{ appkey: 'app', apiId: 'api', primaryUserId: 'user' }`. */
export type KeyNames = Readonly<Record<string, ScopeName>>;

/**
 * The scope that a list of keys in a message names, such as `KEY [apiId:open.item.get;appkey:ks1]`: for `scope` of a
 * reaction. The values are those of the call. Without a list, or with a key that is not known, it is this very call.
 * @param pattern of the message that holds the list.
 * @example pause({ scope: scopeFromKeys(/too many calls/i, { appkey: 'app', apiId: 'api' }), elseMs: 1_000 })
 */
export function scopeFromKeys(pattern: RegExp, names: KeyNames): (error: ErrorReply) => Scope {
  return (error) => {
    const found = keysOf(error, pattern, names);
    return found === null ? error.context.scope : scopeOf(error.context, found);
  };
}

/** A message fits the pattern, and its list names exactly these, in any order. */
export function keysAre(pattern: RegExp, names: KeyNames, wanted: readonly ScopeName[]): Match {
  return (error) => {
    const found = keysOf(error, pattern, names);
    return found !== null && found.length === wanted.length && wanted.every((name) => found.includes(name));
  };
}

/** What the list of the first message that fits names; null when there is none, or one of its keys is not known. */
function keysOf({ texts }: ErrorReply, pattern: RegExp, names: KeyNames): readonly ScopeName[] | null {
  const message = texts.find((text) => pattern.test(text));
  if (message === undefined) return null;
  const known = new Map(Object.entries(names).map(([key, name]) => [key.toLowerCase(), name]));
  const lists = [...message.matchAll(LIST)].map(([, list = '']) => list).filter((list) => list.includes(':'));
  const keys = lists.flatMap((list) => list.split(';'));
  const found = keys.map((key) => known.get(key.split(':')[0]?.trim().toLowerCase() ?? ''));
  const sure = found.filter((name) => name !== undefined);
  return sure.length === 0 || sure.length < found.length ? null : [...new Set(sure)];
}

/** `[name:value;name:value]`, also in the other brackets that Chinese messages use. */
const LIST = /[[【]([^[【\]】]*)[\]】]/g;
