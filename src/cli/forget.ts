import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import type { Scope } from '../job/scope';
import type { LearnedFilter } from '../limit/learned';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { changing, type GlobalOptions, withGlobals } from './command';
import { count, note, printJson } from './print';
import { assertPlatform, type Project } from './project';
import { isCounterOf, withScope } from './scope';

interface ForgetOptions extends GlobalOptions {
  readonly budget?: string;
  readonly scope?: Scope;
}

/** `offpeak forget [PLATFORM]`: takes back what was learned of limits; they are those of the config again. */
export function addForget(program: Command): void {
  const command = program
    .command('forget [platform]')
    .description('take back what was learned of limits: those of the config are in force again')
    .option('--budget <name>', 'only of this budget');
  withScope(command, 'only of counters with these names').addHelpText(
    'after',
    "\nWorks while the daemon runs. Example:\n  offpeak forget kuaishou --budget api-qps --scope 'api=open.item.new'",
  );
  withGlobals(command).action(async (platform: string | undefined, options: ForgetOptions) => {
    await changing(options, async ({ project, store }) => {
      const filter = await filterOf({ project, store }, platform, options.budget);
      const forgotten = await forget(store, filter, options.scope);
      const daemon = await store.lease.holder(systemClock.nowMs());
      if (options.json) {
        printJson({ forgotten, daemon });
        return;
      }
      note(forgotten === 0 ? 'nothing was learned of what was asked for' : `counters forgotten: ${count(forgotten)}`);
      if (forgotten > 0 && daemon) note(`process ${daemon.pid} takes this up within a minute`);
    });
  });
}

/** Throws USAGE for names that neither the config file nor what was learned has. */
async function filterOf(
  { project, store }: { project: Project; store: Store },
  platform: string | undefined,
  budget: string | undefined,
): Promise<LearnedFilter> {
  if (platform !== undefined) assertPlatform(project, platform);
  const filter = platform === undefined ? {} : { platform };
  if (budget === undefined) return filter;
  const configured = Object.entries(project.config.platforms).flatMap(([name, { budgets }]) =>
    platform === undefined || platform === name ? budgets.map((each) => each.name) : [],
  );
  const learned = (await store.learned.list(filter)).map((each) => each.budget); // the config may have dropped it since
  const known = [...new Set([...configured, ...learned])];
  if (known.includes(budget)) return { ...filter, budget };
  throw new OffpeakError('USAGE', `there is no budget "${budget}"${didYouMean(budget, known)}`);
}

/** How many counters. A scope may name a part of a counter's own: each counter that has it is forgotten by its key. */
async function forget(store: Store, filter: LearnedFilter, scope: Scope | undefined): Promise<number> {
  const nowMs = systemClock.nowMs();
  if (scope === undefined) return store.orders.forget(filter, nowMs);
  let forgotten = 0;
  for (const { platform, budget, scopeKey } of await store.learned.list(filter)) {
    if (isCounterOf(scopeKey, scope)) forgotten += await store.orders.forget({ platform, budget, scopeKey }, nowMs);
  }
  return forgotten;
}
