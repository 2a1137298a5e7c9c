import { codeOf } from '../../src/errors';
import type { OperatorPause } from '../../src/job/operator-pause';
import type { Job } from '../../src/job/parse';
import { jobsByPlatform } from '../../src/limit/order';
import { parseTimetable, slotAfterMs } from '../../src/schedule/timetable';
import type { Store } from '../../src/store/open';
import { oneOf } from './faults/fault';

export interface OperatorOptions {
  readonly store: Store;
  readonly jobs: () => readonly Job[];
  readonly nowMs: () => number;
  /** Whoever runs the jobs; null while nobody does. */
  readonly fence: () => number | null;
  readonly wake: () => void;
  /** The cursor of a partition was moved. */
  readonly onEdited: (name: string) => void;
  /** Nothing is late that an operator has touched so lately; or, with an instant, before it. */
  readonly onTouched: (untilMs?: number) => void;
  readonly onUnparked: () => void;
}

/** What people do to a store, with the same ports as the command line. */
export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  async pause({ isOfPlatform, forMs }: { isOfPlatform: boolean; forMs: number }, random: () => number): Promise<void> {
    const { store, jobs, nowMs, onTouched } = this.#options;
    const sinceMs = nowMs();
    const name = isOfPlatform ? oneOf(['shop', 'mall'], random) : oneOf(jobs(), random).name;
    const pause: OperatorPause = {
      kind: isOfPlatform ? 'platform' : 'job',
      name,
      reason: 'trouble',
      by: 'ann',
      sinceMs,
      untilMs: sinceMs + forMs,
    };
    await store.operatorPauses.put([pause]);
    onTouched(sinceMs + forMs);
  }

  async resumeAll(): Promise<void> {
    const { store, nowMs, onTouched } = this.#options;
    await store.operatorPauses.end(await store.operatorPauses.list(nowMs()), { by: 'ann', nowMs: nowMs() });
    onTouched();
  }

  async unpark(): Promise<void> {
    const { store, jobs, nowMs, onTouched, onUnparked } = this.#options;
    await store.orders.unpark({}, { jobs: jobsByPlatform(['shop', 'mall'], jobs()), nowMs: nowMs() });
    onUnparked();
    onTouched();
  }

  async skipNext(random: () => number): Promise<void> {
    const { store, jobs, nowMs } = this.#options;
    const { name, schedule } = oneOf(jobs(), random);
    if (!schedule) return;
    const askedAtMs = nowMs();
    const slotAtMs = slotAfterMs(parseTimetable(schedule, name), askedAtMs);
    await store.skipsAhead.put([{ job: name, slotAtMs, reason: 'trouble', by: 'ann', askedAtMs }]);
  }

  /** A run beside the schedule. */
  async ask(random: () => number): Promise<void> {
    const { store, jobs, nowMs, fence, wake, onTouched } = this.#options;
    const held = fence();
    if (held === null) return;
    await store.runs.open({ job: oneOf(jobs(), random).name, slotAtMs: nowMs(), kind: 'manual', fence: held });
    wake();
    onTouched();
  }

  /** Back to where the last whole run ended. */
  async setState(random: () => number): Promise<void> {
    await this.#edit(random, async (store, { job, partition, version, bookmark }) => {
      await store.checkpoints.edit({
        job,
        partition,
        version,
        cursor: bookmark,
        change: 'set',
        nowMs: this.#options.nowMs(),
      });
    });
  }

  async undo(random: () => number): Promise<void> {
    await this.#edit(random, async (store, { job, partition }) => {
      await store.checkpoints.undo({ job, partition, nowMs: this.#options.nowMs() });
    });
  }

  async #edit(
    random: () => number,
    change: (store: Store, of: Awaited<ReturnType<Store['checkpoints']['list']>>[number]) => Promise<void>,
  ): Promise<void> {
    const { store, onEdited } = this.#options;
    const all = await store.checkpoints.list();
    if (all.length === 0) return;
    const checkpoint = oneOf(all, random);
    try {
      await change(store, checkpoint);
      onEdited(`${checkpoint.job}/${checkpoint.partition}`);
    } catch (thrown) {
      if (codeOf(thrown) !== 'STORE_IN_USE') throw thrown; // it runs: the operator is told so
    }
  }
}
