import type { Command } from 'commander';
import pc from 'picocolors';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import { scopeKey } from '../job/scope';
import type { Hold } from '../limit/hold';
import { type LedgerUsage, leftOf } from '../limit/ledger';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { type Cell, count, cut, Painted, print, printJson, table } from './print';
import type { Project } from './project';

const BAR_CELLS = 20;
const REASON_CHARS_SHOWN = 100;

/** `offpeak quota [PLATFORM]`: what each budget of the open windows has left, and which scopes a platform has put down. */
export function addQuota(program: Command): void {
  withGlobals(
    program
      .command('quota [platform]')
      .description('show what is left of every daily and monthly budget, and what is on hold'),
  )
    .addHelpText('after', '\nExample:\n  offpeak quota kuaishou --json')
    .action(async (platform: string | undefined, options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        if (platform !== undefined && !Object.hasOwn(project.config.platforms, platform)) {
          throw new OffpeakError(
            'USAGE',
            `the config file has no platform "${platform}"${didYouMean(platform, Object.keys(project.config.platforms))}`,
          );
        }
        const nowMs = systemClock.nowMs();
        const usage = await store.ledger.usage(nowMs, platform);
        const holds = (await store.holds.list(nowMs)).filter(
          (hold) => platform === undefined || hold.platform === platform,
        );
        if (options.json) printJson({ usage: usage.map(withLeft), holds });
        else show(project, usage, holds);
      });
    });
}

function withLeft(row: LedgerUsage): LedgerUsage & { left: number } {
  return { ...row, left: leftOf(row) };
}

function show(project: Project, usage: readonly LedgerUsage[], holds: readonly Hold[]): void {
  const head = ['platform', 'budget', 'scope', 'used', '', 'left', 'resets at'];
  print(
    usage.length === 0
      ? 'nothing was drawn from any budget in its open window'
      : table(
          head,
          usage.map((row) => usageCells(project, row)),
        ),
  );
  if (holds.length === 0) return;
  print(`\n${pc.bold('on hold by the platform')}`);
  print(
    table(
      ['platform', 'scope', 'until', 'reason'],
      holds.map((hold) => holdCells(project, hold)),
    ),
  );
}

function usageCells(project: Project, row: LedgerUsage): Cell[] {
  const gone = row.used + row.reserved;
  return [
    row.platform,
    row.budget,
    row.scopeKey,
    `${count(gone)} of ${count(row.limit)}`,
    bar(gone / row.limit),
    count(leftOf(row)),
    at(project, row.platform, row.endMs),
  ];
}

function holdCells(project: Project, hold: Hold): string[] {
  return [
    hold.platform,
    scopeKey(hold.scope),
    at(project, hold.platform, hold.untilMs),
    cut(hold.reason, REASON_CHARS_SHOWN),
  ];
}

function at(project: Project, platform: string, atMs: number): string {
  const day = project.config.platforms[platform]?.day;
  return day ? formatInstant(atMs, day) : new Date(atMs).toISOString();
}

function bar(share: number): Painted {
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  const colour = share >= 1 ? pc.red : share >= 0.9 ? pc.yellow : pc.green;
  return new Painted(colour('█'.repeat(full)) + pc.dim('░'.repeat(BAR_CELLS - full)));
}
