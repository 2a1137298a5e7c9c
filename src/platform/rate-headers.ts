import type { RateReading } from '../job/reading';
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
  return [...readings, ...readByUnit(headers, nowMs), ...readApig(headers)].slice(0, READINGS_MAX);
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

/** `x-ratelimit-limit-requests: 60`, `x-ratelimit-reset-tokens: 6m0s`: OpenAI and those who speak like it. */
function readByUnit(headers: Headers, nowMs: number): RateReading[] {
  return ['requests', 'tokens'].flatMap((unit) =>
    readingOf({
      limit: limitOf(headers[`x-ratelimit-limit-${unit}`]),
      remaining: countOf(headers[`x-ratelimit-remaining-${unit}`]),
      windowMs: null,
      resetInMs: statedResetMs(headers[`x-ratelimit-reset-${unit}`], nowMs),
      unit: unit === 'requests' ? undefined : unit,
    }),
  );
}

const APIG_NAME = /^x-apig-ratelimit-([a-z-]{1,32})$/;
const APIG = /remain\s?:\s?(\d{1,15}),\s?limit\s?:\s?(\d{1,15}),\s?time\s?:\s?(\d{1,9})\s?(second|minute|hour|day)/gi;
const APIG_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

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
