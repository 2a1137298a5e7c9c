import { type OperatorPause, pauseReason } from '../../job/operator-pause';
import type { Run } from '../../job/run';
import { scopeKey } from '../../job/scope';
import { describeShortage } from '../../limit/disk';
import { describeClosure } from '../../schedule/hours-closed';
import { count } from '../print';
import type { SpentWindow } from './facts';
import type { InstantText } from './instant-text';
import type { NowFinding, RunFinding } from './now';
import type { StuckFinding } from './stuck-partitions';

/** Names that are listed in a sentence. */
const NAMES_MAX = 5;

/** A finding in a sentence, without its full stop. */
export function sayNow(finding: NowFinding, at: InstantText): string {
  switch (finding.kind) {
    case 'broken':
      return `its job file is broken, so that nothing of it runs: ${finding.message}`;
    case 'secret-missing':
      return `it cannot make calls with the environment of this command: ${finding.message}`;
    case 'by-hand':
      return 'it has no schedule: it runs by hand only, with `offpeak run`';
    case 'partitions-parked':
    case 'partitions-failed':
      return sayStuck(finding, at);
    case 'behind':
      return `behind it ${countOf(finding.runIds.length, 'more run')} of the job ${finding.runIds.length === 1 ? 'waits' : 'wait'} for its end: ${listed(finding.runIds.map(String))}`;
    case 'no-daemon':
      return 'no daemon is running, so that nothing starts or goes on: `offpeak start`';
    case 'store-held':
      return `process ${finding.holder.pid} on ${finding.holder.host} (offpeak ${finding.holder.command}) has the store: a daemon stands by until it ends`;
    case 'disk-short':
      return describeShortage(finding);
    case 'paused':
      return `${pauseReason(finding.pause)}; since ${at(finding.pause.sinceMs)}, ${pauseEnd(finding.pause, at)}`;
    case 'closed':
      return `its hours are closed: ${finding.closures.map(describeClosure).join('; then ')}`;
    case 'waits-for-place':
      return `it waits for a place: ${count(finding.underWay.length)} of ${count(finding.jobsInFlight)} runs (jobsInFlight) are under way: ${listed(finding.underWay)}`;
    case 'on-hold':
      return sayHold(finding, at);
    case 'spent':
      return saySpent(finding, at);
    case 'share':
      return `its share of ${finding.budget}: ${count(finding.used)} used, ${count(finding.allowance)} allowed in this window, ${count(finding.keptForOthers)} kept for other jobs`;
    case 'goes-on':
      return sayGoesOn(finding, at);
    case 'running':
    case 'left-running':
    case 'waits-for-start':
    case 'parked':
    case 'queued':
    case 'never-ran':
    case 'nothing-waits':
      return sayRun(finding, at);
  }
}

function sayRun(finding: RunFinding, at: InstantText): string {
  switch (finding.kind) {
    case 'running':
      return `${nameOf(finding.run, at)} is under way${since(finding.run, at)}: ${progressOf(finding.run)}`;
    case 'left-running':
      return `${nameOf(finding.run, at)} was under way when its process ended: the next one goes on with it`;
    case 'waits-for-start':
      return `${nameOf(finding.run, at)} waits for its ${finding.run.kind === 'catch-up' ? 'turn among the runs that make up for missed slots' : 'planned start'}, at ${at(finding.startAtMs)}`;
    case 'parked':
      return `${nameOf(finding.run, at)} is parked: ${progressOf(finding.run)}`;
    case 'queued':
      return finding.run.startedAtMs === null
        ? `${nameOf(finding.run, at)} is due and has not started`
        : `${nameOf(finding.run, at)} was put down and can go on: ${progressOf(finding.run)}`;
    case 'never-ran':
      return 'nothing of it waits: it never ran';
    case 'nothing-waits':
      return `nothing of it waits: ${nameOf(finding.last, at)} ${endOf(finding.last, at)}`;
  }
}

/** `run 42 (schedule), of the slot 2026-11-21 02:00 Asia/Shanghai,`. */
function nameOf({ id, kind, slotAtMs }: Run, at: InstantText): string {
  return kind === 'manual' ? `run ${id}, asked for at ${at(slotAtMs)},` : `run ${id}, of the slot ${at(slotAtMs)},`;
}

function since({ startedAtMs }: Run, at: InstantText): string {
  return startedAtMs === null ? '' : ` since ${at(startedAtMs)}`;
}

function progressOf({ totals }: Run): string {
  const { partitions, partitionsDone, partitionsParked, partitionsFailed } = totals;
  const parked = partitionsParked > 0 ? `, ${count(partitionsParked)} parked` : '';
  const failed = partitionsFailed > 0 ? `, ${count(partitionsFailed)} failed` : '';
  return `${count(partitionsDone)} of ${countOf(partitions, 'partition')} done${parked}${failed}`;
}

/** How a run ended: `was done at …`, `failed at …: reason`. */
export function endOf({ state, endedAtMs, reason }: Run, at: InstantText): string {
  const when = endedAtMs === null ? '' : ` at ${at(endedAtMs)}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `${state === 'failed' ? 'failed' : `was ${state}`}${when}${why}`;
}

function sayStuck({ kind, count: partitions, keys, untilMs, reason }: StuckFinding, at: InstantText): string {
  const more = partitions > keys.length ? `, and ${count(partitions - keys.length)} more` : '';
  const who = `${countOf(partitions, 'partition')} (${keys.join(', ')}${more})`;
  const why = reason === null ? '' : `: ${reason}`;
  if (kind === 'partitions-failed') return `${who} failed${why}`;
  return `${who} parked${untilMs === null ? '' : ` until ${at(untilMs)}`}${why}`;
}

function pauseEnd({ kind, name, untilMs }: OperatorPause, at: InstantText): string {
  if (untilMs !== null) return `until ${at(untilMs)}`;
  return `until \`offpeak resume ${kind === 'platform' ? '--platform ' : ''}${name}\``;
}

function sayHold({ hold }: Extract<NowFinding, { kind: 'on-hold' }>, at: InstantText): string {
  const scope = scopeKey(hold.scope);
  const what = scope === '' ? 'all calls' : `calls of ${scope}`;
  return `platform ${hold.platform} put ${what} on hold until ${at(hold.untilMs)}: ${hold.reason}`;
}

function saySpent({ budget, scopeKey: scope, limit, resetsAtMs }: SpentWindow, at: InstantText): string {
  const what = scope === '' ? budget : `${budget} (${scope})`;
  const reset =
    resetsAtMs === null ? 'its oldest calls leave the rolling span bit by bit' : `resets at ${at(resetsAtMs)}`;
  return `the budget ${what} of ${count(limit)} is spent: ${reset}`;
}

function sayGoesOn(
  { atMs, dueAtMs, heldUntilMs, needs, closures }: Extract<NowFinding, { kind: 'goes-on' }>,
  at: InstantText,
): string {
  if (heldUntilMs === Infinity) return 'it goes on when somebody ends the pause';
  const closed =
    closures.length > 0 ? `, while its hours are closed (${closures.map(describeClosure).join('; then ')})` : '';
  if (atMs === Infinity) return `it goes on when its hours open, and no opening is in sight${closed}`;
  if (needs === 'place') return 'it goes on as soon as there is a place';
  if (needs === 'look') return 'it may go on now: the daemon takes it up within a minute';
  const daemon = needs === 'daemon' ? ', once a daemon is running' : '';
  const ready = heldUntilMs > dueAtMs ? 'the pause is over' : 'it is due';
  if (closed !== '') return `it goes on at ${at(atMs)}${daemon}: ${ready} at ${at(heldUntilMs)}${closed}`;
  return `it goes on at ${at(atMs)} at the earliest${daemon}`;
}

function countOf(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMES_MAX ? ` and ${count(names.length - NAMES_MAX)} more` : '';
  return `${names.slice(0, NAMES_MAX).join(', ')}${more}`;
}
