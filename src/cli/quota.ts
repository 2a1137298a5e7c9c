import { type Command, Option } from 'commander';
import { scopeKey } from '../job/scope';
import type { Hold } from '../limit/hold';
import type { Learned } from '../limit/learned';
import { type LedgerUsage, leftOf } from '../limit/ledger';
import { systemClock } from '../time/system-clock';
import { color } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { learnedTable, strangerLines } from './learned';
import { cut, plain, print, printJson, table } from './print';
import { assertPlatform, type Project } from './project';
import { type JobShare, sharesOf, shareTable } from './quota-share';
import { formatAt } from './reset';
import { shellScope } from './scope';
import { jobTable, usageTable } from './usage';

const REASON_CHARS_SHOWN = 100;

interface QuotaOptions extends GlobalOptions {
  readonly by?: 'job';
}

interface Quota {
  readonly usage: readonly LedgerUsage[];
  readonly shares: readonly JobShare[];
  readonly learned: readonly Learned[];
  readonly holds: readonly Hold[];
}

/** `offpeak quota [PLATFORM]`: what each budget of the open windows has left, how jobs share it, what was learned, and what is on hold. */
export function addQuota(program: Command): void {
  withGlobals(
    program
      .command('quota [platform]')
      .description(
        'show what is left of every longer budget, how jobs share it, what was learned of limits, and what is on hold',
      )
      .addOption(new Option('--by <what>', 'show who used it').choices(['job'])),
  )
    .addHelpText('after', '\nExample:\n  offpeak quota kuaishou --by job')
    .action(async (platform: string | undefined, options: QuotaOptions) => {
      await inspecting(options, async ({ project, store }) => {
        if (platform !== undefined) assertPlatform(project, platform);
        const nowMs = systemClock.nowMs();
        const holds = await store.holds.list(nowMs);
        const usage = await store.ledger.usage(nowMs, platform);
        const quota = {
          usage,
          shares: await sharesOf({ project, store, usage, clock: systemClock, platform }),
          learned: await store.learned.list(platform === undefined ? {} : { platform }),
          holds: holds.filter((hold) => platform === undefined || hold.platform === platform),
        };
        if (options.json) printJson({ ...quota, usage: quota.usage.map(withLeft) });
        else show(project, quota, options);
      });
    });
}

function withLeft(row: LedgerUsage): LedgerUsage & { left: number } {
  return { ...row, left: leftOf(row) };
}

function show(project: Project, { usage, shares, learned, holds }: Quota, { by }: QuotaOptions): void {
  if (usage.length === 0) print('nothing was drawn from any budget in its open window');
  else print(by === 'job' ? jobTable(usage) : usageTable(project, usage));
  if (shares.length > 0) print(`\n${color.bold('shares')}\n${shareTable(shares)}`);
  if (learned.length > 0) {
    print(`\n${color.bold('learned')}`);
    print(learnedTable(project, learned));
    for (const line of strangerLines(learned)) print(line);
    print(color.dim('  back to the config: `offpeak forget PLATFORM`'));
  }
  const [first] = holds;
  if (!first) return;
  print(`\n${color.bold('on hold by the platform')}`);
  print(
    table(
      ['platform', 'scope', 'until', 'reason'],
      holds.map((hold) => holdCells(project, hold)),
    ),
  );
  print(color.dim(`  if the quota is back already: \`${plain(unparkCommand(first))}\``));
}

function holdCells(project: Project, hold: Hold): string[] {
  return [
    hold.platform,
    scopeKey(hold.scope),
    formatAt(project, hold, hold.untilMs),
    cut(hold.reason, REASON_CHARS_SHOWN),
  ];
}

function unparkCommand({ platform, scope }: Hold): string {
  const command = `offpeak unpark ${platform}`;
  return scopeKey(scope) === '' ? command : `${command} --scope ${shellScope(scope)}`;
}
