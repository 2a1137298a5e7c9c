import type { LeaseHolder } from '../../job/lease';
import { isOver, type OperatorPause } from '../../job/operator-pause';
import type { Run } from '../../job/run';
import type { DiskSpace } from '../../limit/disk';
import type { Hold } from '../../limit/hold';
import { keepsHours } from '../../run/gate';
import { type Closure, closuresFrom } from '../../schedule/hours-closed';
import type { JobShare } from '../quota-share';
import { type GoesOn, goesOn, type JobFacts, type SpentWindow } from './facts';
import { findStuck, type StuckFinding } from './stuck-partitions';

/** Why a job is under way now, or is not; and when it goes on. */
export type NowFinding =
  | { readonly kind: 'broken'; readonly file: string; readonly code: string; readonly message: string }
  | { readonly kind: 'secret-missing'; readonly message: string }
  | { readonly kind: 'by-hand' }
  | RunFinding
  | StuckFinding
  | { readonly kind: 'behind'; readonly runIds: readonly number[] }
  | { readonly kind: 'no-daemon' }
  | { readonly kind: 'store-held'; readonly holder: LeaseHolder }
  | ({ readonly kind: 'disk-short' } & DiskSpace)
  | { readonly kind: 'paused'; readonly pause: OperatorPause }
  /** One after the other. */
  | { readonly kind: 'closed'; readonly closures: readonly Closure[] }
  | { readonly kind: 'waits-for-place'; readonly jobsInFlight: number; readonly underWay: readonly string[] }
  | { readonly kind: 'on-hold'; readonly hold: Hold }
  | ({ readonly kind: 'spent' } & SpentWindow)
  | ({ readonly kind: 'share' } & JobShare)
  /** `atMs` is Infinity while nobody knows; `closures` keep it from going on once park and pause are over. */
  | ({ readonly kind: 'goes-on'; readonly needs: Need; readonly closures: readonly Closure[] } & GoesOn);

/** What a run waits for beyond its instant: a process that schedules, a place among the runs under way, its next look, or nothing. */
export type Need = 'daemon' | 'place' | 'look' | 'nothing';

/** Where its run stands: under way, or what it waits for first; or that there is none. */
export type RunFinding =
  | { readonly kind: 'running'; readonly run: Run }
  /** Its process ended without putting it down. */
  | { readonly kind: 'left-running'; readonly run: Run }
  | { readonly kind: 'waits-for-start'; readonly run: Run; readonly startAtMs: number }
  | { readonly kind: 'parked'; readonly run: Run }
  | { readonly kind: 'queued'; readonly run: Run }
  | { readonly kind: 'never-ran' }
  /** Its last run is over. */
  | { readonly kind: 'nothing-waits'; readonly last: Run };

/** In the order in which an operator would look: the job itself, its run, what is in the way, when it goes on. */
export function findNow(facts: JobFacts): NowFinding[] {
  const { job, secretFault } = facts;
  const findings: NowFinding[] = [];
  if (secretFault !== null) findings.push({ kind: 'secret-missing', message: secretFault });
  if (!job.schedule) findings.push({ kind: 'by-hand' });
  findings.push(runFinding(facts), ...findStuck(facts));
  const runIds = facts.unfinished.filter(({ id }) => id !== facts.run?.id).map(({ id }) => id);
  if (runIds.length > 0) findings.push({ kind: 'behind', runIds });
  return [...findings, ...inTheWay(facts), ...limitsOf(facts), ...resumption(facts)];
}

function runFinding({ run, rows, holder, nowMs }: JobFacts): RunFinding {
  if (run === null) {
    const last = rows.find(({ state }) => state !== 'skipped');
    return last ? { kind: 'nothing-waits', last } : { kind: 'never-ran' };
  }
  if (run.state === 'running') return { kind: holder === null ? 'left-running' : 'running', run };
  if (run.state === 'parked') return { kind: 'parked', run };
  const { startAtMs } = run;
  return startAtMs !== null && startAtMs > nowMs
    ? { kind: 'waits-for-start', run, startAtMs }
    : { kind: 'queued', run };
}

/** What keeps it, or any run of it, from starting at this moment. */
function inTheWay(facts: JobFacts): NowFinding[] {
  const { job, run, hours, holder, lasting, diskShort, nowMs } = facts;
  const findings: NowFinding[] = [];
  if (job.schedule !== null || run !== null) {
    if (holder === null) findings.push({ kind: 'no-daemon' });
    else if (holder.command !== DAEMON) findings.push({ kind: 'store-held', holder });
  }
  if (diskShort !== null) findings.push({ kind: 'disk-short', ...diskShort });
  for (const pause of lasting) if (isOver(pause, job)) findings.push({ kind: 'paused', pause });
  const closures = run === null || keepsHours(run) ? closuresFrom(hours, nowMs) : [];
  if (closures.length > 0 && run?.state !== 'running') findings.push({ kind: 'closed', closures });
  const { jobsInFlight, underWay } = facts;
  if (needOf(facts) === 'place') findings.push({ kind: 'waits-for-place', jobsInFlight, underWay });
  return findings;
}

/** What the platform and the quota have left for its calls. */
function limitsOf({ holds, spent, share }: JobFacts): NowFinding[] {
  return [
    ...holds.map((hold) => ({ kind: 'on-hold', hold }) as const),
    ...spent.map((window) => ({ kind: 'spent', ...window }) as const),
    ...(share === null ? [] : [{ kind: 'share', ...share } as const]),
  ];
}

function resumption(facts: JobFacts): NowFinding[] {
  const when = goesOn(facts);
  const { run, hours, diskShort, nowMs } = facts;
  if (when === null || run === null || diskShort !== null) return [];
  // What keeps its hours closed now is told already.
  const isLater = when.heldUntilMs > nowMs && when.heldUntilMs < Infinity && keepsHours(run);
  const closures = isLater ? closuresFrom(hours, when.heldUntilMs) : [];
  return [{ kind: 'goes-on', ...when, needs: needOf(facts), closures }];
}

function needOf(facts: JobFacts): Need {
  const { holder, underWay, jobsInFlight, nowMs } = facts;
  if (holder?.command !== DAEMON) return 'daemon';
  if (goesOn(facts)?.atMs !== nowMs) return 'nothing';
  return underWay.length >= jobsInFlight ? 'place' : 'look';
}

/** The command of a process that schedules; any other one only borrows the store. */
const DAEMON = 'start';
