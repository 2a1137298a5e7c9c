import type { Command } from 'commander';
import { endMs, type RecordedPause } from '../job/operator-pause';
import type { SkipAhead } from '../job/skip-ahead';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color, noteColor } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { formatSlot } from './jobs';
import { dayOfPaused, forgottenText, isForgotten, pausedName } from './paused';
import { type Cell, note, Painted, print, printJson, table } from './print';
import { type Project, UTC_DAY } from './project';

interface PausesOptions extends GlobalOptions {
  readonly all?: true;
}

/** `offpeak pauses`: what operators have paused, and the slots that they skip ahead. */
export function addPauses(program: Command): void {
  withGlobals(program.command('pauses').description('list what operators have paused, and the slots to be skipped'))
    .option('--all', 'also pauses that have ended')
    .addHelpText('after', '\nExamples:\n  offpeak pauses\n  offpeak pauses --all --json')
    .action(async (options: PausesOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const nowMs = systemClock.nowMs();
        const history = await store.operatorPauses.history();
        const pauses = options.all ? history : history.filter((pause) => endMs(pause) > nowMs);
        const skips = await store.skipsAhead.list(nowMs);
        if (options.json) printJson({ pauses, skips });
        else show(project, { pauses, skips, nowMs });
      });
    });
}

interface Shown {
  readonly pauses: readonly RecordedPause[];
  readonly skips: readonly SkipAhead[];
  readonly nowMs: number;
}

function show(project: Project, { pauses, skips, nowMs }: Shown): void {
  const head = ['paused', 'by', 'since', 'until', 'reason'];
  const rows = pauses.map((pause) => pauseCells(project, pause, nowMs));
  print(rows.length === 0 ? 'nothing is paused' : table(head, rows));
  for (const pause of pauses) {
    if (pause.end === null && isForgotten(pause, nowMs))
      note(noteColor.yellow(`${pausedName(pause)} is paused ${forgottenText(pause, nowMs)}`));
  }
  if (skips.length === 0) return;
  const skipped = skips.map((skip) => [skip.job, slotText(project, skip), skip.by, skip.reason]);
  print(`\n${table(['job', 'skips the slot', 'by', 'reason'], skipped)}`);
}

function pauseCells(project: Project, pause: RecordedPause, nowMs: number): Cell[] {
  const at = (atMs: number): string => formatInstant(atMs, dayOfPaused(project, pause));
  const isOver = endMs(pause) <= nowMs;
  const name = pausedName(pause);
  return [
    isOver ? name : new Painted(color.yellow(name)),
    pause.by,
    at(pause.sinceMs),
    endText(pause, at),
    pause.reason,
  ];
}

function endText({ end, untilMs }: RecordedPause, at: (atMs: number) => string): string {
  if (end) return `ended by ${end.by} at ${at(end.atMs)}`;
  return untilMs === null ? 'resumed' : at(untilMs);
}

/** In the job's own zone; in UTC when the job is gone. */
function slotText({ jobs }: Project, { job, slotAtMs }: SkipAhead): string {
  const known = jobs.find(({ name }) => name === job);
  return known?.schedule ? formatSlot(known, slotAtMs) : formatInstant(slotAtMs, UTC_DAY);
}
