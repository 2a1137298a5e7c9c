import { OffpeakError } from '../errors';
import type { Checkpoint } from '../job/checkpoint';
import type { Job } from '../job/parse';

import { FORWARD_KINDS, RAN_STATES, type Run } from '../job/run';

import type { OpenLog } from '../log';
import type { Operations } from '../monitor/pm2-action';
import { describeReason } from '../schedule/plan-reason';
import { formatDuration } from '../time/duration';
import { formatInstant } from '../time/window';
import { pauseByPm2, resumeByPm2 } from './daemon-pauses';
import { type Daemon, roleOf } from './daemon-state';
import { type Engine, storeInUse } from './engine';
import { formatSlot, nextMs } from './jobs';
import { planInForce } from './plan/in-force';
import { shortfallTexts } from './plan/shortfall-text';
import { planRequestOf } from './plan-project';
import { planDigest } from './planning';
import { dayOf, jobNamed } from './project';
import { openAsked } from './take';

const DAY_MS = 86_400_000;
const CHECKPOINTS_LISTED = 50;

/** What people may ask of a running daemon. Answers are for people: instants in the zone of the job or platform. */
export function daemonOperations(daemon: Daemon, log: OpenLog): Operations {
  return {
    plan: ({ days }) => plan(daemon, days),
    status: ({ job }) => status(daemon, job),
    pause: (ask) => pauseByPm2(daemon, ask),
    resume: (ask) => resumeByPm2(daemon, ask),
    runNow: ({ job }) => runNow(daemon, job),
    checkpoint: ({ job, partition }) =>
      partition === undefined ? listCheckpoints(daemon, job) : showCheckpoint(daemon, job, partition),
    logLevel: ({ level }) => {
      if (level !== undefined) log.level = level;
      return Promise.resolve({ level: log.level });
    },
  };
}

async function plan({ project, store, clock }: Daemon, days: number): Promise<unknown> {
  const startMs = clock.nowMs();
  const { request } = await planRequestOf(project, store, { startMs, endMs: startMs + days * DAY_MS });
  const now = { digest: planDigest(project), nowMs: startMs };
  const { plan: inForce, isApplied } = planInForce(request, await store.plans.get(), now);
  const { jobs, infeasible } = inForce;
  return {
    days,
    isApplied,
    jobs: jobs.map(({ job, offsetMs, starts, reason }) => ({
      job,
      offset: formatDuration(offsetMs),
      starts: starts.map(({ startMs: atMs }) => formatSlot(jobNamed(project, job), atMs)),
      because: describeReason(reason),
    })),
    cannotBe: shortfallTexts(infeasible, 'UTC'),
  };
}

async function status(daemon: Daemon, name: string | undefined): Promise<unknown> {
  const { project } = daemon;
  const jobs = name === undefined ? project.jobs : [jobNamed(project, name)];
  return {
    role: roleOf(daemon),
    pid: process.pid,
    jobs: await Promise.all(jobs.map((job) => jobStatus(daemon, job))),
    ...(project.broken.length > 0 ? { broken: project.broken.map(({ file }) => file) } : {}),
  };
}

async function jobStatus({ project, store, clock }: Daemon, job: Job): Promise<unknown> {
  const [run] = await store.runs.list({ job: job.name, kinds: FORWARD_KINDS, states: RAN_STATES, limit: 1 });
  const next = formatSlot(job, nextMs(job, clock.nowMs()));
  if (!run) return { job: job.name, state: 'never ran', next };
  const { partitions, partitionsDone, partitionsParked, partitionsFailed, records, attempts } = run.totals;
  return {
    job: job.name,
    state: run.state,
    run: run.id,
    ...(run.resumesAtMs === null ? {} : { resumesAt: formatInstant(run.resumesAtMs, dayOf(project, job.name)) }),
    partitions: { all: partitions, done: partitionsDone, parked: partitionsParked, failed: partitionsFailed },
    records,
    calls: attempts,
    next,
  };
}

/** Begins a run, or names the one that is unfinished; its id is the answer. One that is planned for later is no matter of it. */
async function runNow(daemon: Daemon, name: string): Promise<unknown> {
  const { project, store, clock } = daemon;
  const job = jobNamed(project, name);
  const engine = await servingEngine(daemon);
  const first = await store.runs.unfinished(job.name);
  const unfinished = first && isPlannedForLater(first, clock.nowMs()) ? null : first;
  const run = unfinished ?? (await openAsked({ engine, store, job }));
  engine.scheduler.wake();
  return {
    run: run.id,
    began: unfinished === null,
    state: run.state,
    ...(run.resumesAtMs === null ? {} : { resumesAt: formatInstant(run.resumesAtMs, dayOf(project, job.name)) }),
    see: `offpeak runs ${run.id}`,
  };
}

function isPlannedForLater({ startedAtMs, startAtMs }: Run, nowMs: number): boolean {
  return startedAtMs === null && (startAtMs ?? nowMs) > nowMs;
}

async function servingEngine({ store, clock, stop, engine }: Daemon): Promise<Engine> {
  if (stop.stopping.aborted)
    throw new OffpeakError('RUN_FAILED', 'the process is stopping', { hint: 'Start it again.' });
  const serving = engine();
  if (serving) return serving;
  const holder = await store.lease.holder(clock.nowMs());
  if (holder) throw storeInUse(holder);
  throw new OffpeakError('RUN_FAILED', 'the process is starting', { hint: 'Ask again in a moment.' });
}

async function showCheckpoint(daemon: Daemon, job: string, partition: string): Promise<unknown> {
  const checkpoint = await daemon.store.checkpoints.read(job, partition);
  if (!checkpoint) {
    const hint = '`offpeak state ls` lists them.';
    throw new OffpeakError('PARTITION_UNKNOWN', `there is no checkpoint ${job}/${partition}`, { hint });
  }
  const { cursor, bookmark } = checkpoint;
  return { ...summary(daemon, checkpoint), cursor: parse(cursor), bookmark: parse(bookmark) };
}

async function listCheckpoints(daemon: Daemon, job: string): Promise<unknown> {
  const { checkpoints } = daemon.store;
  const found = await checkpoints.list(job, CHECKPOINTS_LISTED);
  if (found.length === 0) jobNamed(daemon.project, job);
  const listed = found.map((checkpoint) => summary(daemon, checkpoint));
  return { job, checkpoints: listed, more: (await checkpoints.count(job)) - listed.length };
}

function summary({ project }: Daemon, { job, partition, status, version, parkedUntilMs, reason }: Checkpoint): object {
  return {
    partition,
    status,
    version,
    ...(parkedUntilMs === null ? {} : { until: formatInstant(parkedUntilMs, dayOf(project, job)) }),
    ...(reason === null ? {} : { reason }),
  };
}

function parse(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
