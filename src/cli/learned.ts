import type { Learned } from '../limit/learned';
import { color } from './color';
import { type Cell, count, cut, plain, table } from './print';
import type { Project } from './project';
import { budgetOf, formatAt } from './reset';

const REASON_CHARS_SHOWN = 60;

/** What was learned of each counter, beside what the config says. */
export function learnedTable(project: Project, learned: readonly Learned[]): string {
  return table(
    ['platform', 'budget', 'scope', 'limit', 'platform said', 'pace', 'refusals', 'changed at', 'why'],
    learned.map((each) => cells(project, each)),
  );
}

/** A line for each counter that somebody else draws on, too. */
export function strangerLines(learned: readonly Learned[]): string[] {
  return learned.flatMap(({ platform, budget, scopeKey, strangers }) => {
    if (strangers === null || strangers <= 0) return [];
    const counter = `${platform} ${budget}${scopeKey === '' ? '' : ` (${scopeKey})`}`;
    return [
      `  ${plain(counter)}: ${color.yellow(`the platform counted ${count(strangers)} more than Offpeak sent`)}: somebody shares it`,
    ];
  });
}

function cells(project: Project, each: Learned): Cell[] {
  return [
    each.platform,
    each.budget,
    each.scopeKey,
    limitText(project, each),
    each.said === null ? '' : count(each.said),
    paceText(each),
    refusalsText(project, each),
    formatAt(project, each, each.changedAtMs),
    cut(each.reason, REASON_CHARS_SHOWN),
  ];
}

/** The limit in force, against the configured one. */
function limitText(project: Project, each: Learned): string {
  const configured = budgetOf(project, each)?.limit;
  const inForce = each.limit ?? configured;
  if (inForce === undefined) return '';
  return each.limit === null || configured === undefined
    ? count(inForce)
    : `${count(inForce)} instead of ${count(configured)}`;
}

function paceText({ guardMs, guardRefusedMs, catchUpMax }: Learned): string {
  const parts = [
    ...(guardMs === null ? [] : [`guard ${count(Math.round(guardMs))} ms`]),
    ...(guardRefusedMs === null ? [] : [`refused at ${count(Math.round(guardRefusedMs))} ms`]),
    ...(catchUpMax === null ? [] : [`catch-up ${count(catchUpMax)}`]),
  ];
  return parts.join(', ');
}

function refusalsText(project: Project, each: Learned): string {
  if (each.refusedAtMs === null) return count(each.refusals);
  return `${count(each.refusals)}, last ${formatAt(project, each, each.refusedAtMs)}`;
}
