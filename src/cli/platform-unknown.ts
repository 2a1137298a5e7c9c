import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import type { UnknownReply } from '../job/unknown-reply';
import type { Store } from '../store/open';
import { color } from './color';
import { changing, type GlobalOptions, inspecting, withGlobals } from './command';
import { type Cell, count, cut, note, print, printJson, table } from './print';
import type { Project } from './project';
import { formatAt } from './reset';

const BODY_CHARS_SHOWN = 80;

interface UnknownOptions extends GlobalOptions {
  readonly forget?: true;
}

/** `offpeak platform unknown [NAME]`: the replies that no rule of their platform knows, to be reported. */
export function addPlatformUnknown(platform: Command): void {
  withGlobals(
    platform
      .command('unknown [name]')
      .description('show the replies that no rule of their platform knows; --json has them whole')
      .option('--forget', 'delete them'),
  )
    .addHelpText(
      'after',
      '\nSecrets are taken out of what is kept; read a body before you pass it on: it may hold data of customers.\n\n' +
        'Examples:\n  offpeak platform unknown kuaishou --json\n  offpeak platform unknown kuaishou --forget',
    )
    .action((name: string | undefined, options: UnknownOptions) =>
      options.forget ? forget(name, options) : show(name, options),
    );
}

/** A remark on replies that no rule knows, by how many different ones there are. */
export function unknownLine(replies: number): string {
  return `${count(replies)} ${replies === 1 ? 'reply' : 'replies'} that no rule knows: \`offpeak platform unknown\``;
}

async function show(name: string | undefined, options: UnknownOptions): Promise<void> {
  await inspecting(options, async ({ project, store }) => {
    await assertKnown(name, { project, store });
    const replies = await store.unknownReplies.list(name);
    if (options.json) printJson({ unknown: replies.map(toJson) });
    else if (replies.length === 0) print('no reply that no rule knows');
    else showTable(project, replies);
  });
}

async function forget(name: string | undefined, options: UnknownOptions): Promise<void> {
  await changing(options, async ({ project, store }) => {
    await assertKnown(name, { project, store });
    const forgotten = await store.unknownReplies.forget(name);
    if (options.json) printJson({ forgotten });
    else note(`replies forgotten: ${count(forgotten)}`);
  });
}

/** Throws USAGE for a platform that neither the config nor a kept reply has: the config may have dropped it since. */
async function assertKnown(
  name: string | undefined,
  { project, store }: { project: Project; store: Store },
): Promise<void> {
  if (name === undefined) return;
  const kept = (await store.unknownReplies.list()).map(({ platform }) => platform);
  const known = [...new Set([...Object.keys(project.config.platforms), ...kept])];
  if (known.includes(name)) return;
  throw new OffpeakError('USAGE', `the config file has no platform "${name}"${didYouMean(name, known)}`);
}

/** `reply` is what a classifier is handed. */
function toJson({ status, headers, body, ...rest }: UnknownReply): unknown {
  return { ...rest, reply: { status, headers, body } };
}

function showTable(project: Project, replies: readonly UnknownReply[]): void {
  print(
    table(
      ['platform', 'api', 'code', 'status', 'times', 'last seen', 'body'],
      replies.map((reply) => cells(project, reply)),
    ),
  );
  print(color.dim('  whole, to be reported: `offpeak platform unknown --json`; done with: `--forget`'));
}

function cells(project: Project, reply: UnknownReply): Cell[] {
  return [
    reply.platform,
    reply.api,
    reply.code,
    String(reply.status),
    count(reply.times),
    formatAt(project, reply, reply.lastAtMs),
    cut(reply.body.trimStart().split(/\r?\n/, 1)[0] ?? '', BODY_CHARS_SHOWN),
  ];
}
