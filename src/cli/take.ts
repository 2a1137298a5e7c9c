import { messageOf, OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { Backlog } from '../run/backlog';
import { isLost } from '../run/lost';
import { PutDown } from '../run/put-down';
import type { Stop } from '../run/stop';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import type { Engine, RunSelection } from './engine';
import { listPartitions } from './partitions';
import { type RunOptions, selectionOf } from './run-options';
import { partsOf } from './run-parts';

/** Partition keys that a message names. */
const KEYS_SHOWN = 5;

export interface TakeParts {
  readonly engine: Engine;
  readonly store: Store;
  readonly stop: Stop;
  readonly job: Job;
  readonly options: RunOptions;
}

/**
 * The unfinished run of a job, or a new one, taken as far as was asked: once, or with `wait` through every park. Throws
 * PARTITION_UNKNOWN when nothing was selected.
 */
export async function takeRun(parts: TakeParts): Promise<Run> {
  const { store, stop, options } = parts;
  const selection = selectionOf(options);
  await requireMatch(parts, selection);
  let run = await openRun(parts);
  let dueAtMs: number | null = await dueMs(parts, run, selection);
  while (dueAtMs !== null) {
    const waitMs = dueAtMs - systemClock.nowMs();
    if (waitMs > 0 && !options.wait) return run;
    if (waitMs > 0) await sleepUnlessUnparked(parts, waitMs);
    if (stop.stopping.aborted) return run;
    if (waitMs > 0) dueAtMs = await dueMs(parts, run, selection);
    if (dueAtMs > systemClock.nowMs()) continue; // what an operator unparked or resumed was something else
    const putDown = new PutDown();
    run = await takeOnce(parts, run, { ...selection, putDown });
    const isToBeContinued = putDown.end !== null || (await parkedUntilMs(store, run, selection)) !== null;
    dueAtMs = options.wait && isToBeContinued ? await dueMs(parts, run, selection) : null;
  }
  return run;
}

/** Until the instant, the stop, or an operator who says that a quota is back or that a pause is over. */
async function sleepUnlessUnparked({ engine, stop }: TakeParts, waitMs: number): Promise<void> {
  const unparked = new AbortController();
  const deaf = engine.unparks.listen(() => unparked.abort());
  await systemClock.sleep(waitMs, AbortSignal.any([stop.stopping, unparked.signal]));
  deaf();
}

/** What cannot even start fails its run, as it does in the daemon. */
async function takeOnce({ engine, store, job }: TakeParts, run: Run, selection: RunSelection): Promise<Run> {
  try {
    return await engine.runOnce(job, run, selection);
  } catch (thrown) {
    if (isLost(thrown)) throw thrown;
    const reason = thrown instanceof OffpeakError ? thrown.message : `${job.file}: ${messageOf(thrown)}`;
    await store.runs.fail({ runId: run.id, reason, fence: engine.lease.fence, nowMs: systemClock.nowMs() });
    return (await store.runs.get(run.id)) ?? run;
  }
}

/** When the run may go on: after its park, when operators end their pauses, and with room on the disk. */
async function dueMs({ engine, store, job }: TakeParts, run: Run, selection: RunSelection): Promise<number> {
  return engine.disk.heldUntilMs(engine.pauses.heldUntilMs(job, (await parkedUntilMs(store, run, selection)) ?? 0));
}

/**
 * When the first selected partition that is parked may go on. Null when none is, or when one waits without being parked:
 * that one was left by a stop, or by a limit of this process.
 */
async function parkedUntilMs(store: Store, run: Run, { selects }: RunSelection): Promise<number | null> {
  const backlog = new Backlog({ runs: store.runs, runId: run.id, job: run.job, selects, isTaken: () => false });
  if ((await backlog.take()) !== null) return null;
  const firstMs = await backlog.firstParkedMs(-1);
  return firstMs === Infinity ? null : firstMs;
}

/** A selection that is empty would end as a run that is done, with nothing in it. */
async function requireMatch({ store, job, options }: TakeParts, { selects }: RunSelection): Promise<void> {
  const { partition: glob } = options;
  if (glob === undefined) return;
  const unfinished = await store.runs.unfinished(job.name);
  const begun = unfinished && unfinished.startedAtMs !== null ? unfinished : null;
  const keys = begun ? await keysOf(store, begun) : (await listPartitions(job)).map(({ key }) => key);
  if (keys.some(selects)) return;
  const where = begun ? `${job.name}, run ${begun.id}, which is unfinished` : job.name;
  const more = keys.length > KEYS_SHOWN ? ` and ${keys.length - KEYS_SHOWN} more` : '';
  throw new OffpeakError('PARTITION_UNKNOWN', `${where}: no partition matches "${glob}"`, {
    hint: keys.length === 0 ? 'It has none.' : `It has ${keys.slice(0, KEYS_SHOWN).join(', ')}${more}.`,
  });
}

async function keysOf(store: Store, run: Run): Promise<string[]> {
  const keys: string[] = [];
  for await (const part of partsOf(store.runs, run.id)) keys.push(...part.map(({ key }) => key));
  return keys;
}

/** The unfinished run of a job, or a new one that somebody asked for. */
async function openRun(parts: OpenParts): Promise<Run> {
  return (await parts.store.runs.unfinished(parts.job.name)) ?? openAsked(parts);
}

type OpenParts = Pick<TakeParts, 'engine' | 'store' | 'job'>;

/** A new run that somebody asked for. */
export async function openAsked({ engine, store, job }: OpenParts): Promise<Run> {
  const opened = await store.runs.open({
    job: job.name,
    slotAtMs: systemClock.nowMs(),
    kind: 'manual',
    fence: engine.lease.fence,
  });
  if (opened) return opened;
  throw new OffpeakError('RUN_FAILED', `a run of ${job.name} was asked for in this very millisecond`, {
    hint: 'Ask again.',
  });
}
