import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { SpecialThrottle } from '../platform/bundled/apig/budgets';
import {
  createSpecial,
  deleteSpecial,
  type LiveSpecial,
  listSpecials,
  updateSpecial,
} from '../platform/bundled/apig/throttles';
import { type ControlOptions, controlling, policyId, withControl } from './apig-control';
import { parseCount } from './command';
import { note, print, printJson, table } from './print';

interface LimitOptions extends ControlOptions {
  readonly limit: number;
}

interface CreateOptions extends LimitOptions {
  readonly app?: string;
  readonly user?: string;
}

/** `offpeak apig throttle special ls|create|update|delete`: figures of their own for single apps and users. */
export function addSpecial(throttle: Command): void {
  const special = throttle.command('special').description('figures of their own for single apps and users');
  addLs(special);
  addCreate(special);
  withLimit(
    special.command('update <policy> <id>').description('change the figure'),
    'update orders 7c1a --limit 200',
  ).action(async (policy: string, id: string, options: LimitOptions) => {
    await controlling(options, async (control) => {
      const changed = await control.perform(updateSpecial(await policyId(control, policy), id, options.limit));
      if (options.json) printJson(changed);
      else show([changed], options);
    });
  });
  withControl(
    special.command('delete <policy> <id>').description('delete a special throttle'),
    'special delete orders 7c1a',
  ).action(async (policy: string, id: string, options: ControlOptions) => {
    await controlling(options, async (control) => {
      await control.perform(deleteSpecial(await policyId(control, policy), id));
      if (options.json) printJson({ deleted: id });
      else note(`deleted ${id}`);
    });
  });
}

function addLs(special: Command): void {
  withControl(
    special.command('ls <policy>').description('list the special throttles of a policy'),
    'special ls orders',
  ).action(async (policy: string, options: ControlOptions) => {
    await controlling(options, async (control) => {
      const id = await policyId(control, policy);
      show(await control.all((offset) => listSpecials(id, offset)), options);
    });
  });
}

function addCreate(special: Command): void {
  withLimit(
    special.command('create <policy>').description('give an app or a user a figure of its own'),
    'create orders --app 9f2e --limit 200',
  )
    .option('--app <id>', 'the app')
    .option('--user <id>', 'the user')
    .action(async (policy: string, options: CreateOptions) => {
      const given = subjectOf(options);
      await controlling(options, async (control) => {
        const created = await control.perform(createSpecial(await policyId(control, policy), given));
        if (options.json) printJson(created);
        else show([created], options);
      });
    });
}

function withLimit(command: Command, example: string): Command {
  return withControl(command, `special ${example}`).requiredOption(
    '--limit <count>',
    "calls in the policy's window",
    parseCount,
  );
}

function subjectOf({ app, user, limit }: CreateOptions): SpecialThrottle {
  if (app !== undefined && user === undefined) return { object_type: 'APP', object_id: app, call_limits: limit };
  if (user !== undefined && app === undefined) return { object_type: 'USER', object_id: user, call_limits: limit };
  throw new OffpeakError('USAGE', 'expected either --app or --user');
}

function show(specials: readonly LiveSpecial[], { json }: ControlOptions): void {
  if (json) return printJson(specials);
  if (specials.length === 0) return note('there are no special throttles');
  const rows = specials.map(({ id, object_type, object_id, call_limits }) => [
    object_type.toLowerCase(),
    object_id,
    String(call_limits),
    id,
  ]);
  print(table(['kind', 'of', 'limit', 'id'], rows));
}
