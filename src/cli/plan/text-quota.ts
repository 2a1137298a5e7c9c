import { color } from '../color';
import { count, plain } from '../print';
import { type Burn, burnsOf, burnText, type QuotaBurn } from './burn';
import { dayAt } from './days';
import type { PlanDocument } from './document';

const QUOTAS_SHOWN_MAX = 4;
const WINDOWS_SHOWN_MAX = 8;
const BAR_COLUMNS = 30;

/** How far each quota is used in each of its windows, and when it will be gone. */
export function quotaText(document: PlanDocument): string {
  const burns = burnsOf(document);
  if (burns.length === 0) return color.dim('no quota is used');
  const shown = burns.slice(0, QUOTAS_SHOWN_MAX).map((burn) => quotaLines(burn, document.timezone));
  const more = burns.length - shown.length;
  return [...shown, ...(more > 0 ? [color.dim(`and ${more} more quotas, see --html`)] : [])].join('\n');
}

function quotaLines({ name, limit, windows }: QuotaBurn, timezone: string): string {
  const lines = windows.slice(0, WINDOWS_SHOWN_MAX).map((window) => {
    const text = burnText(window, limit, timezone);
    const shown = window.goneAtMs === null ? text : color.red(text);
    return `  ${dayAt(window.startMs, timezone)}  ${barText(window, limit)}  ${shown}`;
  });
  const more = windows.length - lines.length;
  return [
    `${plain(name)}  ${color.dim(`of ${count(limit)} a window`)}`,
    ...lines,
    ...(more > 0 ? [color.dim(`  and ${more} more windows, see --html`)] : []),
  ].join('\n');
}

/** Used in the median, used in four of five cases, left. */
function barText({ usedP50, usedP80, goneAtMs }: Burn, limit: number): string {
  const columns = (used: number): number => Math.min(BAR_COLUMNS, Math.round((used / limit) * BAR_COLUMNS));
  const half = columns(usedP50);
  const most = Math.max(half, columns(usedP80));
  const text = `${'█'.repeat(half)}${'▓'.repeat(most - half)}`;
  return `${goneAtMs === null ? color.green(text) : color.red(text)}${color.dim('░'.repeat(BAR_COLUMNS - most))}`;
}
