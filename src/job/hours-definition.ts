import { z } from 'zod';
import { strictShape } from './faults';

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** A weekday, or a range of them, which may go over the end of the week: `mon`, `mon-fri`, `sat-mon`. */
export type Weekdays = Weekday | `${Weekday}-${Weekday}`;

/**
 * Hours of the day by the wall clock, on some days of the week or on all: `'01:00-06:00'`, `'fri,sat 22:00-06:00'`, or the
 * same as an object. Past midnight they belong to the day on which they begin.
 */
export type WindowDefinition = string | { readonly hours: string; readonly days?: Weekdays | readonly Weekdays[] };

/** Hours in which nothing may start. At least one of `hours`, `days` and `dates`; what is left out is all of them. */
export interface BlackoutDefinition {
  /** `HH:mm-HH:mm`, may cross midnight. */
  readonly hours?: string;
  readonly days?: Weekdays | readonly Weekdays[];
  /** `YYYY-MM-DD`, or the first and the last day: `2026-11-10/2026-11-12`. With `days`, those of them that are both. */
  readonly dates?: readonly string[];
  /** For people, 1 to 200 characters: `Double 11 freeze`. */
  readonly reason: string;
}

/** The hours of all jobs, or of the jobs of one platform. */
export interface HoursDefinition {
  /** IANA zone of all of them. */
  readonly timezone: string;
  /** Hours in which scheduled runs may start or go on. Any time when left out. */
  readonly windows?: readonly WindowDefinition[];
  readonly blackouts?: readonly BlackoutDefinition[];
  /** Busy hours that the plan avoids where it can. */
  readonly peaks?: readonly WindowDefinition[];
}

const WINDOWS_MAX = 24;
const BLACKOUTS_MAX = 100;
const DATES_MAX = 100;

const daysShape = z.union([z.string(), z.array(z.string()).min(1).max(7)], 'expected a weekday, a range or a list');

const windowObject = strictShape({ hours: z.string(), days: daysShape.optional() });

/** One or the other by what it is: a union would say of neither what is wrong with it. */
const windowShape = z.unknown().superRefine((window, context) => {
  if (typeof window === 'string') return;
  for (const issue of windowObject.safeParse(window).error?.issues ?? []) context.addIssue({ ...issue });
});

/** The shape of windows and of peaks; `hoursFaults` checks what the texts say. */
export const windowsShape = z.array(windowShape).min(1).max(WINDOWS_MAX);

export const blackoutsShape = z
  .array(
    strictShape({
      hours: z.string().optional(),
      days: daysShape.optional(),
      dates: z.array(z.string()).min(1).max(DATES_MAX).optional(),
      reason: z.string().regex(/^\P{Cc}{1,200}$/u, 'expected 1 to 200 characters that say why'),
    }),
  )
  .max(BLACKOUTS_MAX);

export const hoursShape = strictShape({
  timezone: z.string(),
  windows: windowsShape.optional(),
  blackouts: blackoutsShape.optional(),
  peaks: windowsShape.optional(),
});
