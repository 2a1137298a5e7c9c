import { z } from 'zod';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import { SCOPE_NAMES } from '../job/scope';
import { type Budget, ROLLING_MS_MAX } from '../limit/budget';
import { parseDuration } from '../time/duration';

/**
 * Figures of a platform that differ from the documented ones, by budget name: a new limit, some of a budget's fields,
 * `false` to drop it, or a whole budget under a new name.
 * @example { 'app-day': 500_000, 'in-flight': false, 'suggest-user-day': { limit: 500, per: 'day', scope: ['api', 'user'], only: { api: ['open.item.category.suggested.get'] } } }
 */
export type BudgetsOption = Readonly<Record<string, number | false | BudgetOption>>;

export interface BudgetOption extends Partial<Omit<Budget, 'name' | 'source' | 'per'>> {
  /** A span such as `1s` or `500ms` (at most a minute), `day` or `month` in the platform's day rule, or `in-flight`. */
  readonly per?: string | { readonly rollingMs: number };
}

const LIMIT_MAX = 1_000_000_000;
const limit = z.int().min(1).max(LIMIT_MAX);

const period = z
  .union([z.string(), z.strictObject({ rollingMs: z.number() })])
  .transform((value) => (typeof value === 'string' ? parsePeriod(value) : value))
  .refine(isPeriod, { error: `expected 'day', 'month', 'in-flight' or a span of 1 ms to 1 minute such as '1s'` });

const values = z.partialRecord(z.enum(SCOPE_NAMES), z.array(z.string()));

const budget = z.strictObject({
  limit: limit.optional(),
  per: period.optional(),
  scope: z.array(z.enum(SCOPE_NAMES)).min(1).optional(),
  only: values.optional(),
  except: values.optional(),
});

const entry = z.unknown().transform((value, context): z.output<typeof limit> | false | z.output<typeof budget> => {
  if (value === false) return false;
  const parsed = typeof value === 'object' && value !== null ? budget.safeParse(value) : limit.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, path, code } of parsed.error.issues) {
    const expected =
      code === 'custom' || code === 'unrecognized_keys'
        ? message
        : `expected a whole number of calls from 1 to ${LIMIT_MAX}, false, or fields of a budget`;
    context.issues.push({ code: 'custom', message: expected, path: [...path], input: value });
  }
  return z.NEVER;
});

export const budgetsOption = z.record(z.string().regex(/^[a-z][a-z0-9-]{0,47}$/), entry);

/** The documented budgets with the operator's figures in them. Throws CONFIG_INVALID for a new name without a whole budget. */
export function withOverrides(
  vendor: string,
  documented: readonly Budget[],
  overrides: z.output<typeof budgetsOption>,
): Budget[] {
  const kept = documented.flatMap((known) => {
    const own = overrides[known.name];
    if (own === undefined) return [known];
    if (own === false) return [];
    return [merge(known, typeof own === 'number' ? { limit: own } : own)];
  });
  const names = documented.map(({ name }) => name);
  const added = Object.entries(overrides).filter(([name]) => !names.includes(name));
  return [...kept, ...added.map(([name, own]) => wholeBudget({ vendor, name, names, own }))];
}

function merge(known: Budget, own: Exclude<z.output<typeof entry>, number | false>): Budget {
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...known, ...given, source: 'config' };
}

interface Added {
  readonly vendor: string;
  readonly name: string;
  readonly names: readonly string[];
  readonly own: z.output<typeof entry>;
}

function wholeBudget({ vendor, name, names, own }: Added): Budget {
  if (typeof own === 'object' && own.limit !== undefined && own.per !== undefined && own.scope !== undefined) {
    return merge({ name, limit: own.limit, per: own.per, scope: own.scope, source: 'config' }, own);
  }
  throw new OffpeakError(
    'CONFIG_INVALID',
    `${vendor}().budgets.${name}: not a documented budget${didYouMean(name, names)}`,
    { hint: 'A budget of your own needs limit, per and scope.' },
  );
}

function parsePeriod(text: string): Budget['per'] {
  if (text === 'day' || text === 'month' || text === 'in-flight') return text;
  return { rollingMs: parseDuration(text) ?? 0 };
}

function isPeriod(value: Budget['per']): boolean {
  if (typeof value === 'string') return true;
  return Number.isInteger(value.rollingMs) && value.rollingMs >= 1 && value.rollingMs <= ROLLING_MS_MAX;
}
