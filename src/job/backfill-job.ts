import { OffpeakError } from '../errors';
import type { BackfillContext } from './definition';
import type { Job } from './parse';

type Named = Pick<Job, 'name' | 'file' | 'backfill'>;

/** The cursor with which a span of the past begins. Throws JOB_INVALID for a job that says none. */
export function firstCursorOf(job: Named, { fromMs, toMs, partition }: BackfillContext): unknown {
  return backfillOf(job)({ fromMs, toMs, partition });
}

/** Throws JOB_INVALID for a job that cannot be backfilled. */
export function backfillOf({ name, file, backfill }: Named): NonNullable<Job['backfill']> {
  if (backfill) return backfill;
  throw new OffpeakError(
    'JOB_INVALID',
    `${file} backfill: expected a function, got none: ${name} cannot be backfilled`,
    {
      hint: "It gives the cursor with which a span begins: backfill: ({ fromMs }) => ({ sinceMs: fromMs, page: '' }),",
    },
  );
}
