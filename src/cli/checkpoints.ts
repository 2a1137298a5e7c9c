import type { Checkpoint, CheckpointPart } from '../job/checkpoint';
import type { Store } from '../store/open';

/** Read at once: a store may have a million. */
const READ_AT_ONCE = 1_000;

interface Looked {
  readonly which: CheckpointPart['which'];
  /** Only of this job, and only partitions that begin so. */
  readonly job?: string;
  readonly prefix?: string;
}

/** In the order of jobs and partitions. */
export async function* eachCheckpoint(
  { checkpoints }: Pick<Store, 'checkpoints'>,
  { which, job, prefix = '' }: Looked,
): AsyncGenerator<Checkpoint> {
  let from = { job: job ?? '', partition: prefix };
  for (;;) {
    const part = await checkpoints.part({ which, from, limit: READ_AT_ONCE });
    for (const checkpoint of part) {
      if (job !== undefined && (checkpoint.job !== job || !checkpoint.partition.startsWith(prefix))) return;
      yield checkpoint;
    }
    const last = part.at(-1);
    if (!last || part.length < READ_AT_ONCE) return;
    from = { job: last.job, partition: `${last.partition}\0` }; // the very next name
  }
}
