import { codeOf, messageOf } from '../errors';
import type { Job } from '../job/parse';
import type { Run, RunStore } from '../job/run';
import type { Log } from '../log';
import { type Cron, parseCron } from '../schedule/cron';
import { previousSlotMs } from '../schedule/slot';
import { isOpen } from '../schedule/window';
import type { Clock } from '../time/clock';
import type { OnRunEvent } from './event';
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
  readonly runJob: (job: Job, run: Run) => Promise<Run>;
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
  readonly #crons = new Map<string, Cron>();
  /** By run id. */
  readonly #active = new Map<number, Promise<void>>();
  #alarm = new AbortController();
  #broken: Error | null = null;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    for (const job of parts.jobs) {
      this.#jobs.set(job.name, job);
      if (job.schedule) this.#crons.set(job.name, parseCron(job.schedule.cron, job.name));
    }
  }

  /** Looks again now: a tick came, or a run was asked for. */
  wake(): void {
    this.#alarm.abort();
  }

  /** Serves until the stop: slots, resumes, everything. Rejects when the store is lost. */
  async serve(): Promise<void> {
    await this.#loop(async (nowMs) => {
      for (const job of this.#jobs.values()) await this.#openSlot(job, nowMs);
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
    while (!stop.stopping.aborted && !this.#broken) {
      this.#alarm = new AbortController();
      if ((await before(clock.nowMs())) === 'done') break;
      await this.#startDue(clock.nowMs());
      await this.#sleep();
    }
    stop.stopping.removeEventListener('abort', onStop);
    await Promise.all(this.#active.values());
    if (this.#broken) throw this.#broken;
  }

  /** Makes the run of the newest slot that has come, unless the run before is still under way or parked. */
  async #openSlot(job: Job, nowMs: number): Promise<void> {
    const cron = this.#crons.get(job.name);
    if (!cron || !job.schedule) return;
    const { runs, fence } = this.#parts;
    const slotAtMs = previousSlotMs(cron, job.schedule.timezone, nowMs);
    if (slotAtMs === null || nowMs - slotAtMs > CATCH_UP_MS_MAX) return;
    const knownMs = (await runs.lastSlotMs(job.name)) ?? (await runs.firstSeenMs({ job: job.name, fence, nowMs }));
    if (slotAtMs <= knownMs || (await runs.unfinished(job.name))) return;
    await runs.open({ job: job.name, slotAtMs, kind: 'schedule', fence });
  }

  async #startDue(nowMs: number): Promise<void> {
    for (const run of await this.#parts.runs.due(nowMs)) {
      if (this.#active.size >= this.#parts.jobsInFlight) return;
      const job = this.#jobs.get(run.job);
      if (!job || this.#active.has(run.id) || !mayStart(job, run, nowMs)) continue;
      this.#active.set(run.id, this.#take(job, run));
    }
  }

  async #take(job: Job, run: Run): Promise<void> {
    const { runJob, runs, fence, clock, onEvent, log } = this.#parts;
    try {
      await runJob(job, run);
    } catch (thrown) {
      if (endsProcess(thrown)) {
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
      this.#active.delete(run.id);
      this.wake();
    }
  }

  #break(thrown: unknown): void {
    this.#broken ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#parts.stop.request('the store is lost');
  }

  /** Until a wake-up, or the first resume. */
  async #sleep(): Promise<void> {
    const { runs, clock } = this.#parts;
    const alarm = this.#alarm;
    const nowMs = clock.nowMs();
    const resumeMs = await runs.nextResumeMs([...this.#jobs.keys()]);
    // A parked run that is under way, or outside its hours, is due already: it must not keep the loop spinning.
    const waitMs = resumeMs === null || resumeMs <= nowMs ? LOOK_MS_MAX : Math.min(LOOK_MS_MAX, resumeMs - nowMs);
    await clock.sleep(waitMs, alarm.signal);
  }
}

/** Scheduled runs start and go on inside their hours; what somebody asked for starts now. */
function mayStart({ schedule }: Job, run: Run, nowMs: number): boolean {
  if (run.kind === 'manual' || !schedule?.windows) return true;
  return isOpen(schedule.windows, schedule.timezone, nowMs);
}

/** Without the lease or the store nothing can be kept: end, rather than spend quota on it. */
function endsProcess(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? '';
  return code === 'FENCED' || code.startsWith('STORE_');
}
