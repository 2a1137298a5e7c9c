import type { z } from 'zod';
import type { Costs } from './cost';
import type { EstimateInput } from './estimate';
import type { BlackoutDefinition, WindowDefinition } from './hours-definition';
import type { Partition } from './partition';
import type { JobQuota } from './quota';
import type { Scope } from './scope';
import type { Sink, SinkRecord } from './sink';

/**
 * The replies of known APIs, by API name: platforms add theirs, and a project may add its own:
 * `declare module 'offpeak' { interface ApiReplies { 'open.my.api': MyReply } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by declaration merging
export interface ApiReplies {}

export type ReplyOf<Api extends string> = Api extends keyof ApiReplies ? ApiReplies[Api] : unknown;

export type CallParams = Readonly<Record<string, unknown>>;

/**
 * One logical API request: waits for every budget that it draws on, retries what passes, renews tokens. Resolves with the
 * reply's body. When a quota is gone or the process stops it rejects to end the generator: do not catch that.
 */
export interface Call {
  <Api extends string>(api: Api, params?: CallParams, options?: CallOptions): Promise<ReplyOf<Api>>;
  /** With a schema for the reply: what does not fit fails the partition instead of being taken for data. */
  <Reply extends z.ZodType>(
    api: string,
    params: CallParams,
    options: Omit<CallOptions, 'reply'> & { readonly reply: Reply },
  ): Promise<z.output<Reply>>;
}

export interface CallOptions {
  /**
   * What the call will cost at most in the units of the platform's budgets: `{ tokens: 1_200 }`. Wins over the platform's
   * own estimate, unit by unit. Numbers from 0 to 1 000 000 000. The reply settles it, where it says what the call did cost.
   */
  readonly cost?: Costs;
  readonly reply?: never;
}

/** What one `yield` delivers: records and the cursor behind them, committed together. */
export interface Page<Cursor> {
  readonly records: readonly SinkRecord[];
  readonly cursor: Cursor;
}

export interface PageContext<Cursor> {
  /** Where to go on: the last committed cursor, or `initial`. */
  readonly cursor: Cursor;
  readonly partition: Partition;
  readonly call: Call;
  /**
   * When the run first started, epoch ms: the same after a park, so that a query's bounds stay what they were. In a backfill
   * the end of the span.
   */
  readonly nowMs: number;
}

/** When a job runs: by the calendar (`cron`), or so long after each other (`every`). */
export type Schedule = CalendarSchedule | IntervalSchedule;

/** How the plan may place a start after its slot. */
export interface Placement {
  /** `HH:mm` in the schedule's zone: runs should have ended at the first such time after their slot. None when left out. */
  readonly deadline?: string;
  /**
   * Pins the start: whole minutes after the slot (or after the opening of its hours) from `0m` to `1439m`, such as `17m`;
   * `0m` starts at the slot. Chosen by the plan when left out.
   */
  readonly offset?: string;
  /** False lets the plan start runs in the first ten minutes of an hour, which are the busiest. Default true. */
  readonly avoidHourStart?: boolean;
}

/** When the runs of a schedule may be under way, beside the hours that the config states for all jobs and for the platform. */
export interface ScheduleHours {
  /** Hours in which runs may start or go on: `'01:00-06:00'`, `'mon-fri 22:00-06:00'`. Any time when left out. */
  readonly windows?: readonly WindowDefinition[];
  /** Hours in which they may not, whatever the windows say. */
  readonly blackouts?: readonly BlackoutDefinition[];
  /** A slot that falls in a blackout starts after it (`shift`), or never (`skip`). Default `shift`. */
  readonly onBlackout?: 'shift' | 'skip';
  /**
   * What becomes of a run that is under way when its hours close. `drain`: partitions under way end, no other one begins.
   * `pause`: each stops after the present page. In both cases the rest goes on at the next opening, at the same page.
   * `ignore`: the run goes on. Default `drain`.
   */
  readonly onWindowEnd?: 'drain' | 'pause' | 'ignore';
}

export interface CalendarSchedule extends SlotPolicies, Placement, ScheduleHours {
  /**
   * Five fields: minute, hour, day of month, month, day of week; or a nickname such as `@daily`. `H` and `H(a-b)` stand
   * for a value that is stable for the job's name.
   */
  readonly cron: string;
  /** IANA zone of the expression, the windows and the blackouts. */
  readonly timezone: string;
  /** How a day of month and a day of week that are both given are read: `both` must fit, or `either`. No default. */
  readonly dayMatch?: 'both' | 'either';
  readonly every?: undefined;
}

export interface IntervalSchedule extends SlotPolicies, Placement, ScheduleHours {
  /** Whole minutes from `1m` to `366d`, in real time, counted from the epoch (1970-01-01T00:00Z). */
  readonly every: string;
  /** Whole minutes into the interval, or `H` for some that are stable for the job's name. Default `0m`. */
  readonly phase?: string;
  /** IANA zone of the windows, the blackouts, the deadline and what people are shown; needed for these, else UTC when left out. */
  readonly timezone?: string;
  readonly cron?: undefined;
}

export interface SlotPolicies {
  /** What becomes of a slot that comes while the run before is not over. Default `skip`. */
  readonly overlap?: OverlapPolicy;
  /** What becomes of slots that nobody was there for. Default `latest`. */
  readonly catchUp?: CatchUpPolicy | CatchUp;
}

/**
 * `skip`: it has no run. `queue-one`: its run waits, unless one waits already. `queue-all`: its run waits, behind 9 others at
 * most. `cancel`: the run before ends after its present page, and this one starts. Where the run before is parked, the slot is
 * coalesced into it, but for `cancel`.
 */
export type OverlapPolicy = 'skip' | 'queue-one' | 'queue-all' | 'cancel';

/** `latest`: the newest one gets a run. `all`: each does. `skip`: none. */
export type CatchUpPolicy = 'latest' | 'all' | 'skip';

export interface CatchUp {
  /** Default `latest`. */
  readonly policy?: CatchUpPolicy;
  /** Slots that are older are not made up for. A duration up to `366d`; default `24h`. */
  readonly window?: string;
  /** Runs that make up for slots at a time; older slots have none. 1 to 100, default 10. */
  readonly max?: number;
  /** Between the planned starts of these runs. A duration up to `24h`; default `10m`. */
  readonly spacing?: string;
  /** Whether slots that came while an operator had paused the job count as missed. Default false: they are left out. */
  readonly includePaused?: boolean;
}

/** Of a job that names none. */
export const PRIORITY_DEFAULT = 5;

/** A span of the past that is done again. Epoch ms; the end is not part of it. */
export interface BackfillContext {
  readonly fromMs: number;
  readonly toMs: number;
  readonly partition: Partition;
}

/** A job file's default export. */
export interface JobDefinition<Schema extends z.ZodType = z.ZodType> {
  /** Identity of all its state: lower-case letters, digits and `-`, at most 64. */
  readonly name: string;
  /** A name under `platforms` in offpeak.config.ts. */
  readonly platform: string;
  /** When it runs; only by hand when left out. */
  readonly schedule?: Schedule;
  /**
   * The slices that are synced, each with a checkpoint of its own: a list, or an iterable that is read a thousand at a time
   * (`async function*`), which keeps a list of a million out of memory. At most 1,000,000. One partition `all` when left out.
   */
  readonly partitions?: (context: { nowMs: number }) => PartitionInputs | Promise<PartitionInputs>;
  /** Shape of the cursor: checked on the way in and out of the store. JSON values only. */
  readonly cursor: Schema;
  /** The cursor of a partition that has none yet. */
  readonly initial: (context: { nowMs: number; partition: Partition }) => z.input<Schema>;
  /**
   * The cursor with which a span of the past begins, for `offpeak backfill`: `pages` gets it, and the span's end as `nowMs`. A
   * job without it cannot be backfilled.
   */
  readonly backfill?: (context: BackfillContext) => z.input<Schema>;
  readonly pages: (context: PageContext<z.output<Schema>>) => AsyncGenerator<Page<z.input<Schema>>, void, void>;
  readonly sink: Sink;
  /** Whose calls go first where jobs share a limit: 0 to 9, lower goes first. Default 5. */
  readonly priority?: number;
  /** How it shares the platform's daily quota with the platform's other jobs. First come, first served where none says so. */
  readonly quota?: JobQuota;
  /** Partitions side by side, within the config's own maximum. */
  readonly partitionsInFlight?: number;
  /** What one run takes: planned with until the job has runs of its own. */
  readonly estimate?: EstimateInput;
}

export type PartitionInputs = Iterable<PartitionInput> | AsyncIterable<PartitionInput>;

export interface PartitionInput {
  readonly key: string;
  readonly scope?: Scope;
}

/**
 * Defines a job. The definition is checked when the file is loaded, all faults at once.
 * @example export default defineJob({ name: 'kuaishou-orders', platform: 'kuaishou', ... })
 */
export function defineJob<Schema extends z.ZodType>(definition: JobDefinition<Schema>): JobDefinition<Schema> {
  return definition;
}
