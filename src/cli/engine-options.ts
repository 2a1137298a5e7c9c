import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import type { OpenQueue } from '../limit/call-queue';
import type { Disk } from '../limit/disk';
import type { Log } from '../log';
import type { Http } from '../platform/http';
import type { OnRunEvent } from '../run/event';
import type { SchedulerParts } from '../run/scheduler';
import type { StopControl } from '../run/stop';
import type { Store } from '../store/open';
import type { Clock } from '../time/clock';
import type { Project } from './project';

export interface EngineOptions {
  readonly project: Project;
  readonly store: Store;
  readonly log: Log;
  readonly stop: StopControl;
  readonly onEvent: OnRunEvent;
  /** What the lease shows to others: `start`, `run kuaishou-orders`. */
  readonly command: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Default the Bottleneck queue. */
  readonly openQueue?: OpenQueue;
  /** Default undici's. */
  readonly http?: Http;
  /** Where the store is: calls wait for room on it. Default no disk, for a store in memory. */
  readonly disk?: Disk;
  /** Whether what operators paused rests in this process, too. Default obey. */
  readonly operatorPauses?: 'obey' | 'ignore';
  /** Before the scheduler starts a run, or goes on with it. */
  readonly onStart?: (start: { readonly job: Job; readonly run: Run; readonly fence: number }) => Promise<void>;
  /** By the plan. Default at the slot. */
  readonly startOf?: SchedulerParts['startOf'];
  /** What a simulation changes, whose store nobody else opens. */
  readonly rhythm?: Rhythm;
}

/** How often the engine looks by itself, ms. */
export interface Rhythm {
  readonly heartbeatMs: number;
  readonly lookMsMax: number;
}
