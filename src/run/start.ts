import { messageOf, OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Run, RunStore } from '../job/run';
import type { Clock } from '../time/clock';
import type { Gateway } from './gateway';
import { isLost } from './lost';

export interface StartParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly fence: number;
  /** Only partitions for which this holds take part. */
  readonly selects: (partitionKey: string) => boolean;
  readonly secrets: Pick<Gateway, 'words' | 'hasSecret'>;
  /** True when nobody waits for the start any more. */
  readonly isOff: () => boolean;
}

/**
 * Starts a run, or goes on with one that has started. A job's partitions become durable batch by batch, and the run starts
 * with the last of them: what a process that died in between had kept is taken back. Null when it was called off.
 */
export async function startRun(parts: StartParts, job: Job, run: Run): Promise<Run | null> {
  const { runs, clock, fence } = parts;
  const nowMs = clock.nowMs();
  if (run.startedAtMs !== null) return runs.start({ runId: run.id, partitions: [], fence, nowMs });
  if (run.totals.partitions > 0) await takeBack(parts, run);
  const last = await registerAllButLast(parts, job, { runId: run.id, nowMs }).catch(async (thrown: unknown) => {
    if (!isLost(thrown)) await takeBack(parts, run); // else they would fail with the run
    throw thrown;
  });
  return last && runs.start({ runId: run.id, partitions: last, fence, nowMs });
}

/** Returns the last batch; null when it was called off. */
async function registerAllButLast(
  { runs, clock, fence, selects, secrets, isOff }: StartParts,
  job: Job,
  { runId, nowMs }: { runId: number; nowMs: number },
): Promise<readonly Partition[] | null> {
  let batch: readonly Partition[] = [];
  for await (const next of withoutSecrets(job.partitions({ nowMs }), secrets, job.file)) {
    if (batch.length > 0) {
      await clock.sleep(0); // a list at hand would hold up whoever shares the event loop
      if (isOff()) return null;
      await runs.register({ runId, partitions: batch, fence });
    }
    batch = next.filter(({ key }) => selects(key));
  }
  return isOff() ? null : batch;
}

async function takeBack({ runs, clock, fence }: StartParts, { id: runId }: Run): Promise<void> {
  while (await runs.unregister({ runId, fence })) await clock.sleep(0);
}

/** What the job's own function lists, or throws, is kept: it must not hold a secret. */
async function* withoutSecrets(
  listing: AsyncIterable<readonly Partition[]>,
  secrets: StartParts['secrets'],
  file: string,
): AsyncGenerator<readonly Partition[]> {
  try {
    for await (const batch of listing) {
      if (secrets.hasSecret(wordsOf(batch))) throw secretListed(file);
      yield batch;
    }
  } catch (thrown) {
    const message = secrets.words(messageOf(thrown));
    if (!(thrown instanceof OffpeakError)) throw new Error(message, { cause: thrown });
    throw new OffpeakError(thrown.code, message, thrown.hint === undefined ? {} : { hint: thrown.hint });
  }
}

/** Nothing but what the job named: each character is looked at. */
function wordsOf(batch: readonly Partition[]): string {
  return batch.map(({ key, scope }) => [key, ...Object.values(scope)].join('\n')).join('\n');
}

function secretListed(file: string): OffpeakError {
  return new OffpeakError('JOB_INVALID', `${file} partitions: expected keys and scopes without secrets, got one`, {
    hint: 'Give the access tokens to the platform in offpeak.config.ts, by owner.',
  });
}
