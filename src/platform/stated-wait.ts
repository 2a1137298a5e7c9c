import type { RateReading } from '../job/reading';
import { wallInstantMs } from '../time/wall-instant';
import { type DayRule, fixedWindow, windowAt } from '../time/window';
import { plainText } from './envelope';
import { at, type ErrorReply } from './error-reply';
import { readRateHeaders } from './rate-headers';
import { statedResetMs, statedRetryMs } from './stated-reset';

/** How long an error says that it lasts, ms from now; null where it does not say. */
export type StatedWait = (error: ErrorReply) => number | null;

/** A wall-clock time that is further away is taken for a slip of the pen, ms. */
const WAIT_MS_MAX = 366 * 24 * 3_600_000;

/** `Retry-After` as seconds, lenient decimals, or an HTTP-date; `retry-after-ms` goes first, where a platform sends it. */
export const retryAfter: StatedWait = ({ headers, context }) => statedRetryMs(headers, context.nowMs);

/** A header with a reset in any of its forms: see statedResetMs(). */
export function resetHeader(name: string): StatedWait {
  return ({ headers, context }) => statedResetMs(headers[name], context.nowMs);
}

/**
 * A number in a message. `secondsIn(/for (\d+) more seconds/i)`
 * @param unitMs how long one of the number's unit is.
 */
export function secondsIn(pattern: RegExp, unitMs = 1_000): StatedWait {
  return ({ texts }) => {
    const found = texts.map((text) => pattern.exec(text)?.[1]).find((amount) => amount !== undefined);
    const ms = Number(found) * unitMs;
    return Number.isFinite(ms) ? within(Math.ceil(ms)) : null;
  };
}

/** Until all limits that the headers call spent have room again: the others have nothing to do with a refusal. */
export const spentReset: StatedWait = ({ headers, context }) =>
  longestReset(readRateHeaders(headers, context.nowMs).filter(({ remaining }) => remaining === 0));

/**
 * The same where headers say less: of the limits that the body names as violated (`violated-policies` of a problem document,
 * draft-ietf-httpapi-ratelimit-headers), else of all that are not known to have room; a reset that stands alone counts too.
 */
export const limitReset: StatedWait = (error) => {
  const { headers, context, value } = error;
  const readings = readRateHeaders(headers, context.nowMs);
  const violated = at(value, 'violated-policies');
  const names = Array.isArray(violated) ? violated.map((one) => plainText(one)) : [];
  const named = readings.filter(({ name }) => name !== undefined && names.includes(name));
  const spent = named.length > 0 ? named : readings.filter(({ remaining }) => remaining === 0 || remaining === null);
  return longestReset(spent) ?? (readings.length === 0 ? longest(...LONE_RESETS)(error) : null);
};

/** A span in a message, as Go writes it: `durationIn(/try again in ([\d.hms]+)/i)` reads `7m12s` and `8.64s`. */
export function durationIn(pattern: RegExp): StatedWait {
  return ({ texts, context }) => {
    const found = texts.map((text) => pattern.exec(text)?.[1]).find((span) => span !== undefined);
    // A sentence ends behind it; other case is drift.
    return statedResetMs(found?.toLowerCase().replace(/\.$/, ''), context.nowMs);
  };
}

/**
 * The first date and time in a message, read in a zone that the message does not name. Whatever stands around it: wording
 * drifts.
 * @param after words that stand before it, where the message has other times too.
 */
export function wallTimeIn(timezone: string, after = /^/): StatedWait {
  return ({ texts, context }) => {
    const atMs = texts
      .map((text) => after.exec(text) && wallInstantMs(text.slice(text.search(after)), timezone))
      .find((found) => found !== null);
    return atMs === undefined ? null : within(atMs - context.nowMs);
  };
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)/i;

/** The first instant in RFC 3339 in a message: `Retry after 2026-03-01T02:00:30.961Z`. */
export const instantIn: StatedWait = ({ texts, context }) => {
  const found = texts.map((text) => INSTANT.exec(text)?.[0]).find((instant) => instant !== undefined);
  const atMs = found === undefined ? Number.NaN : Date.parse(found.toUpperCase());
  return Number.isNaN(atMs) ? null : within(atMs - context.nowMs);
};

/** Until the platform's own day or month ends, or one in a zone of its own. */
export function untilNext(unit: 'day' | 'month', rule?: DayRule): StatedWait {
  return ({ context }) => windowAt(rule ?? context.day, unit, context.nowMs).endMs - context.nowMs;
}

/** Until the clock's next full minute, or another span that is counted from the epoch. */
export function untilNextSpan(spanMs: number): StatedWait {
  return ({ context }) => fixedWindow(spanMs, context.nowMs).endMs - context.nowMs;
}

/** The longest of those that are stated. */
export function longest(...waits: readonly StatedWait[]): StatedWait {
  return (error) => {
    const stated = waits.map((wait) => wait(error)).filter((ms) => ms !== null);
    return stated.length === 0 ? null : Math.max(...stated);
  };
}

/** The first that is stated. */
export function firstStated(...waits: readonly StatedWait[]): StatedWait {
  return (error) => {
    for (const wait of waits) {
      const ms = wait(error);
      if (ms !== null) return ms;
    }
    return null;
  };
}

/** Resets without a limit or what is left of it. */
const LONE_RESETS = ['ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'].map(resetHeader);

function longestReset(readings: readonly RateReading[]): number | null {
  const resets = readings.map(({ resetInMs }) => resetInMs).filter((ms) => ms !== null);
  return resets.length === 0 ? null : Math.max(...resets);
}

/** An instant that is past says that the wait is over; one that is absurd says nothing. */
function within(ms: number): number | null {
  return ms > WAIT_MS_MAX ? null : Math.max(0, ms);
}
