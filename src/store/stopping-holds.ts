import type { RunPartition } from '../job/run';
import { pickScope, SCOPE_NAMES, type ScopeName, scopeKey } from '../job/scope';
import type { Hold } from '../limit/hold';
import type { UnparkAbout } from '../limit/order';

/** Holds of one platform whose scopes have the same names. */
interface Alike {
  readonly platform: string;
  readonly names: readonly ScopeName[];
  readonly holds: readonly Hold[];
  /** By the names that a partition has, too: the holds by the values of these. */
  readonly byShared: Map<string, Map<string, Hold[]>>;
}

/**
 * Those of many holds that stop one of many partitions. Each partition is looked up: a hold for each of 10,000 merchants, each
 * compared with each of their partitions, would take minutes.
 */
export class StoppingHolds {
  readonly #alike: readonly Alike[];
  readonly #jobs: UnparkAbout['jobs'];
  readonly #found = new Set<Hold>();

  constructor(holds: readonly Hold[], jobs: UnparkAbout['jobs']) {
    const groups = new Map<string, { platform: string; names: readonly ScopeName[]; holds: Hold[] }>();
    for (const hold of holds) {
      const { platform, scope } = hold;
      const names = SCOPE_NAMES.filter((name) => scope[name] !== undefined);
      const key = [platform, ...names].join(' ');
      const group = groups.get(key);
      if (group) group.holds.push(hold);
      else groups.set(key, { platform, names, holds: [hold] });
    }
    this.#alike = [...groups.values()].map((group) => ({ ...group, byShared: new Map() }));
    this.#jobs = jobs;
  }

  get found(): readonly Hold[] {
    return [...this.#found];
  }

  /** A name that only one of the two has does not part them. */
  see({ job, partition: { scope } }: RunPartition): void {
    for (const alike of this.#alike) {
      if (this.#jobs[alike.platform]?.includes(job) !== true) continue;
      const shared = alike.names.filter((name) => scope[name] !== undefined);
      const byValues = holdsByValues(alike, shared);
      const values = scopeKey(pickScope(scope, shared));
      for (const hold of byValues.get(values) ?? []) this.#found.add(hold);
      byValues.delete(values); // found once, they need not be found again
    }
  }
}

function holdsByValues({ holds, byShared }: Alike, shared: readonly ScopeName[]): Map<string, Hold[]> {
  const known = byShared.get(shared.join(' '));
  if (known) return known;
  const byValues = new Map<string, Hold[]>();
  for (const hold of holds) {
    const values = scopeKey(pickScope(hold.scope, shared));
    const alike = byValues.get(values);
    if (alike) alike.push(hold);
    else byValues.set(values, [hold]);
  }
  byShared.set(shared.join(' '), byValues);
  return byValues;
}
