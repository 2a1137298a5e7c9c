import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { OffpeakError } from '../errors';
import { openHttp } from '../http/open';
import {
  type ControlAction,
  type ControlPage,
  type ControlPlace,
  controlRequest,
  parseControlReply,
} from '../platform/bundled/apig/control';
import { listPolicies } from '../platform/bundled/apig/throttles';
import { networkOption, originOption } from '../platform/options';
import { type Secret, SecretVault, secret } from '../secrets';
import { systemClock } from '../time/system-clock';
import { neverPrint } from './outlet';

export interface ControlOptions {
  readonly endpoint: string;
  readonly projectId: string;
  readonly instanceId: string;
  readonly product: ControlPlace['product'];
  /** A reference, never the token itself. */
  readonly token: string;
  /** Where the endpoint's name may lead besides public addresses. */
  readonly allow: readonly string[];
  readonly json?: boolean;
}

/** Asks one gateway's control plane. */
export interface Control {
  /** Throws CONTROL_REFUSED. */
  perform<Answer>(action: ControlAction<Answer>): Promise<Answer>;
  /** The entries of all pages of a list. */
  all<Entry>(list: (offset: number) => ControlAction<ControlPage<Entry>>): Promise<Entry[]>;
}

/** More pages than this are no list any more: 100,000 entries. */
const PAGES_MAX = 200;

/** Gives a command the options that say which gateway, and in whose name. The example stands behind `apig throttle`. */
export function withControl(command: Command, example: string): Command {
  return command
    .addOption(needed('--endpoint <url>', 'https://apig.REGION.myhuaweicloud.com', 'APIG_ENDPOINT'))
    .addOption(needed('--project-id <id>', 'the project that the gateway is in', 'APIG_PROJECT_ID'))
    .addOption(needed('--instance-id <id>', 'the gateway', 'APIG_INSTANCE_ID'))
    .addOption(
      new Option('--product <name>', 'apic for a gateway of ROMA Connect').choices(['apigw', 'apic']).default('apigw'),
    )
    .option(
      '--token <reference>',
      'where the IAM token is: env:NAME or file:path, never the token',
      'env:APIG_AUTH_TOKEN',
    )
    .option(
      '--allow <network>',
      'a private network, address or host name that the endpoint may be at, such as 10.0.0.0/8; may be repeated',
      (entry, before: readonly string[]) => [...before, parseNetwork(entry)],
      [],
    )
    .option('--json', 'print one JSON document instead of tables')
    .addHelpText('after', `\nExample:\n  offpeak apig throttle ${example}`);
}

/** Opens the way to the control plane for as long as `work` needs it. */
export async function controlling<Result>(
  options: ControlOptions,
  work: (control: Control) => Promise<Result>,
): Promise<Result> {
  const place = placeOf(options);
  const vault = new SecretVault({
    env: (name) => process.env[name],
    file: (path) => readFileSync(resolve(path), 'utf8'),
  });
  neverPrint(vault);
  const token = vault.reveal(tokenReference(options.token));
  const http = openHttp({ clock: systemClock, env: process.env, allow: options.allow });
  const perform = async <Answer>(action: ControlAction<Answer>): Promise<Answer> => {
    const origins = [new URL(place.endpoint).origin];
    const signal = new AbortController().signal;
    const result = await http.attempt(controlRequest(place, action, token), { origins, signal });
    // What stands in the way may repeat the token in its words.
    if (result.kind === 'reply')
      return parseControlReply(action, { ...result.reply, body: vault.scrub(result.reply.body) });
    const reason = vault.scrub(result.reason);
    throw new OffpeakError('CONTROL_REFUSED', `${action.method} ${action.path}: ${result.code}: ${reason}`, {
      hint: result.code === 'ADDRESS_REFUSED' ? ALLOW_HINT : 'Check --endpoint and the way there.',
    });
  };
  try {
    return await work({ perform, all: (list) => allPages(perform, list) });
  } finally {
    await http.close();
  }
}

/** A policy's id, by its id or its name. */
export async function policyId(control: Control, given: string): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(given)) return given;
  const found = await control.all((offset) => listPolicies(offset, given));
  const policy = found.find(({ name }) => name === given);
  if (policy) return policy.id;
  throw new OffpeakError('USAGE', `there is no throttling policy "${given}"`, {
    hint: '`offpeak apig throttle ls` lists them; a policy goes by its name or its id.',
  });
}

/** What was given is not repeated: it may be the token itself. */
function tokenReference(given: string): Secret {
  if (/^(env|file):./.test(given)) return secret(given);
  throw new OffpeakError('USAGE', '--token: expected env:NAME or file:path, never the token itself', {
    hint: 'Put the token into APIG_AUTH_TOKEN, or into a file. Others can read a command line.',
  });
}

const ALLOW_HINT = 'If it is meant to, pass --allow with the network or the host name.';

function parseNetwork(entry: string): string {
  const network = networkOption.safeParse(entry);
  if (network.success) return network.data;
  throw new OffpeakError('USAGE', `--allow: ${network.error.issues[0]?.message ?? 'not a network'}, got "${entry}"`);
}

function needed(flags: string, description: string, variable: string): Option {
  return new Option(flags, description).env(variable).makeOptionMandatory();
}

function placeOf({ endpoint, projectId, instanceId, product }: ControlOptions): ControlPlace {
  const origin = originOption.safeParse(endpoint);
  if (origin.success) return { endpoint, projectId, instanceId, product };
  throw new OffpeakError('USAGE', `--endpoint: ${origin.error.issues[0]?.message ?? 'not an origin'}`, {
    hint: 'Such as https://apig.cn-north-4.myhuaweicloud.com: the token travels with every request.',
  });
}

async function allPages<Entry>(
  perform: Control['perform'],
  list: (offset: number) => ControlAction<ControlPage<Entry>>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await perform(list(entries.length));
    entries.push(...found.entries);
    if (found.entries.length === 0 || entries.length >= found.total) return entries;
  }
  throw new OffpeakError('CONTROL_REFUSED', `the list did not end after ${PAGES_MAX} pages`);
}
