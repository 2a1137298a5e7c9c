/** The names that can select a budget's counter. */
export const SCOPE_NAMES = ['app', 'api', 'user', 'org', 'ip', 'model'] as const;
export type ScopeName = (typeof SCOPE_NAMES)[number];

/**
 * Whose call it is: `{ app: 'ks123', api: 'open.order.cursor.list', user: '42' }`. A budget, a refusal and a hold each
 * name a part of it; the set of names that are present is what they cover.
 */
export type Scope = Readonly<Partial<Record<ScopeName, string>>>;

/** True when every name of `part` has the same value in `scope`: the refusal of `part` stops a call of `scope`. */
export function covers(part: Scope, scope: Scope): boolean {
  return SCOPE_NAMES.every((name) => part[name] === undefined || part[name] === scope[name]);
}

/** Only these names of a scope. A name that the scope lacks is left out. */
export function pickScope(scope: Scope, names: readonly ScopeName[]): Scope {
  const part: Partial<Record<ScopeName, string>> = {};
  for (const name of names) {
    const value = scope[name];
    if (value !== undefined) part[name] = value;
  }
  return part;
}

/** Canonical text of a scope: `api=open.order.cursor.list;app=ks1`, names in the order of SCOPE_NAMES. */
export function scopeKey(scope: Scope): string {
  let key = ''; // several times a call: lists of parts would cost five times as much
  for (const name of SCOPE_NAMES) {
    const value = scope[name];
    if (value !== undefined) key += key === '' ? `${name}=${value}` : `;${name}=${value}`;
  }
  return key;
}

/** `scopeKey` without the app: all calls here are of one app, so a scope that names it counts the same calls. */
export function keyInApp(scope: Scope): string {
  return scopeKey(pickScope(scope, NAMES_IN_APP));
}

const NAMES_IN_APP = SCOPE_NAMES.filter((name) => name !== 'app');
