import type { RateReading, Reading } from '../job/reading';
import { pickScope, type ScopeName } from '../job/scope';
import type { RuleContext } from './error-reply';
import type { HttpReply } from './platform';
import { statedResetMs } from './stated-reset';
import { readList } from './structured-list';

type Headers = Readonly<Record<string, string>>;

/** More limits than this in one reply are not looked at. */
const READINGS_MAX = 20;

/** The general forms with a header for each field. They have no common specification. */
const PREFIXES = ['ratelimit-', 'x-ratelimit-', 'x-rate-limit-'] as const;

/**
 * What a reply's headers say of limits; empty where they say nothing that can be read. Never throws. Where a general form
 * comes in several generations, the newest counts: they tell the same.
 * @param headers names in lower case, as a reply has them.
 * @param nowMs when the reply came.
 */
export function readRateHeaders(headers: Headers, nowMs: number): RateReading[] {
  const general = [
    () => readFields(headers, nowMs),
    () => readOneLine(headers, nowMs),
    ...PREFIXES.map((prefix) => () => readTriple(headers, prefix, nowMs)),
  ];
  const readings: RateReading[] = [];
  for (const read of general) if (readings.length === 0) readings.push(...read());
  return [...readings, ...readByUnit(headers, nowMs), ...readByWindow(headers, nowMs), ...readApig(headers)].slice(
    0,
    READINGS_MAX,
  );
}

/** The same, of the counter that these names select: a `readings` of a table. */
export function rateHeaders(
  names: readonly ScopeName[],
): (reply: HttpReply, context: RuleContext) => readonly Reading[] {
  return ({ headers }, { scope, nowMs }) =>
    readRateHeaders(headers, nowMs).map((reading) => ({ ...reading, scope: pickScope(scope, names) }));
}

interface Policy {
  /** Null in the older form, which has the limit in its place. */
  readonly name: string | null;
  readonly limit: number | null;
  readonly windowMs: number | null;
  readonly unit: string | undefined;
}

/** `"default";q=100;w=60`, or `100;w=60` in drafts up to 07. */
function policiesOf(header: string | undefined): Policy[] {
  return readList(header).map(({ value, parameters }) => {
    const windowS = countOf(parameters.get('w')) ?? 0;
    const unit = parameters.get('qu');
    return {
      name: parameters.has('q') ? value : null,
      limit: limitOf(parameters.get('q') ?? value),
      windowMs: windowS > 0 ? windowS * 1_000 : null,
      unit: unit === 'requests' ? undefined : unit,
    };
  });
}

/**
 * `RateLimit: "default";r=50;t=30` beside `RateLimit-Policy: "default";q=100;w=60`.
 * Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
function readFields(headers: Headers, nowMs: number): RateReading[] {
  const policies = policiesOf(headers['ratelimit-policy']).filter(({ name }) => name !== null);
  const states = readList(headers['ratelimit']).filter(({ parameters }) => countOf(parameters.get('r')) !== null);
  const stated = states.flatMap(({ value, parameters }) => {
    const policy = policies.find(({ name }) => name === value);
    return readingOf({
      limit: policy?.limit ?? null,
      remaining: countOf(parameters.get('r')),
      windowMs: policy?.windowMs ?? null,
      resetInMs: statedResetMs(parameters.get('t'), nowMs),
      unit: policy?.unit,
      name: value,
    });
  });
  const unstated = policies
    .filter(({ name }) => states.every(({ value }) => value !== name))
    .flatMap(({ name, ...policy }) =>
      readingOf({ ...policy, remaining: null, resetInMs: null, name: name ?? undefined }),
    );
  return [...stated, ...unstated];
}

/** `RateLimit: limit=100, remaining=50, reset=50` of draft 07. */
function readOneLine(headers: Headers, nowMs: number): RateReading[] {
  const parts = (headers['ratelimit'] ?? '').split(',').map((part) => part.split('=').map((text) => text.trim()));
  const fields = new Map(parts.map(([name = '', value = '']) => [name, value]));
  const limit = limitOf(fields.get('limit'));
  const windowMs = windowOf(limit, policiesOf(headers['ratelimit-policy']));
  const resetInMs = statedResetMs(fields.get('reset'), nowMs);
  return readingOf({ limit, remaining: countOf(fields.get('remaining')), windowMs, resetInMs });
}

/** `RateLimit-Limit: 100`, or `100, 100;w=60` with its policies behind; `-Remaining`; `-Reset`. */
function readTriple(headers: Headers, prefix: string, nowMs: number): RateReading[] {
  const limitText = headers[`${prefix}limit`];
  const limit = limitOf(limitText?.split(/[,;]/)[0]);
  const policies = [...policiesOf(headers[`${prefix}policy`]), ...policiesOf(limitText)];
  return readingOf({
    limit,
    remaining: countOf(headers[`${prefix}remaining`]),
    windowMs: windowOf(limit, policies),
    resetInMs: statedResetMs(headers[`${prefix}reset`], nowMs),
  });
}

/** Where a header of one unit keeps its unit and its field: `x-ratelimit-limit-requests`, `anthropic-ratelimit-tokens-limit`. */
const BY_UNIT: readonly ((unit: string, field: string) => string)[] = [
  (unit, field) => `x-ratelimit-${field}-${unit}`,
  (unit, field) => `anthropic-ratelimit-${unit}-${field}`,
];
const UNITS = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const;
/** Limits of their own beside those: their name, and what their headers begin with. */
const NAMED: readonly [name: string, unit: string, header: (field: string) => string][] = [
  ['project', 'tokens', (field) => `x-ratelimit-${field}-project-tokens`],
  ['priority', 'input-tokens', (field) => `anthropic-priority-input-tokens-${field}`],
  ['priority', 'output-tokens', (field) => `anthropic-priority-output-tokens-${field}`],
];

/**
 * `x-ratelimit-limit-requests: 60`, `x-ratelimit-reset-tokens: 6m0s`: OpenAI and those who speak like it; and
 * `anthropic-ratelimit-input-tokens-reset: 2026-05-04T12:34:56Z`.
 */
function readByUnit(headers: Headers, nowMs: number): RateReading[] {
  const general = BY_UNIT.flatMap((header) =>
    UNITS.flatMap((unit) => readUnit(headers, nowMs, { unit, header: (field) => header(unit, field) })),
  );
  const named = NAMED.flatMap(([name, unit, header]) => readUnit(headers, nowMs, { unit, name, header }));
  return [...general, ...named];
}

interface UnitHeaders {
  readonly unit: string;
  readonly name?: string;
  readonly header: (field: string) => string;
}

function readUnit(headers: Headers, nowMs: number, { unit, name, header }: UnitHeaders): RateReading[] {
  return readingOf({
    limit: limitOf(headers[header('limit')]),
    remaining: countOf(headers[header('remaining')]),
    windowMs: null,
    resetInMs: statedResetMs(headers[header('reset')], nowMs),
    unit: unit === 'requests' ? undefined : unit,
    name,
  });
}

const WINDOWS_MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** `minutely`, as Exact Online has it. */
const ADVERBS = { second: 'secondly', minute: 'minutely', hour: 'hourly', day: 'daily' } as const;

/**
 * Headers that have the window in their name: `x-ratelimit-minutely-remaining` of Exact Online, and
 * `x-ratelimit-remaining-minute` of Kong, which states no reset.
 * Sources: https://github.com/NangoHQ/nango/pull/4428, https://developer.konghq.com/plugins/rate-limiting/
 */
function readByWindow(headers: Headers, nowMs: number): RateReading[] {
  return (['second', 'minute', 'hour', 'day'] as const).flatMap((window) => {
    const field = (name: string): string | undefined =>
      headers[`x-ratelimit-${ADVERBS[window]}-${name}`] ?? headers[`x-ratelimit-${name}-${window}`];
    return readingOf({
      limit: limitOf(field('limit')),
      remaining: countOf(field('remaining')),
      windowMs: WINDOWS_MS[window],
      resetInMs: statedResetMs(field('reset'), nowMs),
    });
  });
}

const APIG_NAME = /^x-apig-ratelimit-([a-z-]{1,32})$/;
const APIG = /remain\s?:\s?(\d{1,15}),\s?limit\s?:\s?(\d{1,15}),\s?time\s?:\s?(\d{1,9})\s?(second|minute|hour|day)/gi;
const APIG_MS: Readonly<Record<string, number>> = WINDOWS_MS;

/**
 * `X-Apig-RateLimit-user: remain:9,limit:10,time:10 second` of Huawei Cloud API Gateway, on requests with
 * `X-Apig-Mode: debug`. The name says whose: api, user, app, ip, api-allenv. No reset is stated.
 */
function readApig(headers: Headers): RateReading[] {
  return Object.entries(headers).flatMap(([header, text]) => {
    const name = APIG_NAME.exec(header)?.[1];
    if (name === undefined) return [];
    return [...text.matchAll(APIG)].flatMap(([, remain, limit, length, unit = '']) =>
      readingOf({
        limit: limitOf(limit),
        remaining: countOf(remain),
        windowMs: (countOf(length) ?? 0) * (APIG_MS[unit.toLowerCase()] ?? 0) || null,
        resetInMs: null,
        name,
      }),
    );
  });
}

/** The window of the policy that has this limit. */
function windowOf(limit: number | null, policies: readonly Policy[]): number | null {
  if (limit === null) return null;
  return policies.find((policy) => policy.limit === limit && policy.windowMs !== null)?.windowMs ?? null;
}

interface Stated extends Omit<RateReading, 'unit' | 'name'> {
  readonly unit?: string | undefined;
  readonly name?: string | undefined;
}

/** Nothing where neither the limit nor what is left of it could be read. */
function readingOf({ limit, remaining, windowMs, resetInMs, unit, name }: Stated): RateReading[] {
  if (limit === null && remaining === null) return [];
  const named = { ...(unit === undefined ? {} : { unit }), ...(name === undefined ? {} : { name }) };
  return [{ limit, remaining, windowMs, resetInMs, ...named }];
}

function countOf(text: string | undefined): number | null {
  const plain = text?.trim() ?? '';
  return /^\d{1,15}(\.\d{1,9})?$/.test(plain) ? Math.floor(Number(plain)) : null;
}

/** A limit of nought is how some say "none". */
function limitOf(text: string | undefined): number | null {
  return countOf(text) || null;
}
