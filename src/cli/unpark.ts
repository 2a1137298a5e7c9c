import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { Scope } from '../job/scope';
import { jobsByPlatform, type UnparkFilter } from '../limit/order';
import { systemClock } from '../time/system-clock';
import { changing, type GlobalOptions, withGlobals } from './command';
import { count, note, printJson } from './print';
import { assertPlatform, jobNamed } from './project';
import { withScope } from './scope';

interface UnparkOptions extends GlobalOptions {
  readonly scope?: Scope;
  readonly job?: string;
  readonly partition?: string;
  readonly all?: true;
}

/** `offpeak unpark [PLATFORM]`: a quota came back before its reset, so holds end and what is parked is due now. */
export function addUnpark(program: Command): void {
  const command = program
    .command('unpark [platform]')
    .description('go on with what is parked before its reset: the quota is back')
    .option('--job <name>', 'only what is parked of this job, and the holds that stop it')
    .option('--partition <key>', 'only what is parked of this partition, and the holds that stop it');
  withScope(command, 'only the partitions of this scope, and the holds that stop them')
    .option('--all', 'everything, on every platform')
    .addHelpText(
      'after',
      "\nWorks while the daemon runs. Examples:\n  offpeak unpark kuaishou\n  offpeak unpark --scope 'user=3649418105'\n  offpeak unpark --job kuaishou-orders --partition 3649418105",
    );
  withGlobals(command).action(async (platform: string | undefined, options: UnparkOptions) => {
    await unpark(platform, options);
  });
}

async function unpark(platform: string | undefined, options: UnparkOptions): Promise<void> {
  const filter = filterOf(platform, options);
  await changing(options, async ({ project, store }) => {
    if (filter.platform !== undefined) assertPlatform(project, filter.platform);
    if (filter.job !== undefined) jobNamed(project, filter.job);
    const nowMs = systemClock.nowMs();
    const jobs = jobsByPlatform(Object.keys(project.config.platforms), project.jobs);
    const done = await store.orders.unpark(filter, { jobs, nowMs });
    const daemon = await store.lease.holder(nowMs);
    if (options.json) {
      printJson({ ...done, daemon });
      return;
    }
    if (done.holds + done.partitions === 0) {
      note('nothing that was asked for is parked or on hold');
      return;
    }
    note(`holds lifted: ${count(done.holds)}; partitions that may go on: ${count(done.partitions)}`);
    note(
      daemon
        ? `process ${daemon.pid} takes this up within a minute; scheduled runs go on inside their windows`
        : 'no process runs: they go on with the next `offpeak start` or `offpeak run`',
    );
  });
}

function filterOf(platform: string | undefined, { scope, job, partition, all }: UnparkOptions): UnparkFilter {
  const filter = {
    ...(platform === undefined ? {} : { platform }),
    ...(scope === undefined ? {} : { scope }),
    ...(job === undefined ? {} : { job }),
    ...(partition === undefined ? {} : { partition }),
  };
  const isEmpty = Object.keys(filter).length === 0;
  if (isEmpty && all) return filter;
  if (!isEmpty && !all) return filter;
  throw new OffpeakError(
    'USAGE',
    isEmpty
      ? 'expected what is to go on: a platform, --scope, --job or --partition; --all for everything'
      : 'expected either --all or what is to go on, got both',
    { hint: '`offpeak quota` shows what is on hold, `offpeak status` what is parked.' },
  );
}
