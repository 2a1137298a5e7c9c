import type { Command } from 'commander';
import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { Checkpoint, CheckpointVersion } from '../job/checkpoint';
import { decodeCursor, encodeCursor } from '../job/cursor';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { checkpointJson, cutCursor, parsed } from './checkpoint-text';
import { color } from './color';
import { changing, type GlobalOptions, inspecting, withGlobals } from './command';
import { readInput } from './input';
import { note, plain, print, printJson, table } from './print';
import { dayOf, jobNamed, type Project } from './project';
import { colour } from './runs';
import { addStateList } from './state-list';

/** What `get` prints and `set` takes: the version guards against a change in between. */
const documentSchema = z.strictObject({ version: z.int().min(0), cursor: z.unknown() });

/** `offpeak state …`: see, export, edit and undo checkpoints. */
export function addState(program: Command): void {
  const state = program
    .command('state')
    .description('see, export, edit and undo checkpoints (JOB/PARTITION)')
    .addHelpText('after', "\nExample:\n  offpeak state ls 'kuaishou-orders/*'");
  addStateList(state);
  addShow(state);
  addGet(state);
  addSet(state);
  addReset(state);
  addUndo(state);
}

function addShow(state: Command): void {
  withGlobals(state.command('show <checkpoint>').description('show one checkpoint with its earlier versions'))
    .addHelpText('after', '\nExample:\n  offpeak state show kuaishou-orders/3649418105')
    .action(async (name: string, options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const checkpoint = await existing(store, name);
        const history = await store.checkpoints.history(checkpoint.job, checkpoint.partition);
        if (options.json) {
          printJson({ checkpoint: checkpointJson(checkpoint), history: history.map(historyJson) });
          return;
        }
        const day = dayOf(project, checkpoint.job);
        print(
          `${color.bold(plain(name))}  ${colour(checkpoint.status).text}  version ${checkpoint.version}, fence ${checkpoint.fence}`,
        );
        if (checkpoint.parkedUntilMs !== null) print(`until     ${formatInstant(checkpoint.parkedUntilMs, day)}`);
        if (checkpoint.reason !== null) print(`reason    ${plain(checkpoint.reason)}`);
        print(`cursor    ${plain(checkpoint.cursor ?? '(none yet: starts from initial)')}`);
        print(`bookmark  ${plain(checkpoint.bookmark ?? '(no whole run yet)')}\n`);
        print(
          table(
            ['version', 'change', 'at', 'cursor'],
            history.map((version) => [
              String(version.version),
              version.change,
              formatInstant(version.atMs, day),
              cutCursor(version.cursor),
            ]),
          ),
        );
      });
    });
}

function addGet(state: Command): void {
  withGlobals(state.command('get <checkpoint>').description('print a cursor as JSON that `state set` takes'))
    .addHelpText('after', '\nExample:\n  offpeak state get kuaishou-orders/3649418105 > cursor.json')
    .action(async (name: string, options: GlobalOptions) => {
      await inspecting(options, async ({ store }) => {
        const { version, cursor } = await existing(store, name);
        printJson({ version, cursor: parsed(cursor) });
      });
    });
}

function addSet(state: Command): void {
  withGlobals(
    state
      .command('set <checkpoint>')
      .description("set a cursor from JSON on standard input, checked against the job's schema"),
  )
    .addHelpText('after', '\nExample:\n  offpeak state set kuaishou-orders/3649418105 < cursor.json')
    .action(async (name: string, options: GlobalOptions) => {
      await editing(options, name, async ({ project, store, job, partition }) => {
        const document = documentSchema.safeParse(parseInput(await readInput('{ "version", "cursor" }')));
        if (!document.success) {
          throw new OffpeakError(
            'USAGE',
            `standard input: expected { "version", "cursor" } as \`offpeak state get\` prints it`,
          );
        }
        const { version, cursor } = document.data;
        const text = cursor === null ? null : checked(project, { job, partition, cursor });
        const current = await store.checkpoints.read(job, partition);
        if (current?.version === version && current.cursor === text)
          return { message: 'unchanged', checkpoint: current };
        const nowMs = systemClock.nowMs();
        const edited = await store.checkpoints.edit({ job, partition, version, cursor: text, change: 'set', nowMs });
        return { message: change(current, edited), checkpoint: edited };
      });
    });
}

function addReset(state: Command): void {
  withGlobals(state.command('reset <checkpoint>').description("start from the job's `initial` again with the next run"))
    .addHelpText('after', '\nRecords that were stored stay. Example:\n  offpeak state reset kuaishou-orders/3649418105')
    .action(async (name: string, options: GlobalOptions) => {
      await editing(options, name, async ({ store, job, partition }) => {
        const current = await existing(store, name);
        const { version } = current;
        const edited = await store.checkpoints.edit({
          job,
          partition,
          version,
          cursor: null,
          change: 'reset',
          nowMs: systemClock.nowMs(),
        });
        return { message: change(current, edited), checkpoint: edited };
      });
    });
}

function addUndo(state: Command): void {
  withGlobals(state.command('undo <checkpoint>').description('bring the version before the current one back'))
    .addHelpText('after', '\nExample:\n  offpeak state undo kuaishou-orders/3649418105')
    .action(async (name: string, options: GlobalOptions) => {
      await editing(options, name, async ({ store, job, partition }) => {
        const current = await existing(store, name);
        const undone = await store.checkpoints.undo({ job, partition, nowMs: systemClock.nowMs() });
        if (!undone) throw new OffpeakError('USAGE', `${name} has no earlier version`);
        return { message: change(current, undone), checkpoint: undone };
      });
    });
}

interface Editing {
  readonly project: Project;
  readonly store: Store;
  readonly job: string;
  readonly partition: string;
}

async function editing(
  options: GlobalOptions,
  name: string,
  edit: (editing: Editing) => Promise<{ message: string; checkpoint: Checkpoint }>,
): Promise<void> {
  await changing(options, async ({ project, store }) => {
    const { message, checkpoint } = await edit({ project, store, ...split(name) });
    if (options.json) printJson({ checkpoint: checkpointJson(checkpoint) });
    else note(`${plain(name)}: ${message}`);
  });
}

/** `JOB/PARTITION`; a partition's key may hold further slashes. */
function split(name: string): { job: string; partition: string } {
  const at = name.indexOf('/');
  if (at > 0 && at < name.length - 1) return { job: name.slice(0, at), partition: name.slice(at + 1) };
  throw new OffpeakError('USAGE', `expected JOB/PARTITION, got "${name}"`, { hint: '`offpeak state ls` lists them.' });
}

async function existing(store: Store, name: string): Promise<Checkpoint> {
  const { job, partition } = split(name);
  const checkpoint = await store.checkpoints.read(job, partition);
  if (checkpoint) return checkpoint;
  throw new OffpeakError('PARTITION_UNKNOWN', `there is no checkpoint ${name}`, {
    hint: '`offpeak state ls` lists them.',
  });
}

/** The cursor as text, once the job's own schema has taken it. */
function checked(
  project: Project,
  { job, partition, cursor }: { job: string; partition: string; cursor: unknown },
): string {
  const { cursor: schema } = jobNamed(project, job);
  const text = encodeCursor(schema, cursor, { job, partition });
  decodeCursor(schema, text, { job, partition });
  if (project.vault.isIn(text)) {
    throw new OffpeakError('CURSOR_INVALID', `${job}/${partition}: expected a cursor without secrets, got one in it`);
  }
  return text;
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what was expected
  }
}

function change(before: Checkpoint | null, after: Checkpoint): string {
  const [was, is] = [before?.cursor ?? '(none)', after.cursor ?? '(none)'].map(plain);
  return `version ${before?.version ?? 0} -> ${after.version}\n  before  ${was}\n  after   ${is}`;
}

function historyJson({ cursor, bookmark, ...rest }: CheckpointVersion): unknown {
  return { ...rest, cursor: parsed(cursor), bookmark: parsed(bookmark) };
}
