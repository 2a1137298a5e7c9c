/** A reset or a wait that is longer than this is taken for unreadable, ms. */
const RESET_MS_MAX = 366 * 24 * 3_600_000;

/** Shorter waits would only meet the same refusal again, ms. */
export const WAIT_MS_MIN = 100;

/** Numbers above these are no spans but instants, in seconds and in milliseconds of the epoch. */
const EPOCH_S_MIN = 1_000_000_000;
const EPOCH_MS_MIN = 1_000_000_000_000;

/**
 * How long until a reset that a header states, ms: seconds from now, an instant in seconds or milliseconds of the epoch
 * (platforms write either, also where the draft says seconds from now), a duration such as `6m0s`, an instant in RFC 3339, or an
 * HTTP-date. Null when it cannot be read; an instant that is past is 0.
 */
export function statedResetMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const untilMs = /^\d{1,15}(\.\d{1,9})?$/.test(text)
    ? numberMs(Number(text), nowMs)
    : (durationMs(text) ?? instantMs(text, nowMs) ?? httpDateMs(text, nowMs));
  return credible(untilMs);
}

const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
/** The form that servers should write, and the two that everyone must still read (RFC 9110, 5.6.7). */
const HTTP_DATE = new RegExp(`^${WEEKDAY}(?:, \\d\\d? |[a-z]*, \\d\\d-| [A-Z][a-z]{2} [ \\d]\\d )`, 'i');

/** Until an HTTP-date, ms: 0 when it is past, null when the text is none. It is always in GMT. */
export function httpDateMs(text: string, nowMs: number): number | null {
  if (!HTTP_DATE.test(text)) return null;
  const atMs = Date.parse(/\d$/.test(text) && !/[+-]\d{4}$/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

/** `retry-after-ms` where a platform sends it, else `Retry-After`; null where neither can be read. */
export function statedRetryMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const ms = /^\d{1,12}(\.\d+)?$/.exec(headers['retry-after-ms']?.trim() ?? '')?.[0];
  return ms === undefined ? retryAfterMs(headers['retry-after'], nowMs) : credible(Number(ms));
}

/**
 * Whole or decimal seconds, or an HTTP-date (RFC 9110, 10.2.3); null when absent or unreadable, never negative. Of seconds
 * that came twice, such as from the platform and a proxy, the longest.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const spans = text.split(',').map((span) => span.trim());
  const seconds = spans.filter((span) => SECONDS.test(span)).map(Number);
  return credible(seconds.length > 0 ? Math.max(...seconds) * 1_000 : httpDateMs(text, nowMs));
}

const SECONDS = /^\d{1,9}(\.\d+)?$/;

function credible(ms: number | null): number | null {
  return ms === null || ms > RESET_MS_MAX ? null : Math.ceil(ms);
}

function numberMs(value: number, nowMs: number): number {
  if (value >= EPOCH_MS_MIN) return Math.max(0, value - nowMs);
  return value >= EPOCH_S_MIN ? Math.max(0, value * 1_000 - nowMs) : value * 1_000;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** As Go writes them: `6m0s`, `5h50m30ms`. */
function durationMs(text: string): number | null {
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:d|h|ms|m|s|us|µs|ns)){1,8}$/.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    totalMs += Number(amount) * (UNIT_MS[unit] ?? 0);
  return totalMs;
}

function instantMs(text: string, nowMs: number): number | null {
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/i.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
