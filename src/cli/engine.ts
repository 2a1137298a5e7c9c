import { messageOf, OffpeakError } from '../errors';
import { openHttp } from '../http/open';
import type { AttemptRecord } from '../job/attempt';
import { PRIORITY_DEFAULT } from '../job/definition';
import { isLease, type Lease, type LeaseHolder } from '../job/lease';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import type { OpenQueue } from '../limit/call-queue';
import type { Disk } from '../limit/disk';
import type { Log } from '../log';
import type { Http } from '../platform/http';
import type { PlatformCall } from '../platform/platform';
import type { CallRequest } from '../run/attempts';
import { BackfillWatch } from '../run/backfills';
import type { CallEnd } from '../run/call-end';
import type { CallAllowance } from '../run/calls';
import { DiskWatch, NO_DISK, withDisk } from '../run/disk-watch';
import type { OnRunEvent } from '../run/event';
import { type Gate, gateOf, skippedBlackouts } from '../run/gate';
import type { Gateway } from '../run/gateway';
import { HeldLease } from '../run/held-lease';
import { runJob } from '../run/job';
import { keepLease, standBy } from '../run/lease';
import { takeOrders, Unparks } from '../run/orders';
import { openPauses, type Pauses, type PausesParts, withPauses } from '../run/pauses';
import { PutDown } from '../run/put-down';
import { Scheduler, type SchedulerParts } from '../run/scheduler';
import type { StopControl } from '../run/stop';
import { Tally } from '../run/tally';
import { withinHours } from '../run/window-end';
import { type HoursOf, hoursOfJobs } from '../schedule/job-hours';
import { openSinks } from '../sink/write';
import type { Store } from '../store/open';
import type { Clock } from '../time/clock';
import { openGateways } from './gateways';
import type { Project } from './project';

export interface EngineOptions {
  readonly project: Project;
  readonly store: Store;
  readonly log: Log;
  readonly stop: StopControl;
  readonly onEvent: OnRunEvent;
  /** What the lease shows to others: `start`, `run kuaishou-orders`. */
  readonly command: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Default the Bottleneck queue. */
  readonly openQueue?: OpenQueue;
  /** Default undici's. */
  readonly http?: Http;
  /** Where the store is: calls wait for room on it. Default no disk, for a store in memory. */
  readonly disk?: Disk;
  /** Whether what operators paused rests in this process, too. Default obey. */
  readonly operatorPauses?: 'obey' | 'ignore';
  /** Before the scheduler starts a run, or goes on with it. */
  readonly onStart?: (start: { readonly job: Job; readonly run: Run; readonly fence: number }) => Promise<void>;
  /** By the plan. Default at the slot. */
  readonly startOf?: SchedulerParts['startOf'];
  /** What a simulation changes, whose store nobody else opens. */
  readonly rhythm?: Rhythm;
}

/** How often the engine looks by itself, ms. */
export interface Rhythm {
  readonly heartbeatMs: number;
  readonly lookMsMax: number;
}

export interface RunSelection {
  readonly selects: (partitionKey: string) => boolean;
  readonly calls: CallAllowance;
  /** Left out: nobody puts it down. */
  readonly putDown?: PutDown;
}

/** A call to try a platform with. */
export interface Probe {
  /** The platform's name in the config. */
  readonly platform: string;
  readonly call: PlatformCall;
  readonly onAttempt: (attempt: AttemptRecord) => void;
  readonly onWait: CallRequest['onWait'];
}

export const EVERYTHING: RunSelection = { selects: () => true, calls: { left: null } };

/** Everything wired together on one store whose lease this process holds. */
export interface Engine {
  readonly lease: Lease;
  readonly scheduler: Scheduler;
  /** When runs may start. */
  readonly gate: Gate;
  /** Takes a run as far as it goes now. */
  runOnce(job: Job, run: Run, selection: RunSelection): Promise<Run>;
  /** One call of no job, with all of its attempts: counted like any other. */
  probe(probe: Probe): Promise<CallEnd>;
  /** Tells who waits for parked partitions, or for the end of a pause. */
  readonly unparks: Unparks;
  readonly pauses: Pauses;
  readonly disk: DiskWatch;
  /** Drains the queues, lets go of the lease, closes the connections; the store stays open. */
  close(): Promise<void>;
}

/** Takes the lease or throws STORE_IN_USE, naming who holds it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const answer = await options.store.lease.acquire(options.command, options.clock.nowMs());
  if (!isLease(answer)) throw storeInUse(answer);
  return wire(options, answer);
}

/** Waits for the lease as long as another process holds it, which `onStandBy` is told once. Null when the stop came first. */
export async function openEngineWhenFree(
  options: EngineOptions,
  onStandBy: (holder: LeaseHolder) => void,
): Promise<Engine | null> {
  const { store, stop, command, clock } = options;
  const parts = { leases: store.lease, clock, signal: stop.stopping };
  const lease = await standBy(parts, command, onStandBy);
  return lease ? wire(options, lease) : null;
}

async function wire(options: EngineOptions, lease: Lease): Promise<Engine> {
  const { project, store, stop, onEvent, clock } = options;
  const { fence } = lease;
  const held = heldBy(options, fence);
  await store.runs.recover(fence, clock.nowMs());
  const http = options.http ?? httpOf(options);
  const pauses = await openLoggedPauses(options);
  const disk = openDisk(options);
  const hoursOf = hoursOfJobs(project.config);
  const gate = withDisk(withPauses(gateOf(hoursOf), pauses), disk);
  const gateways = await openGateways({ ...options, lease, held, http, gate, shortage: () => disk.shortage() });
  const writeSink = openSinks(project.directory);
  const unparks = new Unparks();
  const runOnce = (job: Job, run: Run, { selects, calls, putDown = new PutDown() }: RunSelection): Promise<Run> => {
    const gateway = gatewayTo(gateways, job.platform);
    const { partitionsInFlight } = project.config;
    const own = { gateway, calls, putDown, selects, fence, partitionsInFlight, unparks, gate };
    const unwatch = [pauses.watch(job, putDown), disk.watch(putDown)];
    return runJob({ ...own, runs: store.runs, writeSink, clock, stop, onEvent }, job, run).finally(() =>
      endAll(unwatch),
    );
  };
  const rules = { pausedBy: pauses.pausedBy.bind(pauses), blackoutOf: skippedBlackouts(hoursOf) };
  const scheduler = new Scheduler({
    ...schedulerParts(options, fence),
    ...rules,
    gate,
    runJob: bySchedule(options, { fence, hoursOf, runOnce }),
  });
  unparks.listen(() => scheduler.wake());
  const letGo = holdOn(options, held, beatsOf(options, { fence, gateways, unparks, pauses, disk }));
  await recoverRenewals(gateways);
  return {
    lease,
    scheduler,
    gate,
    unparks,
    pauses,
    disk,
    runOnce,
    probe: ({ platform, ...probe }) => probeBy(options, gatewayTo(gateways, platform), { probe, fence }),
    async close() {
      await letGo();
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
      await http.close();
      await store.lease.release(fence, clock.nowMs());
    },
  };
}

async function probeBy(
  { store, stop }: EngineOptions,
  gateway: Gateway,
  { probe, fence }: { readonly probe: Omit<Probe, 'platform'>; readonly fence: number },
): Promise<CallEnd> {
  const tally = new Tally();
  const asked = { ...probe, asker: null, flow: 'probe', priority: PRIORITY_DEFAULT };
  const end = await gateway.call({ ...asked, tally, stop });
  await store.ledger.settle({ used: tally.take().used, unsent: [], fence });
  return end;
}

function gatewayTo(gateways: ReadonlyMap<string, Gateway>, platform: string): Gateway {
  const gateway = gateways.get(platform);
  if (gateway) return gateway;
  throw new OffpeakError('CONFIG_INVALID', `platform "${platform}" is not in the config file`);
}

/** Before any call: a refresh token that was replaced in the middle of a crash dies within minutes. */
async function recoverRenewals(gateways: ReadonlyMap<string, Gateway>): Promise<void> {
  await Promise.all([...gateways.values()].map((gateway) => gateway.recoverRenewals()));
}

function httpOf({ project, clock }: EngineOptions): Http {
  const { replyBytesMax: bodyBytesMax, network } = project.config;
  return openHttp({ clock, env: process.env, limits: { bodyBytesMax }, allow: network.allow });
}

function schedulerParts(
  { project, store, clock, stop, onEvent, log, startOf, rhythm }: EngineOptions,
  fence: number,
): Omit<SchedulerParts, 'gate' | 'pausedBy' | 'runJob'> {
  const { jobs, config } = project;
  const { runs, skipsAhead, backfills } = store;
  const { jobsInFlight } = config;
  const planned = startOf && { startOf };
  const looks = rhythm && { lookMsMax: rhythm.lookMsMax };
  return { runs, skipsAhead, backfills, clock, jobs, jobsInFlight, fence, stop, onEvent, log, ...planned, ...looks };
}

async function openLoggedPauses(options: EngineOptions): Promise<Pauses> {
  const pauses = await openPauses({ store: pausesOf(options), clock: options.clock });
  if (pauses.lasting.length > 0) logPauses(options, pauses);
  return pauses;
}

function openDisk(options: EngineOptions): DiskWatch {
  const watch = new DiskWatch(options.disk ?? NO_DISK, options.clock);
  tellDisk(options, watch);
  return watch;
}

/** Once when it becomes short, and once when it has room again. True when anything changed. */
function tellDisk({ log }: EngineOptions, watch: DiskWatch): boolean {
  const change = watch.refresh();
  if (change === 'short') log.error({}, watch.shortage() ?? 'the disk was short for a moment');
  if (change === 'enough') log.info({}, 'the disk of the store has room again');
  return change !== 'same';
}

function endAll(ends: readonly (() => void)[]): void {
  for (const end of ends) end();
}

const NO_PAUSES: PausesParts['store'] = { list: () => Promise.resolve([]), history: () => Promise.resolve([]) };

function pausesOf({ store, operatorPauses = 'obey' }: EngineOptions): PausesParts['store'] {
  return operatorPauses === 'obey' ? store.operatorPauses : NO_PAUSES;
}

function logPauses({ log }: EngineOptions, { lasting }: Pauses): void {
  const paused = lasting.map(({ kind, name, by, reason }) => `${kind} ${name}, by ${by}: ${reason}`);
  log.info({ paused }, paused.length > 0 ? 'paused by operators' : 'nothing is paused any more');
}

interface ScheduledParts extends Pick<Engine, 'runOnce'> {
  readonly fence: number;
  readonly hoursOf: HoursOf;
}

/** How the scheduler takes runs: within their hours. */
function bySchedule(
  { clock, onStart }: EngineOptions,
  { fence, hoursOf, runOnce }: ScheduledParts,
): SchedulerParts['runJob'] {
  return async (job, run, putDown) => {
    await onStart?.({ job, run, fence });
    return withinHours({ hoursOf, clock }, { job, run, putDown }, () => runOnce(job, run, { ...EVERYTHING, putDown }));
  };
}

interface BeatParts {
  readonly fence: number;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly unparks: Unparks;
  readonly pauses: Pauses;
  readonly disk: DiskWatch;
}

/** What is done at each beat. */
function beatsOf(options: EngineOptions, parts: BeatParts): () => Promise<void> {
  const backfills = new BackfillWatch(options.store.backfills);
  return () => atBeat(options, { ...parts, backfills });
}

async function atBeat(
  options: EngineOptions,
  { fence, gateways, unparks, pauses, disk, backfills }: BeatParts & { readonly backfills: BackfillWatch },
): Promise<void> {
  const { project, store, clock } = options;
  const { orders, holds } = store;
  if (tellDisk(options, disk)) unparks.tell();
  if ((await pauses.refresh()) === 'changed') {
    logPauses(options, pauses);
    unparks.tell();
  }
  if ((await backfills.refresh()) === 'changed') unparks.tell();
  // A token endpoint that is slow must not hold up the lease.
  for (const gateway of gateways.values()) void gateway.finishRenewals();
  await Promise.all([...gateways.values()].map((gateway) => gateway.keepUnknown()));
  await takeOrders({ orders, holds, gateways, unparks, jobs: project.jobs, clock, fence });
}

/** A simulation that never renews it has the store for itself. */
function heldBy({ store, clock, rhythm }: EngineOptions, fence: number): HeldLease {
  const ttlMs = rhythm?.heartbeatMs === Infinity ? Infinity : undefined;
  return new HeldLease({ leases: store.lease, clock, fence, ttlMs });
}

/** Renews the lease, and takes orders at each beat. Returns how to end that; a lost lease stops everything. */
function holdOn({ clock, log, stop, rhythm }: EngineOptions, lease: HeldLease, look: () => Promise<void>) {
  const ended = new AbortController();
  const parts = { lease, clock, signal: ended.signal, heartbeatMs: rhythm?.heartbeatMs };
  const kept = keepLease(parts, look).then(
    (ours) => {
      if (ours) return;
      log.error({ fence: lease.fence }, 'the lease was lost: another process writes to the store now');
      stop.request('the lease was lost');
    },
    (thrown: unknown) => {
      log.error({ err: thrown }, messageOf(thrown));
      stop.request('the store is lost');
    },
  );
  return (): Promise<void> => {
    ended.abort();
    return kept;
  };
}

export function storeInUse(holder: LeaseHolder): OffpeakError {
  const who = `process ${holder.pid} on ${holder.host} (offpeak ${holder.command})`;
  return new OffpeakError('STORE_IN_USE', `the store is in use by ${who}`, {
    hint: 'Stop it, let it do the work, or use another store. `offpeak status` shows who holds the store.',
  });
}
