import { errorOf, messageOf } from '../errors';
import type { Job } from '../job/parse';
import type { Run, RunStore } from '../job/run';
import type { Log } from '../log';
import { parseTimetable, slotUpToMs, type Timetable } from '../schedule/timetable';
import type { Clock } from '../time/clock';
import type { OnRunEvent } from './event';
import type { Gate } from './gate';
import { isLost } from './lost';
import { PutDown } from './put-down';
import type { StopControl } from './stop';

/** A slot that was missed for longer (the process was down) is not made up for. */
const CATCH_UP_MS_MAX = 24 * 3_600_000;

/** The longest sleep between two looks, when nothing wakes the scheduler before. */
const LOOK_MS_MAX = 60_000;

export interface SchedulerParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly jobs: readonly Job[];
  /** Takes a run as far as it goes now. */
  readonly runJob: (job: Job, run: Run, putDown: PutDown) => Promise<Run>;
  readonly gate: Gate;
  readonly jobsInFlight: number;
  readonly fence: number;
  readonly stop: StopControl;
  readonly onEvent: OnRunEvent;
  readonly log: Log;
}

/**
 * Starts runs when they are due: new slots, parked runs whose time has come, and what a stop interrupted. Looks at the
 * store, not at timers: a lost tick costs a minute, never a run.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #jobs = new Map<string, Job>();
  readonly #timetables = new Map<string, Timetable>();
  /** By job: a job has one run at a time. */
  readonly #active = new Map<string, Promise<void>>();
  #alarm = new AbortController();
  #broken: Error | null = null;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    for (const job of parts.jobs) {
      this.#jobs.set(job.name, job);
      if (job.schedule) this.#timetables.set(job.name, parseTimetable(job.schedule, job.name));
    }
  }

  /** Looks again now: a tick came, or a run was asked for. */
  wake(): void {
    this.#alarm.abort();
  }

  /**
   * Serves until the stop: slots, resumes, everything. Rejects when the store is lost. `onSlotsOpen` is told at each look
   * once the runs of the slots that have come are in the store, before any is started.
   */
  async serve(onSlotsOpen: () => void = () => undefined): Promise<void> {
    await this.#loop(async (nowMs) => {
      for (const job of this.#jobs.values()) await this.#openSlot(job, nowMs);
      onSlotsOpen();
      return 'go-on';
    });
  }

  /** Takes the unfinished runs of these jobs to their end, through every park, then returns. */
  async finish(): Promise<void> {
    const names = [...this.#jobs.keys()];
    await this.#loop(async () => {
      const unfinished = await Promise.all(names.map((name) => this.#parts.runs.unfinished(name)));
      return unfinished.some((run) => run !== null) ? 'go-on' : 'done';
    });
  }

  async #loop(before: (nowMs: number) => Promise<'go-on' | 'done'>): Promise<void> {
    const { stop, clock } = this.#parts;
    const onStop = (): void => this.wake();
    stop.stopping.addEventListener('abort', onStop);
    try {
      while (!stop.stopping.aborted && !this.#broken) {
        this.#alarm = new AbortController();
        const nowMs = clock.nowMs();
        if ((await before(nowMs)) === 'done') break;
        await this.#startDue(nowMs);
        await this.#sleep(nowMs);
      }
    } catch (thrown) {
      this.#break(thrown);
    }
    stop.stopping.removeEventListener('abort', onStop);
    await Promise.all(this.#active.values());
    if (this.#broken) throw this.#broken;
  }

  /** Makes the run of the newest slot that has come, unless the run before is still under way or parked. */
  async #openSlot(job: Job, nowMs: number): Promise<void> {
    const timetable = this.#timetables.get(job.name);
    if (!timetable) return;
    const { runs, fence } = this.#parts;
    // Before anything else: a job that is seen for the first time at its slot would count it as one of before.
    const knownMs = (await runs.lastSlotMs(job.name)) ?? (await runs.firstSeenMs({ job: job.name, fence, nowMs }));
    const slotAtMs = slotUpToMs(timetable, nowMs);
    if (slotAtMs === null || slotAtMs <= knownMs || nowMs - slotAtMs > CATCH_UP_MS_MAX) return;
    if (await runs.unfinished(job.name)) return;
    await runs.open({ job: job.name, slotAtMs, kind: 'schedule', fence });
  }

  async #startDue(nowMs: number): Promise<void> {
    for (const run of await this.#parts.runs.due(nowMs)) {
      if (this.#active.size >= this.#parts.jobsInFlight) return;
      const job = this.#jobs.get(run.job);
      if (!job || this.#active.has(job.name) || this.#parts.gate.nextStartMs(job, run, nowMs) > nowMs) continue;
      this.#active.set(job.name, this.#take(job, run));
    }
  }

  async #take(job: Job, run: Run): Promise<void> {
    const { runJob, runs, fence, clock, onEvent, log } = this.#parts;
    try {
      await runJob(job, run, new PutDown());
    } catch (thrown) {
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
    } finally {
      this.#active.delete(job.name);
      this.wake();
    }
  }

  #break(thrown: unknown): void {
    this.#broken ??= errorOf(thrown);
    this.#parts.stop.request('the store is lost');
  }

  /** Until a wake-up, or the first run that may go on later than `nowMs`: what could go on by then was just offered to. */
  async #sleep(nowMs: number): Promise<void> {
    const { clock } = this.#parts;
    const alarm = this.#alarm;
    let wakeAtMs = nowMs + LOOK_MS_MAX;
    for (const job of this.#jobs.values()) {
      const startMs = await this.#startMs(job, nowMs);
      if (startMs > nowMs) wakeAtMs = Math.min(wakeAtMs, startMs);
    }
    await clock.sleep(wakeAtMs - clock.nowMs(), alarm.signal);
  }

  /** When the unfinished run of a job may go on; -Infinity where there is none, or it is under way. */
  async #startMs(job: Job, nowMs: number): Promise<number> {
    if (this.#active.has(job.name)) return -Infinity;
    const run = await this.#parts.runs.unfinished(job.name);
    if (!run || run.state === 'running') return -Infinity;
    const dueMs = run.state === 'parked' ? (run.resumesAtMs ?? nowMs) : nowMs;
    return this.#parts.gate.nextStartMs(job, run, Math.max(dueMs, nowMs));
  }
}
