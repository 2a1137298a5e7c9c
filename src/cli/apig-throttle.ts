import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { parseThrottlePolicy, type ThrottlePolicy } from '../platform/bundled/apig/policy';
import {
  createPolicy,
  deletePolicy,
  getPolicy,
  type LivePolicy,
  listBoundApis,
  listPolicies,
  updatePolicy,
} from '../platform/bundled/apig/throttles';
import { parseJson } from '../platform/json';
import { type ControlOptions, controlling, policyId, withControl } from './apig-control';
import { readInput } from './input';
import { note, print, printJson, table } from './print';

interface FileOptions extends ControlOptions {
  readonly file: string;
}

/** `offpeak apig throttle ls|get|create|update|delete`. */
export function addThrottleCommands(throttle: Command): void {
  addLs(throttle);
  addGet(throttle);
  addCreate(throttle);
  addUpdate(throttle);
  addDelete(throttle);
}

function addLs(throttle: Command): void {
  withControl(throttle.command('ls').description('list all policies'), 'ls --name orders')
    .option('--name <name>', 'only the policy of this name')
    .action(async (options: ControlOptions & { name?: string }) => {
      const found = await controlling(options, (control) =>
        control.all((offset) => listPolicies(offset, options.name)),
      );
      if (options.json) printJson(found);
      else if (found.length === 0) note('there are no throttling policies');
      else print(policyTable(found));
    });
}

function addGet(throttle: Command): void {
  withControl(throttle.command('get <policy>').description('show one policy, by name or id'), 'get orders --apis')
    .option('--apis', 'show the APIs that it is bound to, with the ids that bind and unbind take')
    .action(async (policy: string, options: ControlOptions & { apis?: boolean }) => {
      await controlling(options, async (control) => {
        const id = await policyId(control, policy);
        if (options.apis) {
          const apis = await control.all((offset) => listBoundApis(id, offset));
          if (options.json) printJson(apis);
          else if (apis.length === 0) note('it is bound to no API');
          else print(apiTable(apis));
          return;
        }
        show(await control.perform(getPolicy(id)), options);
      });
    });
}

function addCreate(throttle: Command): void {
  withFile(
    throttle.command('create').description("create a policy from the JSON of the vendor's create call"),
    'create --file policy.json',
  ).action(async (options: FileOptions) => {
    const policy = await policyIn(options.file);
    await controlling(options, async (control) => show(await control.perform(createPolicy(policy)), options));
  });
}

function addUpdate(throttle: Command): void {
  withFile(
    throttle.command('update <policy>').description('replace the parameters of a policy'),
    'update orders --file policy.json',
  ).action(async (named: string, options: FileOptions) => {
    const policy = await policyIn(options.file);
    await controlling(options, async (control) => {
      const id = await policyId(control, named);
      show(await control.perform(updatePolicy(id, policy)), options);
    });
  });
}

function addDelete(throttle: Command): void {
  withControl(
    throttle.command('delete <policy>').description('delete a policy that is bound to no API'),
    'delete orders',
  ).action(async (policy: string, options: ControlOptions) => {
    await controlling(options, async (control) => {
      const id = await policyId(control, policy);
      await control.perform(deletePolicy(id));
      if (options.json) printJson({ deleted: id });
      else note(`deleted ${id}`);
    });
  });
}

function withFile(command: Command, example: string): Command {
  return withControl(command, example).requiredOption(
    '--file <path>',
    'the JSON of the policy; - reads standard input',
  );
}

/** Checked before anything is sent. Throws CONFIG_INVALID in the form of APIG.2011. */
async function policyIn(file: string): Promise<ThrottlePolicy> {
  const value = parseJson(await readInput('a policy as JSON', file === '-' ? undefined : file));
  const name = file === '-' ? 'standard input' : file;
  if (value === undefined) throw new OffpeakError('USAGE', `${name}: expected a policy as JSON`);
  return parseThrottlePolicy(value, name);
}

function show(policy: LivePolicy, { json }: ControlOptions): void {
  if (json) printJson(policy);
  else print(policyTable([policy]));
}

function policyTable(policies: readonly LivePolicy[]): string {
  return table(
    ['policy', 'window', 'api', 'user', 'app', 'ip', 'counts', 'bound', 'id'],
    policies.map((policy) => [
      policy.name,
      `${text(policy['time_interval'])} ${text(policy['time_unit'])}`,
      ...['api', 'user', 'app', 'ip'].map((word) => text(policy[`${word}_call_limits`])),
      policy['type'] === 2 ? 'together' : 'each API',
      text(policy['bind_num']),
      policy.id,
    ]),
  );
}

function apiTable(apis: readonly Readonly<Record<string, unknown>>[]): string {
  return table(
    ['api', 'method', 'path', 'environment', 'publish id', 'binding id'],
    apis.map((api) =>
      ['name', 'req_method', 'req_uri', 'run_env_name', 'publish_id', 'throttle_apply_id'].map((key) => text(api[key])),
    ),
  );
}

/** A field that the service may leave out. */
function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '-';
}
