import { OffpeakError } from '../errors';
import { openHttp } from '../http/open';
import type { AttemptRecord } from '../job/attempt';
import { PRIORITY_DEFAULT } from '../job/definition';
import { isLease, type Lease, type LeaseHolder } from '../job/lease';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import type { Http } from '../platform/http';
import type { PlatformCall } from '../platform/platform';
import type { CallRequest } from '../run/attempts';
import type { CallEnd } from '../run/call-end';
import type { CallAllowance } from '../run/calls';
import { type DiskWatch, withDisk } from '../run/disk-watch';
import { type Gate, gateOf, skippedBlackouts } from '../run/gate';
import type { Gateway } from '../run/gateway';
import { runJob } from '../run/job';
import { standBy } from '../run/lease';
import { Unparks } from '../run/orders';
import { type Pauses, withPauses } from '../run/pauses';
import { PutDown } from '../run/put-down';
import { Scheduler, type SchedulerParts } from '../run/scheduler';
import { Tally } from '../run/tally';
import { withinHours } from '../run/window-end';
import { type HoursOf, hoursOfJobs } from '../schedule/job-hours';
import { openSinks } from '../sink/write';
import { beatsOf, heldBy, holdOn } from './engine-beats';
import type { EngineOptions } from './engine-options';
import { openDisk, openLoggedPauses } from './engine-watches';
import { openGateways } from './gateways';

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

function endAll(ends: readonly (() => void)[]): void {
  for (const end of ends) end();
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

export function storeInUse(holder: LeaseHolder): OffpeakError {
  const who = `process ${holder.pid} on ${holder.host} (offpeak ${holder.command})`;
  return new OffpeakError('STORE_IN_USE', `the store is in use by ${who}`, {
    hint: 'Stop it, let it do the work, or use another store. `offpeak status` shows who holds the store.',
  });
}
