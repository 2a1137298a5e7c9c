import { pickScope, SCOPE_NAMES, type Scope, type ScopeName, scopeKey } from '../job/scope';

/** Values by scope, found by any scope that they cover: one look for each set of names, however many scopes there are. */
export class ScopeMap<Value> {
  /** By the set of names, then by the scope itself. */
  readonly #byNames = new Map<string, { names: readonly ScopeName[]; values: Map<string, Value> }>();

  get(scope: Scope): Value | undefined {
    return this.#byNames.get(namesKey(namesOf(scope)))?.values.get(scopeKey(scope));
  }

  set(scope: Scope, value: Value): void {
    const names = namesOf(scope);
    const key = namesKey(names);
    let group = this.#byNames.get(key);
    if (!group) {
      group = { names, values: new Map() };
      this.#byNames.set(key, group);
    }
    group.values.set(scopeKey(scope), value);
  }

  delete(scope: Scope): void {
    this.#byNames.get(namesKey(namesOf(scope)))?.values.delete(scopeKey(scope));
  }

  /** Drops the values that are over. */
  prune(isOver: (value: Value) => boolean): void {
    for (const [key, { values }] of this.#byNames) {
      for (const [scope, value] of values) if (isOver(value)) values.delete(scope);
      if (values.size === 0) this.#byNames.delete(key);
    }
  }

  /** The values of every scope that covers this one. */
  covering(scope: Scope): Value[] {
    const found: Value[] = [];
    for (const { names, values } of this.#byNames.values()) {
      if (!names.every((name) => scope[name] !== undefined)) continue;
      const value = values.get(scopeKey(pickScope(scope, names)));
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  *values(): Generator<Value> {
    for (const { values } of this.#byNames.values()) yield* values.values();
  }
}

function namesOf(scope: Scope): ScopeName[] {
  return SCOPE_NAMES.filter((name) => scope[name] !== undefined);
}

function namesKey(names: readonly ScopeName[]): string {
  return names.join();
}
