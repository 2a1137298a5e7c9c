import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { PartitionInput } from './definition';
import { describeValue, faultLines, faultsOf } from './faults';
import { PARTITIONS_MAX, type Partition, partitionSchema, REGISTERED_MAX } from './partition';

/**
 * What a job's own function lists, checked, REGISTERED_MAX at a time and never all at once: there may be a million. That no
 * key comes twice is the store's to check.
 * @param where names the job file in faults.
 */
export async function* partitionBatches(listed: unknown, where: string): AsyncGenerator<readonly Partition[]> {
  let batch: unknown[] = [];
  let position = 0;
  for await (const each of iterableOf(listed, where)) {
    batch.push(each);
    if (batch.length < REGISTERED_MAX) continue;
    yield parsed(batch, position, where);
    position += batch.length;
    batch = [];
  }
  if (batch.length > 0) yield parsed(batch, position, where);
}

function iterableOf(listed: unknown, where: string): Iterable<PartitionInput> | AsyncIterable<PartitionInput> {
  const isIterable =
    typeof listed === 'object' && listed !== null && (Symbol.iterator in listed || Symbol.asyncIterator in listed);
  if (isIterable) return listed as Iterable<PartitionInput> | AsyncIterable<PartitionInput>;
  throw new OffpeakError('JOB_INVALID', `${where}: expected array, got ${describeValue(listed)}`);
}

function parsed(batch: readonly unknown[], position: number, where: string): readonly Partition[] {
  if (position + batch.length > PARTITIONS_MAX)
    throw new OffpeakError('JOB_INVALID', `${where}: expected at most ${PARTITIONS_MAX}, got more`);
  const result = z.array(partitionSchema).safeParse(batch);
  if (result.success) return result.data as readonly Partition[];
  const faults = faultsOf(result.error.issues, batch);
  const placed = faults.map(({ path, message }) => ({ message, path: placedAt(path, position) }));
  throw new OffpeakError('JOB_INVALID', faultLines(where, placed));
}

/** `[3].key` of a batch that begins at 1,000 is `[1003].key` for whoever wrote the list. */
function placedAt(path: string, position: number): string {
  return path.replace(/^\[(\d+)\]/, (_, at: string) => `[${position + Number(at)}]`);
}
