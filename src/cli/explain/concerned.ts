import type { Run } from '../../job/run';
import { SCOPE_NAMES, type Scope } from '../../job/scope';
import type { Store } from '../../store/open';

/** Read at once: a run may have a million partitions. */
const READ_AT_ONCE = 1_000;

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
  let afterKey: string | null = '';
  let isKnown = false;
  while (run && open.size > 0 && afterKey !== null) {
    const partitions = await runs.scopes({ runId: run.id, afterKey, limit: READ_AT_ONCE });
    isKnown ||= partitions.length > 0;
    for (const key of open) {
      if (!partitions.some(({ scope }) => fits(key, scope))) continue;
      open.delete(key);
      concerned.add(key);
    }
    afterKey = partitions.length < READ_AT_ONCE ? null : (partitions.at(-1)?.key ?? null);
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
