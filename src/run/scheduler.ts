import { errorOf, messageOf } from '../errors';
import type { BackfillStore } from '../job/backfill';
import type { Job } from '../job/parse';
import { goesOnAtMs, type Run, type RunStore } from '../job/run';
import type { Log } from '../log';
import type { Clock } from '../time/clock';
import type { OnRunEvent } from './event';
import type { Gate } from './gate';
import { isLost } from './lost';
import { PutDown } from './put-down';
import { type SlotRules, Slots } from './slots';
import type { StopControl } from './stop';

/** The place of a backfill among what is under way: one at a time, beside the runs of its job. */
const BACKFILL_LANE = '(backfill)';

/** The longest sleep between two looks, when nothing wakes the scheduler before. */
const LOOK_MS_MAX = 60_000;

export interface SchedulerParts extends SlotRules {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly jobs: readonly Job[];
  /** Takes a run as far as it goes now. */
  readonly runJob: (job: Job, run: Run, putDown: PutDown) => Promise<Run>;
  readonly gate: Gate;
  /** When the run of a slot starts by the plan. Default at the slot. */
  readonly startOf?: (job: Job, slotAtMs: number) => number;
  /** Opens the runs of backfills. Default none. */
  readonly backfills?: Pick<BackfillStore, 'advance'>;
  readonly jobsInFlight: number;
  readonly fence: number;
  readonly stop: StopControl;
  readonly onEvent: OnRunEvent;
  readonly log: Log;
  /** The longest sleep between two looks. Default LOOK_MS_MAX; Infinity where somebody wakes it at every slot. */
  readonly lookMsMax?: number | undefined;
}

interface Active {
  readonly run: Run;
  readonly putDown: PutDown;
  ended: Promise<void>;
}

/**
 * Starts runs when they are due: new slots, parked runs whose time has come, and what a stop interrupted. Looks at the
 * store, not at timers: a lost tick costs a minute, never a run.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #slots: Slots;
  /** By job, which has one run at a time; of all backfills one under a name of its own. */
  readonly #active = new Map<string, Active>();
  /** What was due at the last look and found no place yet, in its order. */
  #ready: readonly Run[] = [];
  /** What became due since, as another run of its job ended. */
  #offered: Run[] = [];
  /** When the store must be looked at again. */
  #lookAtMs = -Infinity;
  #alarm = new AbortController();
  #onSlotsOpen = (): void => undefined;
  #broken: Error | null = null;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#jobs = new Map(parts.jobs.map((job) => [job.name, job]));
    this.#slots = new Slots(parts);
  }

  get #lookMsMax(): number {
    return this.#parts.lookMsMax ?? LOOK_MS_MAX;
  }

  /** Looks again now: a tick came, or a run was asked for. */
  wake(): void {
    this.#lookAtMs = -Infinity;
    this.#alarm.abort();
  }

  /**
   * Serves until the stop: slots, resumes, everything. Rejects when the store is lost. `onSlotsOpen` is told at each look
   * once the runs of the slots that have come are in the store, before any is started.
   */
  async serve(onSlotsOpen: () => void = () => undefined): Promise<void> {
    this.#onSlotsOpen = onSlotsOpen;
    await this.#slots.load(this.#parts.clock.nowMs());
    await this.#loop(() => Promise.resolve('go-on'));
  }

  /** Takes the unfinished runs of these jobs to their end, through every park, then returns. */
  async finish(): Promise<void> {
    const names = [...this.#jobs.keys()];
    await this.#loop(async () => {
      const unfinished = await this.#parts.runs.allUnfinished(names);
      return unfinished.length > 0 ? 'go-on' : 'done';
    });
  }

  async #loop(before: () => Promise<'go-on' | 'done'>): Promise<void> {
    const { stop, clock } = this.#parts;
    const onStop = (): void => this.wake();
    stop.stopping.addEventListener('abort', onStop);
    try {
      while (!stop.stopping.aborted && !this.#broken) {
        this.#alarm = new AbortController();
        const nowMs = clock.nowMs();
        if ((await before()) === 'done') break;
        if (this.#mustLook(nowMs)) await this.#look(nowMs);
        this.#startReady(nowMs);
        await this.#sleep();
      }
    } catch (thrown) {
      this.#break(thrown);
    }
    stop.stopping.removeEventListener('abort', onStop);
    await Promise.all([...this.#active.values()].map(({ ended }) => ended));
    if (this.#broken) throw this.#broken;
  }

  /** One that is further ahead than any was set before the clock went back. */
  #mustLook(nowMs: number): boolean {
    return nowMs >= this.#lookAtMs || this.#lookAtMs - nowMs > this.#lookMsMax;
  }

  async #look(nowMs: number): Promise<void> {
    const { runs } = this.#parts;
    this.#lookAtMs = nowMs + this.#lookMsMax; // before anything is awaited: a wake-up meanwhile asks for one more
    const canceled = await this.#slots.decide(nowMs);
    this.#onSlotsOpen();
    for (const { run, putDown } of this.#active.values())
      if (canceled.has(run.id)) putDown.order({ kind: 'interrupt' });
    await this.#advanceBackfills(nowMs);
    this.#ready = await runs.due(nowMs);
    this.#lookBy(this.#slots.nextAtMs);
    this.#lookBy((await runs.nextDueMs(nowMs)) ?? Infinity);
  }

  async #advanceBackfills(nowMs: number): Promise<void> {
    const { runs, backfills, fence, jobs } = this.#parts;
    if (!backfills) return;
    const underWay = this.#active.get(BACKFILL_LANE);
    // An operator has canceled it.
    if (underWay && (await runs.get(underWay.run.id))?.state === 'canceled')
      underWay.putDown.order({ kind: 'interrupt' });
    await backfills.advance({ jobs: jobs.map(({ name }) => name), fence, nowMs });
  }

  #lookBy(atMs: number): void {
    this.#lookAtMs = Math.min(this.#lookAtMs, atMs);
  }

  /** What must wait for its hours is found again by the look at their opening. */
  #startReady(nowMs: number): void {
    const { gate, jobsInFlight } = this.#parts;
    const waiting = backfillsLast([...this.#ready, ...this.#offered.splice(0)]);
    let at = 0;
    for (; at < waiting.length && this.#active.size < jobsInFlight; at += 1) {
      const run = waiting[at];
      const job = run && this.#jobs.get(run.job);
      if (!run || !job || this.#active.has(laneOf(run))) continue;
      const startMs = gate.nextStartMs(job, run, nowMs);
      if (startMs > nowMs) this.#lookBy(startMs);
      else this.#start(job, run);
    }
    this.#ready = waiting.slice(at);
    const backfill = this.#active.get(BACKFILL_LANE);
    if (backfill && this.#ready.some((run) => this.#needsPlace(run, nowMs)))
      backfill.putDown.order({ kind: 'interrupt' });
  }

  /** True for a run that could start now, were there a place: a backfill gives up its own after the present page. */
  #needsPlace(run: Run, nowMs: number): boolean {
    const job = this.#jobs.get(run.job);
    if (!job || run.kind === 'backfill' || this.#active.has(job.name)) return false;
    return this.#parts.gate.nextStartMs(job, run, nowMs) <= nowMs;
  }

  #start(job: Job, run: Run): void {
    const active: Active = { run, putDown: new PutDown(), ended: Promise.resolve() };
    this.#active.set(laneOf(run), active);
    active.ended = this.#take(job, active);
  }

  async #take(job: Job, { run, putDown }: Active): Promise<void> {
    const { runJob, runs, clock } = this.#parts;
    try {
      // It may have waited for a place since it was found due.
      const found = await runs.get(run.id);
      if (found && goesOnAtMs(found) <= clock.nowMs()) await runJob(job, found, putDown);
    } catch (thrown) {
      await this.#fail(job, run, thrown);
    }
    await this.#offerNext(run).catch((thrown: unknown) => this.#break(thrown));
    this.#active.delete(laneOf(run));
    this.#alarm.abort();
  }

  async #fail(job: Job, run: Run, thrown: unknown): Promise<void> {
    const { runs, fence, clock, onEvent, log } = this.#parts;
    if (isLost(thrown)) {
      this.#break(thrown);
      return;
    }
    const reason = messageOf(thrown);
    log.error({ job: job.name, run: run.id, err: thrown }, 'run failed');
    onEvent({ kind: 'run-failed', job: job.name, reason });
    await runs
      .fail({ runId: run.id, reason, fence, nowMs: clock.nowMs() })
      .catch((failed: unknown) => this.#break(failed));
  }

  /** The next run of a job whose run has ended, or the same one after its park: it needs no look at all the others. */
  async #offerNext({ job, kind }: Run): Promise<void> {
    const { runs, clock } = this.#parts;
    if (kind === 'backfill') {
      this.#lookAtMs = -Infinity; // for the next chunk
      return;
    }
    const next = await runs.unfinished(job);
    if (!next) return;
    const dueAtMs = goesOnAtMs(next);
    if (dueAtMs <= clock.nowMs()) this.#offered.push(next);
    else this.#lookBy(dueAtMs);
  }

  #break(thrown: unknown): void {
    this.#broken ??= errorOf(thrown);
    this.#parts.stop.request('the store is lost');
  }

  /** Until a wake-up, or the next look. */
  async #sleep(): Promise<void> {
    const { clock } = this.#parts;
    await clock.sleep(Math.min(this.#lookAtMs - clock.nowMs(), this.#lookMsMax), this.#alarm.signal);
  }
}

function laneOf({ job, kind }: Run): string {
  return kind === 'backfill' ? BACKFILL_LANE : job;
}

function backfillsLast(runs: readonly Run[]): Run[] {
  const isBackfill = ({ kind }: Run): boolean => kind === 'backfill';
  return [...runs.filter((run) => !isBackfill(run)), ...runs.filter(isBackfill)];
}
