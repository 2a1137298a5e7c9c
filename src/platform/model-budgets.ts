import { z } from 'zod';
import type { BudgetDefinition } from './budgets';

/** One figure for every model, or one for each with `'*'` for the others. `{ 'glm-4-plus': 20, '*': 5 }` */
export type ByModel = number | Readonly<Record<string, number>>;

const FIGURE_MAX = 1_000_000_000;
const EXPECTED = `expected a whole number from 1 to ${FIGURE_MAX}, or one for each model with '*' for the others`;

const figure = z.int({ error: EXPECTED }).min(1, EXPECTED).max(FIGURE_MAX, EXPECTED);
export const byModelOption = z.union([figure, z.record(z.string().min(1), figure)], { error: EXPECTED });

/** A figure as budgets of each model: what has one of its own does not draw on that of the others. */
export function modelBudgets(
  figures: ByModel,
  base: Omit<BudgetDefinition, 'limit' | 'scope' | 'only' | 'except'>,
): BudgetDefinition[] {
  const scope = ['app', 'model'] as const;
  if (typeof figures === 'number') return [{ ...base, scope, limit: figures }];
  const { '*': others, ...own } = figures;
  const models = Object.keys(own);
  const named = Object.entries(own).map(([model, limit], at) => ({
    ...base,
    name: `${base.name}-${at + 1}`,
    scope,
    limit,
    only: { model: [model] },
  }));
  const except = models.length > 0 ? { except: { model: models } } : {};
  return others === undefined ? named : [...named, { ...base, scope, limit: others, ...except }];
}
