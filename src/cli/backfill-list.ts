import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { type Backfill, type BackfillState, chunkCount } from '../job/backfill';
import type { Job } from '../job/parse';
import { isoOf } from '../schedule/preview';
import { systemClock } from '../time/system-clock';
import { color } from './color';
import { changing, type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { byOption, operatorName } from './operator';
import { type Cell, count, cut, note, Painted, print, printJson, table } from './print';
import { dayOf, type Project } from './project';

interface ListOptions extends GlobalOptions {
  readonly limit?: number;
  readonly by?: string;
}

const LISTED_DEFAULT = 20;
const REASON_CHARS_SHOWN = 80;

/** `offpeak backfill ls`: how far they are. */
export function addBackfillList(backfill: Command): void {
  withGlobals(backfill.command('ls').description('list backfills and how far they are, newest first'))
    .option('-n, --limit <number>', `how many (default: ${LISTED_DEFAULT})`, parseCount)
    .addHelpText('after', '\nExample:\n  offpeak backfill ls')
    .action(async (_own: unknown, command: Command) => {
      const { json, limit = LISTED_DEFAULT, ...place } = optionsOf(command);
      await inspecting(place, async ({ project, store }) => {
        const backfills = await store.backfills.list({ limit });
        if (json) printJson({ backfills: backfills.map((each) => ({ ...each, chunks: chunkCount(each) })) });
        else print(backfills.length === 0 ? 'no backfills' : backfillTable(project, backfills));
      });
    });
}

/** `offpeak backfill cancel ID` and `offpeak backfill retry ID`. */
export function addBackfillChange(backfill: Command): void {
  withGlobals(backfill.command('cancel <id>').description('end a backfill; pages that are committed stay'))
    .addOption(byOption())
    .addHelpText('after', '\nExample:\n  offpeak backfill cancel 3')
    .action(async (id: string, _own: unknown, command: Command) => {
      const { by = operatorName(), ...options } = optionsOf(command);
      await changing(options, async ({ project, store }) => {
        const canceled = await store.backfills.cancel(parseId(id), {
          by: project.vault.scrub(by),
          nowMs: systemClock.nowMs(),
        });
        if (!canceled) throw noneOf(id, 'that is active or failed');
        if (options.json) printJson({ backfill: canceled });
        else note(`canceled: backfill ${id}, ${spanText(project, canceled)}, ${progressOf(canceled)} chunks done`);
      });
    });
  withGlobals(backfill.command('retry <id>').description('let a backfill that failed go on, at the page where it did'))
    .addHelpText('after', '\nExample:\n  offpeak backfill retry 3')
    .action(async (id: string, _own: unknown, command: Command) => {
      const options = optionsOf(command);
      await changing(options, async ({ project, store }) => {
        const retried = await store.backfills.retry(parseId(id), systemClock.nowMs());
        if (!retried) throw noneOf(id, 'that failed');
        if (options.json) printJson({ backfill: retried });
        else note(`goes on: backfill ${id}, ${spanText(project, retried)}, ${progressOf(retried)} chunks done`);
      });
    });
}

/** `backfill` itself takes what it knows, wherever it stands on the command line. */
function optionsOf(command: Command): ListOptions {
  return command.optsWithGlobals<ListOptions>();
}

function parseId(text: string): number {
  const id = Number(text);
  return Number.isSafeInteger(id) && id > 0 ? id : -1;
}

function noneOf(id: string, which: string): OffpeakError {
  const hint = '`offpeak backfill ls` lists them.';
  return new OffpeakError('USAGE', `there is no backfill ${JSON.stringify(id)} ${which}`, { hint });
}

function progressOf(backfill: Backfill): string {
  return `${count(backfill.chunksDone)}/${count(chunkCount(backfill))}`;
}

function backfillTable(project: Project, backfills: readonly Backfill[]): string {
  return table(
    ['backfill', 'span', 'chunks', 'state', 'order', 'budget', 'run', 'by', 'reason'],
    backfills.map((each): Cell[] => [
      String(each.id),
      spanText(project, each),
      progressOf(each),
      stateCell(each.state),
      each.order,
      each.callsMax === null ? 'surplus' : count(each.callsMax),
      each.runId === null ? '' : String(each.runId),
      each.by,
      cut(each.reason ?? '', REASON_CHARS_SHOWN),
    ]),
  );
}

function stateCell(state: BackfillState): Cell {
  switch (state) {
    case 'active':
      return new Painted(color.cyan(state));
    case 'done':
      return new Painted(color.green(state));
    case 'failed':
      return new Painted(color.red(state));
    case 'canceled':
      return new Painted(color.yellow(state));
  }
}

/** The zone of a job's dates. */
export function zoneOf(project: Project, { name, schedule }: Pick<Job, 'name' | 'schedule'>): string {
  if (schedule) return schedule.timezone;
  const day = dayOf(project, name);
  return day.kind === 'civil' ? day.timezone : 'UTC';
}

/** `orders from 2026-03-01T00:00:00+08:00 to …`. */
export function spanText(project: Project, { job, fromMs, toMs }: Backfill): string {
  const timezone = zoneOf(project, project.jobs.find(({ name }) => name === job) ?? { name: job, schedule: null });
  return `${job} from ${isoOf(fromMs, timezone)} to ${isoOf(toMs, timezone)}`;
}
