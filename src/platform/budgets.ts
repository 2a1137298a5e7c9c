import { z } from 'zod';
import { OffpeakError } from '../errors';
import { didYouMean, strictShape } from '../job/faults';
import { SCOPE_NAMES } from '../job/scope';
import { type Budget, isShort } from '../limit/budget';
import { parseOptions, reportTo } from './options';
import { type PeriodOption, periodOption } from './period';

/**
 * Figures of a platform that differ from the documented ones, by budget name: a new limit, some of a budget's fields,
 * `false` to drop it, or a whole budget under a new name.
 * @example { 'app-day': 500_000, 'in-flight': false, 'suggest-user-day': { limit: 500, per: 'day', scope: ['api', 'user'], only: { api: ['open.item.category.suggested.get'] } } }
 */
export type BudgetsOption = Readonly<Record<string, number | false | BudgetOption>>;

export interface BudgetOption extends Partial<Omit<Budget, 'name' | 'source' | 'per'>> {
  /** `'1s'`, `'5h'`, `'day'`, `{ fixed: '1m' }`, `{ bucket: '1s', burst: 20 }` and more. */
  readonly per?: PeriodOption;
}

/** A budget as a platform states it, its window in any form that people write. */
export interface BudgetDefinition extends Omit<Budget, 'per'> {
  readonly per: PeriodOption;
}

/** The source of figures that are our own caution, not the platform's word. */
export const OFFPEAK_DEFAULT = 'offpeak default';

/** Calls at once, where the platform states no figure: our own caution. */
export function inFlight(limit: number, scope: Budget['scope'] = ['app']): BudgetDefinition {
  return { name: 'in-flight', limit, per: 'in-flight', scope, source: OFFPEAK_DEFAULT };
}

const LIMIT_MAX = 1_000_000_000;
const LIMIT_EXPECTED = `expected a whole number from 1 to ${LIMIT_MAX}`;
const ENTRY_EXPECTED = `expected a whole number of calls from 1 to ${LIMIT_MAX}, false, or fields of a budget`;
const GUARD_MS_MAX = 60_000;

/** `calls` is what a budget without a unit counts: as a unit, no call would have a cost in it. */
const UNIT = /^(?!calls$)[a-z][a-z0-9-]{0,31}$/;
const UNIT_EXPECTED =
  "expected 1 to 32 of a-z, 0-9 and '-', a letter first, such as 'tokens'; left out where calls are counted";

const values = z.partialRecord(z.enum(SCOPE_NAMES), z.array(z.string()));
const limit = z.int({ error: LIMIT_EXPECTED }).min(1, LIMIT_EXPECTED).max(LIMIT_MAX, LIMIT_EXPECTED);

const budget = strictShape({
  limit: limit.optional(),
  per: periodOption.optional(),
  unit: z.string().regex(UNIT, UNIT_EXPECTED).optional(),
  pacing: z.enum(['even', 'burst']).optional(),
  guardMs: z.number().min(0).max(GUARD_MS_MAX).optional(),
  learns: z.boolean().optional(),
  scope: z.array(z.enum(SCOPE_NAMES)).min(1).optional(),
  only: values.optional(),
  except: values.optional(),
});

const entry = z.unknown().transform((value, context): number | false | z.output<typeof budget> => {
  if (value === false) return false;
  const isShape = typeof value === 'object' && value !== null && !Array.isArray(value);
  const parsed = isShape ? budget.safeParse(value) : limit.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  return reportTo(context, isShape ? issues : issues.map((issue) => ({ ...issue, message: ENTRY_EXPECTED })), value);
});

const SOURCE_EXPECTED = 'expected where the figure comes from: the address of a page, or words';

const NAME_EXPECTED = "expected a letter, then at most 47 of a-z, 0-9 and '-'";

const budgetName = z.string().regex(/^[a-z][a-z0-9-]{0,47}$/, NAME_EXPECTED);

export const budgetsOption = z.record(budgetName, entry);

const definition = budget
  .required({ limit: true, per: true, scope: true })
  .extend({ name: budgetName, source: z.string({ error: SOURCE_EXPECTED }).min(1, SOURCE_EXPECTED) });

/** Checks budgets that a platform states. Throws CONFIG_INVALID, all faults at once. */
export function budgetsOf(vendor: string, definitions: readonly unknown[]): Budget[] {
  const budgets = parseOptions(vendor, strictShape({ budgets: z.array(definition) }), { budgets: definitions }).budgets;
  const faults = budgets.flatMap(({ name }, at) =>
    budgets.findIndex((other) => other.name === name) === at
      ? []
      : [`${vendor}().budgets[${at}].name: "${name}" is there twice`],
  );
  if (faults.length > 0) throw new OffpeakError('CONFIG_INVALID', faults.join('\n'));
  return budgets.map((one) => defined(one));
}

/**
 * The documented budgets with the operator's figures in them. Throws CONFIG_INVALID, all faults at once, for a new name
 * without a whole budget, and for fields that do not fit each other.
 */
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
  const added = Object.entries(overrides)
    .filter(([name]) => !names.includes(name))
    .map(([name, own]) => ({ name, whole: wholeBudget(name, own) }));
  const budgets = [...kept, ...added.flatMap(({ whole }) => whole ?? [])];
  const faults = [
    ...budgets.flatMap((one) => misfitsOf(one).map((fault) => `${one.name}.${fault}`)),
    ...added.flatMap(({ name, whole }) =>
      whole ? [] : [`${name}: not a documented budget${didYouMean(name, names)}`],
    ),
  ];
  if (faults.length === 0) return budgets;
  throw new OffpeakError('CONFIG_INVALID', faults.map((fault) => `${vendor}().budgets.${fault}`).join('\n'), {
    hint: 'docs/config.md, "Budgets", lists the fields. A budget of your own needs limit, per and scope.',
  });
}

function merge(known: Budget, own: Exclude<z.output<typeof entry>, number | false>): Budget {
  return { ...known, ...defined(own), source: 'config' };
}

/** The fields that are given: a field that is left out must not stand there as undefined. */
function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function wholeBudget(name: string, own: z.output<typeof entry>): Budget | null {
  if (typeof own !== 'object' || own.limit === undefined || own.per === undefined || own.scope === undefined)
    return null;
  return merge({ name, limit: own.limit, per: own.per, scope: own.scope, source: 'config' }, own);
}

/** Fields that are good alone and do not fit each other. */
function misfitsOf(budget: Budget): string[] {
  const { limit, per, unit, pacing, guardMs } = budget;
  const isInFlight = per === 'in-flight';
  const isBucket = typeof per === 'object' && 'bucketMs' in per;
  const isPaced = isShort(budget) && !isInFlight;
  const faults: string[] = [];
  if (isBucket && per.burst > limit)
    faults.push(`per.burst: expected a whole number from 1 to the budget's limit of ${limit}, got ${per.burst}`);
  if (pacing !== undefined && (!isPaced || isBucket))
    faults.push(`pacing: expected only beside a rolling or fixed window of at most a minute, got "${pacing}"`);
  if (guardMs !== undefined && !isPaced)
    faults.push(`guardMs: expected only beside a window of at most a minute or a bucket, got ${guardMs}`);
  if (unit !== undefined && isInFlight)
    faults.push(`unit: expected none for 'in-flight', which counts calls, got "${unit}"`);
  return faults;
}
