import { OffpeakError } from '../errors';
import { openHttp } from '../http/open';
import type { AttemptRecord } from '../job/attempt';
import { PRIORITY_DEFAULT } from '../job/definition';
import { isLease, type Lease, type LeaseHolder, lastSentMs } from '../job/lease';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { Admission } from '../limit/admission';
import type { Budget } from '../limit/budget';
import type { OpenQueue } from '../limit/call-queue';
import type { Learned } from '../limit/learned';
import { openQueue } from '../limit/queue';
import type { Log } from '../log';
import type { Http } from '../platform/http';
import type { Platform, PlatformCall, TokenSource } from '../platform/platform';
import { memoryTokens, staticTokens } from '../platform/token-source';
import type { CallRequest } from '../run/attempts';
import type { CallEnd } from '../run/call-end';
import type { CallAllowance } from '../run/calls';
import type { OnRunEvent } from '../run/event';
import { Gateway } from '../run/gateway';
import { runJob } from '../run/job';
import { keepLease, standBy } from '../run/lease';
import { takeOrders, Unparks } from '../run/orders';
import { PutDown } from '../run/put-down';
import { Scheduler } from '../run/scheduler';
import type { StopControl } from '../run/stop';
import { Tally } from '../run/tally';
import { Tokens } from '../run/tokens';
import { openSinks } from '../sink/write';
import type { Store } from '../store/open';
import { openTokenFile } from '../store/token-file';
import type { Clock } from '../time/clock';
import { type Project, resolvePath } from './project';

/** Calls in flight to a platform whose budgets name no maximum. */
const CALLS_IN_FLIGHT_DEFAULT = 16;

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
  /** Takes a run as far as it goes now. */
  runOnce(job: Job, run: Run, selection: RunSelection): Promise<Run>;
  /** One call of no job, with all of its attempts: counted like any other. */
  probe(probe: Probe): Promise<CallEnd>;
  /** Tells who waits for parked partitions. */
  readonly unparks: Unparks;
  /** Drains the queues, lets go of the lease, closes the connections; the store stays open. */
  close(): Promise<void>;
}

/** Takes the lease or throws STORE_IN_USE, naming who holds it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const answer = await options.store.lease.acquire(options.command, options.clock.nowMs());
  if (!isLease(answer)) throw storeInUse(answer);
  return wire(options, answer);
}

/** Waits for the lease as long as another process holds it. Null when the stop came first. */
export async function openEngineWhenFree(options: EngineOptions): Promise<Engine | null> {
  const { store, stop, log, command, clock } = options;
  const parts = { leases: store.lease, clock, signal: stop.stopping };
  const lease = await standBy(parts, command, (holder) => {
    log.info(
      { pid: holder.pid, host: holder.host, command: holder.command },
      'standing by: another process holds the store',
    );
  });
  return lease ? wire(options, lease) : null;
}

async function wire(options: EngineOptions, lease: Lease): Promise<Engine> {
  const { project, store, log, stop, onEvent, clock } = options;
  const { fence } = lease;
  await store.runs.recover(fence, clock.nowMs());
  const http = openHttp({ clock, env: process.env, limits: { bodyBytesMax: project.config.replyBytesMax } });
  const gateways = await openGateways(options, { lease, http });
  const writeSink = openSinks(project.directory);
  const unparks = new Unparks();

  const gatewayOf = (platform: string): Gateway => {
    const gateway = gateways.get(platform);
    if (gateway) return gateway;
    throw new OffpeakError('CONFIG_INVALID', `platform "${platform}" is not in the config file`);
  };
  const runOnce = (job: Job, run: Run, { selects, calls, putDown = new PutDown() }: RunSelection): Promise<Run> => {
    const gateway = gatewayOf(job.platform);
    const { partitionsInFlight } = project.config;
    const { runs } = store;
    const own = { gateway, calls, putDown, selects, fence, partitionsInFlight, unparks };
    return runJob({ ...own, runs, writeSink, clock, stop, onEvent }, job, run);
  };
  const { jobsInFlight } = project.config;
  const scheduler = new Scheduler({
    runs: store.runs,
    clock,
    jobs: project.jobs,
    runJob: (job, run, putDown) => runOnce(job, run, { ...EVERYTHING, putDown }),
    jobsInFlight,
    fence,
    stop,
    onEvent,
    log,
  });
  unparks.listen(() => scheduler.wake());
  const letGo = holdOn(options, fence, async () => {
    const { orders, holds } = store;
    // A token endpoint that is slow must not hold up the lease.
    for (const gateway of gateways.values()) void gateway.finishRenewals();
    await Promise.all([...gateways.values()].map((gateway) => gateway.keepUnknown()));
    await takeOrders({ orders, holds, gateways, unparks, jobs: project.jobs, clock, fence });
  });
  // Before any call: a refresh token that was replaced in the middle of a crash dies within minutes.
  await Promise.all([...gateways.values()].map((gateway) => gateway.recoverRenewals()));
  return {
    lease,
    scheduler,
    unparks,
    runOnce,
    async probe({ platform, ...probe }) {
      const tally = new Tally();
      const end = await gatewayOf(platform).call({ ...probe, flow: 'probe', priority: PRIORITY_DEFAULT, tally, stop });
      await store.ledger.settle({ used: tally.take().used, unsent: [], fence });
      return end;
    },
    async close() {
      await letGo();
      await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
      await http.close();
      await store.lease.release(fence, clock.nowMs());
    },
  };
}

/** Renews the lease, and takes orders at each beat. Returns how to end that; a lost lease stops everything. */
function holdOn({ store, clock, log, stop }: EngineOptions, fence: number, look: () => Promise<void>) {
  const ended = new AbortController();
  const kept = keepLease({ leases: store.lease, clock, signal: ended.signal }, fence, look).then((ours) => {
    if (ours) return;
    log.error({ fence }, 'the lease was lost: another process writes to the store now');
    stop.request('the lease was lost');
  });
  return (): Promise<void> => {
    ended.abort();
    return kept;
  };
}

async function openGateways(
  options: EngineOptions,
  { lease, http }: { lease: Lease; http: Http },
): Promise<Map<string, Gateway>> {
  const { project, store, stop, clock, random, log } = options;
  const { vault } = project;
  const signal = afterDeadline(stop.deadline, clock);
  const [holds, learned] = await Promise.all([store.holds.list(clock.nowMs()), store.learned.list()]);
  const gateways = new Map<string, Gateway>();
  for (const [name, platform] of Object.entries(project.config.platforms)) {
    const source = tokenSource(project, platform);
    const tokens = source && new Tokens({ platform, source, http, vault, clock, signal, log });
    const callsInFlightMax = callsInFlight(platform.budgets);
    const parts = {
      name,
      platform,
      admission: openAdmission(options, { name, platform, lease, learned, callsInFlightMax }),
      queue: (options.openQueue ?? openQueue)(name, callsInFlightMax, clock),
      holds: store.holds,
      learned: store.learned,
      unknownReplies: store.unknownReplies,
      ledger: store.ledger,
      http,
      tokens,
      vault,
      clock,
      random,
      fence: lease.fence,
    };
    gateways.set(name, new Gateway(parts, holds));
  }
  return gateways;
}

/** How much longer than a call a token renewal may take at the end of the process, ms: its reply is worth a merchant. */
const RENEWAL_GRACE_MS = 5_000;

function afterDeadline(deadline: AbortSignal, clock: Clock): AbortSignal {
  const later = new AbortController();
  const wait = (): void => void clock.sleep(RENEWAL_GRACE_MS).then(() => later.abort());
  deadline.addEventListener('abort', wait, { once: true });
  return later.signal;
}

interface AdmissionOf {
  readonly name: string;
  readonly platform: Platform;
  readonly lease: Lease;
  readonly learned: readonly Learned[];
  readonly callsInFlightMax: number;
}

function openAdmission({ store, clock }: EngineOptions, of: AdmissionOf): Admission {
  const { name, platform, lease, callsInFlightMax } = of;
  const { fence } = lease;
  const admission = new Admission({
    clock,
    fullAtMs: lastSentMs(lease, clock),
    callsInFlightMax,
    platform: name,
    learned: of.learned.filter((row) => row.platform === name),
    quota: {
      day: platform.day,
      resetGuardMs: platform.resetGuardMs,
      reserve: (blocks) => store.ledger.reserve({ platform: name, blocks, fence, nowMs: clock.nowMs() }),
      giveBack: (unsent) => store.ledger.settle({ used: [], unsent, fence }),
    },
  });
  // What another process left off may be at its quota's end, or at its reset: one call finds out.
  if (lease.previous !== 'none') admission.probe({});
  return admission;
}

function tokenSource({ directory, vault }: Project, { tokens }: Platform): TokenSource | null {
  if (!tokens) return null;
  const { source } = tokens;
  if (source === 'memory') return memoryTokens();
  if (!('kind' in source)) return source;
  switch (source.kind) {
    case 'static-tokens':
      return staticTokens(source.byOwner, (ref) => vault.reveal(ref));
    case 'token-file':
      return openTokenFile(resolvePath(directory, source.path));
  }
}

function callsInFlight(budgets: readonly Budget[]): number {
  const limits = budgets
    .filter(({ per, scope }) => per === 'in-flight' && scope.join() === 'app')
    .map(({ limit }) => limit);
  return limits.length > 0 ? Math.min(...limits) : CALLS_IN_FLIGHT_DEFAULT;
}

export function storeInUse(holder: LeaseHolder): OffpeakError {
  const who = `process ${holder.pid} on ${holder.host} (offpeak ${holder.command})`;
  return new OffpeakError('STORE_IN_USE', `the store is in use by ${who}`, {
    hint: 'Stop it, let it do the work, or use another store. `offpeak status` shows who holds the store.',
  });
}
