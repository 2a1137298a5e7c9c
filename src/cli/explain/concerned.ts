import type { Run } from '../../job/run';
import { SCOPE_NAMES, type Scope } from '../../job/scope';
import type { Store } from '../../store/open';
import { partsOf } from '../run-parts';

/**
 * Those of these scope keys that stop calls of a run's partitions: they say which scopes its calls have. All of them where
 * no partition is known. Reads no further than it has to.
 */
export async function concernedOf(
  { runs }: Pick<Store, 'runs'>,
  run: Run | undefined,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const open = new Set(keys);
  const concerned = new Set<string>();
  let isKnown = false;
  for await (const partitions of run && open.size > 0 ? partsOf(runs, run.id) : []) {
    isKnown = true;
    for (const key of open) {
      if (!partitions.some(({ scope }) => fits(key, scope))) continue;
      open.delete(key);
      concerned.add(key);
    }
    if (open.size === 0) break;
  }
  return isKnown ? concerned : new Set(keys);
}

/** False when it names another merchant, or whatever partitions name, than this scope. */
function fits(key: string, scope: Scope): boolean {
  const names = `;${key};`;
  return SCOPE_NAMES.every(
    (name) => scope[name] === undefined || !names.includes(`;${name}=`) || names.includes(`;${name}=${scope[name]};`),
  );
}
