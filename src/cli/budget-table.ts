import type { Budget } from '../limit/budget';
import { formatDuration } from '../time/duration';
import type { DayRule } from '../time/window';
import { count, cut, plain, table } from './print';

/** Budgets for people: how many in which window, by whose count; and below, where the figures come from. */
export function budgetTable(budgets: readonly Budget[], day: DayRule): string {
  const sources = [...new Set(budgets.map(({ source }) => source))];
  const rows = table(
    ['budget', 'limit', 'window', 'counted by', 'source', 'only for'],
    budgets.map((budget) => [
      budget.name,
      `${count(budget.limit)}${budget.unit === undefined ? '' : ` ${budget.unit}`}`,
      windowText(budget, day),
      budget.scope.join(', '),
      `[${sources.indexOf(budget.source) + 1}]`,
      cut(onlyText(budget), ONLY_CHARS_SHOWN),
    ]),
  );
  return [rows, '', ...sources.map((source, at) => `  [${at + 1}] ${plain(source)}`)].join('\n');
}

const ONLY_CHARS_SHOWN = 60;

function windowText({ per }: Budget, day: DayRule): string {
  if (per === 'in-flight') return 'in flight';
  if (typeof per === 'string') return `${per} ${dayText(day)}`;
  if ('civil' in per) return `${per.civil} ${per.at} ${per.timezone}`;
  if ('fixedMs' in per) return `${formatDuration(per.fixedMs)} on the clock`;
  if ('bucketMs' in per) return `${formatDuration(per.bucketMs)}, bucket of ${count(per.burst)}`;
  return formatDuration(per.rollingMs);
}

function dayText(day: DayRule): string {
  return day.kind === 'fixed' ? `of ${formatDuration(day.lengthMs)}` : `from ${day.at} ${day.timezone}`;
}

function onlyText({ only = {}, except = {} }: Budget): string {
  const listed = Object.values(only).flat();
  const excepted = Object.values(except).flat();
  return [...listed, ...(excepted.length === 0 ? [] : [`not ${excepted.join(', ')}`])].join(', ');
}
