import { z } from 'zod';
import { OffpeakError } from '../errors';
import { faultLines, faultsOf, type SchemaIssue } from '../job/faults';
import { isSecret, type Secret } from '../secrets';
import { parseDuration } from '../time/duration';
import { type DayRule, isTimezone } from '../time/window';
import type { Auth } from './platform';
import { isConfidential, parseUrl } from './url';

/** Checks the options of a platform. Throws CONFIG_INVALID with all faults at once; no secret's value is shown. */
export function parseOptions<Schema extends z.ZodType>(
  vendor: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const lines = faultsOf(parsed.error.issues, options).map(({ path, message }) =>
    path === '' ? faultLines(`${vendor}()`, [{ path, message }]) : `${vendor}().${path}: ${message}`,
  );
  throw new OffpeakError('CONFIG_INVALID', lines.join('\n'), {
    hint: `Correct the options of ${vendor}() in offpeak.config.ts.`,
  });
}

/** Reports the faults of a value that a schema of its own was chosen for, each with what was expected and got. */
export function reportTo(context: z.RefinementCtx, issues: readonly SchemaIssue[], value: unknown): never {
  faultsOf(issues, value).forEach(({ message }, at) => {
    const path = [...(issues[at]?.path ?? [])];
    // An unknown key is told as it is: what else the object holds would only hide it.
    if (issues[at]?.code === 'unrecognized_keys')
      context.issues.push({ code: 'unrecognized_keys', keys: [], message, path, input: undefined });
    else context.issues.push({ code: 'custom', message, path, input: value });
  });
  return z.NEVER;
}

export const secretOption = z.custom<Secret>(isSecret, {
  // The value may be the secret itself: only its kind is told.
  error: (issue) => `expected a reference such as secret('env:NAME'), got ${kindOf(issue.input)}`,
});

/** A name that is public to the vendor, given as it is or by reference. */
export const keyOption = z.union([z.string().min(1), secretOption], {
  error: (issue) => `expected text or a reference such as secret('env:NAME'), got ${kindOf(issue.input)}`,
});

/** Tokens travel with every request: plain HTTP is for the sandbox on this machine only. */
export const originOption = z
  .string()
  .refine(isSafeOrigin, { error: 'expected an https:// origin, or http:// on 127.0.0.1 or localhost, without a path' });

/** Labels of letters, digits, `-` and `_`; one of digits alone cannot be the last: URLs take that for an address. */
const HOST_NAME = /^(?:[a-z0-9_-]{1,63}\.)*(?=[a-z0-9_-]*[a-z_-])[a-z0-9_-]{1,63}$/;

/** Where a name may lead besides public addresses: an address, a network in CIDR form, or a host by its whole name. */
export const networkOption = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.string().regex(HOST_NAME)], {
  error: "expected an address, a network such as '10.0.0.0/8', or a host name in lower case",
});

const DAY_EXPECTED =
  "expected { kind: 'civil', at: 'HH:mm', timezone: an IANA zone } or { kind: 'fixed', lengthMs: 1000 or more }";

export const dayOption = z
  .union(
    [
      z.strictObject({ kind: z.literal('civil'), at: z.string(), timezone: z.string() }),
      z.strictObject({ kind: z.literal('fixed'), lengthMs: z.number() }),
    ],
    { error: DAY_EXPECTED },
  )
  .refine(isDayRule, { error: DAY_EXPECTED });

/** How far two clocks may be apart, ms. */
export const guardOption = z.int().min(0).max(3_600_000);

const REPROBE_MS_MIN = 60_000;
const REPROBE_MS_MAX = 86_400_000;

const REPROBE_EXPECTED = "expected a duration from 1 minute to 1 day such as '1h', or false";

/** How often to ask again, as text; becomes ms, and null for never. */
export const reprobeOption = z
  .union([z.literal(false), z.string()], { error: REPROBE_EXPECTED })
  .transform((text) => (text === false ? null : (parseDuration(text) ?? 0)))
  .refine((ms) => ms === null || (ms >= REPROBE_MS_MIN && ms <= REPROBE_MS_MAX), { error: REPROBE_EXPECTED });

/** The key itself. */
export function keyText(key: string | Secret, auth: Pick<Auth, 'reveal'>): string {
  return typeof key === 'string' ? key : auth.reveal(key);
}

/** What stands for an app in scopes, logs and the ledger: the key itself, or its reference. Never a secret's value. */
export function scopeName(key: string | Secret): string {
  return typeof key === 'string' ? key : `${key.source}:${key.locator}`;
}

function isSafeOrigin(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && isConfidential(url) && [url.origin, `${url.origin}/`].includes(text);
}

/** A length of at least a second, or a wall-clock time in a zone that exists. */
export function isDayRule(day: DayRule): boolean {
  if (day.kind === 'fixed') return Number.isInteger(day.lengthMs) && day.lengthMs >= 1_000;
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(day.at) && isTimezone(day.timezone);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return 'text';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
