import type { CalledPartition, RunStore } from '../job/run';

/** Read at once: a run may have a million partitions. */
const READ_AT_ONCE = 1_000;

/** The partitions of a run by key, a part at a time. None of a run whose partitions are gone. */
export async function* partsOf(
  runs: Pick<RunStore, 'scopes'>,
  runId: number,
): AsyncGenerator<readonly CalledPartition[]> {
  let afterKey = '';
  for (;;) {
    const part = await runs.scopes({ runId, afterKey, limit: READ_AT_ONCE });
    const last = part.at(-1);
    if (!last) return;
    yield part;
    if (part.length < READ_AT_ONCE) return;
    afterKey = last.key;
  }
}
