import { messageOf, OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import { systemClock } from '../time/system-clock';

/** The partitions that a job lists now. Throws JOB_INVALID, and RUN_FAILED for what the job's own function throws. */
export async function listPartitions(job: Job): Promise<readonly Partition[]> {
  const listed: Partition[] = [];
  try {
    for await (const batch of job.partitions({ nowMs: systemClock.nowMs() })) listed.push(...batch);
    return listed;
  } catch (cause) {
    if (cause instanceof OffpeakError) throw cause;
    throw new OffpeakError('RUN_FAILED', `${job.file} partitions: ${messageOf(cause)}`, { cause });
  }
}
