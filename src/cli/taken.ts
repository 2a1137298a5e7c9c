import type { Run } from '../job/run';
import { noteColor } from './color';
import { note, plain, print } from './print';
import type { Project } from './project';
import { runTable } from './runs';
import { stuckLines, type Taken } from './stuck';

/** For people: the run, what is parked or failed in it, and why. */
export function showTaken(project: Project, taken: Taken): void {
  const { run } = taken;
  print(runTable(project, [run]));
  for (const line of stuckLines(project, taken)) print(line);
  if (run.reason !== null) note(noteColor.red(`failed: ${plain(run.reason)}`));
}

/** 1 when something failed; what is parked has not. */
export function exitCodeOf({ state, totals }: Run): number {
  return state === 'failed' || totals.partitionsFailed > 0 ? 1 : 0;
}
