import { z } from 'zod';
import { strictShape } from '../job/faults';
import { type BudgetPeriod, SPAN_MS_MAX } from '../limit/budget';
import { parseDuration } from '../time/duration';
import { isTimezone } from '../time/window';
import { isDayRule, reportTo } from './options';

/**
 * The window of a budget as people write it: a rolling span (`'1s'`, `'5h'`), windows on the clock
 * (`{ fixed: '1m', offset: '10s' }`), a bucket that refills (`{ bucket: '1s', burst: 20 }`), `'day'` or `'month'` in the
 * platform's day rule, a day or month of the budget's own
 * (`{ civil: 'day', at: '03:00', timezone: 'America/Los_Angeles' }`), or `'in-flight'`. Spans are from 1 ms to 31 days.
 */
export type PeriodOption =
  | string
  | { readonly fixed: string; readonly offset?: string }
  | { readonly bucket: string; readonly burst: number }
  | Exclude<BudgetPeriod, string>;

/** Any of these forms; becomes the period that it stands for. */
export const periodOption = z.unknown().transform((value, context): BudgetPeriod => {
  const parsed = formOf(value).safeParse(value);
  if (parsed.success) return parsed.data;
  return reportTo(context, parsed.error.issues, value);
});

const EXPECTED =
  "expected a span from 1 ms to 31 days such as '1s', or 'day', 'month', 'in-flight', " +
  '{ fixed, offset }, { bucket, burst } or { civil, at, timezone }';
const SPAN_EXPECTED = "expected a span from 1 ms to 31 days such as '1s'";
const SPAN_MS_EXPECTED = `expected whole milliseconds from 1 to ${SPAN_MS_MAX}`;
const OFFSET_EXPECTED = "expected a span from '0s' to less than the window, such as '10s'";
const OFFSET_MS_EXPECTED = 'expected whole milliseconds from 0 to less than the window';
const BURST_EXPECTED = "expected a whole number from 1 to the budget's limit";
const AT_EXPECTED = "expected a time of day 'HH:mm'";
const TIMEZONE_EXPECTED = "expected an IANA zone such as 'America/Los_Angeles'";

const spanMs = z.number({ error: SPAN_MS_EXPECTED }).refine(isSpan, { error: SPAN_MS_EXPECTED });
const span = z.string({ error: SPAN_EXPECTED }).transform(msOf).refine(isSpan, { error: SPAN_EXPECTED });
const offsetMs = z.number({ error: OFFSET_MS_EXPECTED }).refine(isOffset, { error: OFFSET_MS_EXPECTED });
const offset = z.string({ error: OFFSET_EXPECTED }).transform(msOf).refine(isOffset, { error: OFFSET_EXPECTED });
const burst = z.int({ error: BURST_EXPECTED }).min(1, { error: BURST_EXPECTED });
const wallTime = z
  .string({ error: AT_EXPECTED })
  .refine((at) => isDayRule({ kind: 'civil', at, timezone: 'UTC' }), { error: AT_EXPECTED });
const timezone = z.string({ error: TIMEZONE_EXPECTED }).refine(isTimezone, { error: TIMEZONE_EXPECTED });

const word = z.enum(['day', 'month', 'in-flight'] as const);
const spanText = z
  .string()
  .transform(msOf)
  .refine(isSpan, { error: EXPECTED })
  .transform((rollingMs): BudgetPeriod => ({ rollingMs }));

/** Objects, by the key that tells them apart. */
const FORMS: Readonly<Record<string, z.ZodType<BudgetPeriod>>> = {
  rollingMs: strictShape({ rollingMs: spanMs }),
  fixed: strictShape({ fixed: span, offset: offset.optional() })
    .refine((given) => (given.offset ?? 0) < given.fixed, { path: ['offset'], error: OFFSET_EXPECTED })
    .transform((given) => fixedPeriod(given.fixed, given.offset)),
  fixedMs: strictShape({ fixedMs: spanMs, offsetMs: offsetMs.optional() })
    .refine((given) => (given.offsetMs ?? 0) < given.fixedMs, { path: ['offsetMs'], error: OFFSET_MS_EXPECTED })
    .transform((given) => fixedPeriod(given.fixedMs, given.offsetMs)),
  bucket: strictShape({ bucket: span, burst }).transform((given) => ({ bucketMs: given.bucket, burst: given.burst })),
  bucketMs: strictShape({ bucketMs: spanMs, burst }),
  civil: strictShape({ civil: z.enum(['day', 'month']), at: wallTime, timezone }),
};

const anyForm = z.never({ error: EXPECTED });

function formOf(value: unknown): z.ZodType<BudgetPeriod> {
  if (word.safeParse(value).success) return word;
  if (typeof value === 'string') return spanText;
  if (typeof value !== 'object' || value === null) return anyForm;
  const form = Object.entries(FORMS).find(([key]) => Object.hasOwn(value, key));
  return form ? form[1] : anyForm;
}

function fixedPeriod(fixedMs: number, beginsMs: number | undefined): BudgetPeriod {
  return beginsMs === undefined ? { fixedMs } : { fixedMs, offsetMs: beginsMs };
}

function msOf(text: string): number {
  return parseDuration(text) ?? -1;
}

function isSpan(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 1 && ms <= SPAN_MS_MAX;
}

function isOffset(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 0 && ms <= SPAN_MS_MAX;
}
