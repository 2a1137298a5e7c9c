import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { CursorSchema } from './cursor';
import {
  type BackfillContext,
  type JobDefinition,
  type Page,
  type PageContext,
  PRIORITY_DEFAULT,
  type Schedule,
} from './definition';
import { type Estimate, estimateSchema, toEstimate } from './estimate';
import { describeValue, didYouMean, type Fault, faultLines, faultsOf, strictShape } from './faults';
import { blackoutsShape, windowsShape } from './hours-definition';
import type { Partition } from './partition';
import { partitionBatches } from './partition-listing';
import { type QuotaTerms, quotaSchema, quotaTerms } from './quota';
import { type Sink, TABLE_NAME } from './sink';

/** A job as the core works with it: checked, with nothing left out. */
export interface Job {
  readonly name: string;
  readonly platform: string;
  /** Null for a job that runs by hand only. */
  readonly schedule: JobSchedule | null;
  /**
   * Checked, at most PARTITIONS_MAX, in batches of at most REGISTERED_MAX. Throws JOB_INVALID, or what the job's own function
   * throws.
   */
  readonly partitions: (context: { nowMs: number }) => AsyncIterable<readonly Partition[]>;
  readonly cursor: CursorSchema;
  readonly initial: (context: { nowMs: number; partition: Partition }) => unknown;
  /** Null for a job that cannot be backfilled. */
  readonly backfill: ((context: BackfillContext) => unknown) | null;
  readonly pages: (context: PageContext<unknown>) => AsyncGenerator<Page<unknown>, void, void>;
  readonly sink: Sink;
  /** 0 to 9, lower goes first. */
  readonly priority: number;
  /** Null where it says nothing of it. */
  readonly quota: QuotaTerms | null;
  /** Null for the config's own maximum. */
  readonly partitionsInFlight: number | null;
  /** What its author expects of a run; null where that is left open. */
  readonly estimate: Estimate | null;
  /** Where it was read from, for messages. */
  readonly file: string;
}

/** A checked schedule with nothing left out: there is a zone for its hours and for what people are shown. */
export type JobSchedule = Schedule & Required<Pick<Schedule, 'timezone' | 'onBlackout' | 'onWindowEnd'>>;

export interface JobChecks {
  /** For messages: the file's path as the operator knows it. */
  readonly file: string;
  /** The names under `platforms` in the config file. */
  readonly platforms: readonly string[];
  /** What is wrong with a schedule, with paths inside it: `cron`, `timezone`, `windows[0]`, `deadline`. */
  readonly checkSchedule: (schedule: Schedule, jobName: string) => readonly Fault[];
}

const JOB_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const PARTITIONS_IN_FLIGHT_MAX = 1_000;
const CATCH_UP_RUNS_MAX = 100;
const KEY_FIELDS_MAX = 8;

/** A job file's default export as a job. Throws one JOB_INVALID that lists everything that is wrong with it. */
export function parseJob(value: unknown, checks: JobChecks): Job {
  if (typeof value !== 'object' || value === null) {
    throw new OffpeakError(
      'JOB_INVALID',
      `${checks.file}: expected a default export made by defineJob(), got ${describeValue(value)}`,
      {
        hint: 'Write `export default defineJob({ … })`. A module that is no job belongs into a folder of its own.',
      },
    );
  }
  const result = definitionSchema(value, checks).safeParse(value);
  if (!result.success) {
    throw new OffpeakError('JOB_INVALID', faultLines(checks.file, faultsOf(result.error.issues, value)));
  }
  // What the schema cannot see, the types inside the functions, is the compiler's to check.
  return toJob(value as JobDefinition, checks.file);
}

function toJob(definition: JobDefinition, file: string): Job {
  return {
    name: definition.name,
    platform: definition.platform,
    schedule: definition.schedule ? toSchedule(definition.schedule) : null,
    partitions: async function* (context) {
      if (!definition.partitions) yield [{ key: 'all', scope: {} }];
      else yield* partitionBatches(await definition.partitions(context), `${file} partitions`);
    },
    cursor: definition.cursor,
    initial: (context) => definition.initial(context),
    backfill: definition.backfill ? (context) => definition.backfill?.(context) : null,
    pages: (context) => definition.pages(context),
    sink: definition.sink,
    priority: definition.priority ?? PRIORITY_DEFAULT,
    quota: quotaTerms(definition.quota),
    partitionsInFlight: definition.partitionsInFlight ?? null,
    estimate: toEstimate(definition.estimate),
    file,
  };
}

function toSchedule(schedule: Schedule): JobSchedule {
  const { timezone = 'UTC', onBlackout = 'shift', onWindowEnd = 'drain' } = schedule;
  return { ...schedule, timezone, onBlackout, onWindowEnd };
}

function definitionSchema(value: object, checks: JobChecks): z.ZodType {
  const name = 'name' in value && typeof value.name === 'string' ? value.name : '';
  return strictShape({
    name: z.string().regex(JOB_NAME, 'expected 1 to 64 lower-case letters, digits and "-", a letter or digit first'),
    platform: platformSchema(checks.platforms),
    schedule: scheduleSchema((schedule) => checks.checkSchedule(schedule, name)).optional(),
    partitions: functionSchema.optional(),
    cursor: z.custom(isCursorSchema, 'expected a zod schema'),
    initial: functionSchema,
    backfill: functionSchema.optional(),
    pages: functionSchema,
    sink: sinkSchema,
    priority: z.int().min(0).max(9).optional(),
    quota: quotaSchema.optional(),
    partitionsInFlight: z.int().min(1).max(PARTITIONS_IN_FLIGHT_MAX).optional(),
    estimate: estimateSchema.optional(),
  });
}

const functionSchema = z.custom((value) => typeof value === 'function', 'expected a function');

function isCursorSchema(value: unknown): value is CursorSchema {
  return typeof value === 'object' && value !== null && 'safeParse' in value && typeof value.safeParse === 'function';
}

function platformSchema(platforms: readonly string[]): z.ZodType {
  return z.string().superRefine((name, context) => {
    if (platforms.includes(name)) return;
    const got = `got ${describeValue(name)}${didYouMean(name, platforms)}`;
    context.addIssue({ code: 'custom', message: `expected a name under platforms in the config file, ${got}` });
  });
}

const catchUpPolicySchema = z.enum(['latest', 'all', 'skip']);

const catchUpOptionsSchema = strictShape({
  policy: catchUpPolicySchema.optional(),
  window: z.string().optional(),
  max: z.int().min(1).max(CATCH_UP_RUNS_MAX).optional(),
  spacing: z.string().optional(),
  includePaused: z.boolean().optional(),
});

/** The faults of the form that it has: those of a union would speak of both. */
const catchUpSchema = z
  .unknown()
  .superRefine((catchUp, context) => {
    if (catchUp === undefined) return;
    const form = typeof catchUp === 'object' ? catchUpOptionsSchema : catchUpPolicySchema;
    for (const issue of form.safeParse(catchUp).error?.issues ?? []) context.addIssue({ ...issue });
  })
  .optional();

function scheduleSchema(check: (schedule: Schedule) => readonly Fault[]): z.ZodType {
  const hours = {
    windows: windowsShape.optional(),
    blackouts: blackoutsShape.optional(),
    onBlackout: z.enum(['shift', 'skip']).optional(),
    onWindowEnd: z.enum(['drain', 'pause', 'ignore']).optional(),
  };
  const dayMatch = z.enum(['both', 'either']).optional();
  const ofSlots = { overlap: z.enum(['skip', 'queue-one', 'queue-all', 'cancel']).optional(), catchUp: catchUpSchema };
  const placement = {
    deadline: z.string().optional(),
    offset: z.string().optional(),
    avoidHourStart: z.boolean().optional(),
  };
  const more = { ...hours, ...ofSlots, ...placement };
  const calendar = strictShape({ cron: z.string(), timezone: z.string(), dayMatch, ...more });
  const interval = strictShape({
    every: z.string(),
    phase: z.string().optional(),
    timezone: z.string().optional(),
    ...more,
  });
  return z.unknown().superRefine((schedule, context) => {
    const hasEvery = typeof schedule === 'object' && schedule !== null && 'every' in schedule;
    const { success, error } = (hasEvery ? interval : calendar).safeParse(schedule);
    const faults = success ? check(schedule as Schedule) : [];
    for (const issue of error?.issues ?? []) context.addIssue({ ...issue });
    for (const { path, message } of faults) context.addIssue({ code: 'custom', message, path: [path] });
  });
}

const objectSinkSchema = z.discriminatedUnion(
  'kind',
  [
    strictShape({
      kind: z.literal('upsert'),
      table: z
        .string()
        .regex(
          TABLE_NAME,
          'expected 1 to 48 lower-case letters, digits and "_", a letter first, not offpeak_ or sqlite_',
        ),
      key: z.array(z.string().min(1)).min(1).max(KEY_FIELDS_MAX),
    }),
    strictShape({ kind: z.literal('jsonl'), directory: z.string().min(1) }),
  ],
  { error: 'expected upsert(…), jsonl(…) or a function' },
);

const sinkSchema = z.unknown().superRefine((sink, context) => {
  if (typeof sink === 'function') return;
  const result = objectSinkSchema.safeParse(sink);
  for (const issue of result.error?.issues ?? []) context.addIssue({ ...issue });
});
