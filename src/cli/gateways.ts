import { type Lease, lastSentMs } from '../job/lease';
import { Admission } from '../limit/admission';
import type { Budget } from '../limit/budget';
import type { OpenQueue } from '../limit/call-queue';
import type { Learned } from '../limit/learned';
import { openQueue } from '../limit/queue';
import type { Log } from '../log';
import type { Http } from '../platform/http';
import type { Platform, TokenSource } from '../platform/platform';
import { sharedQuota } from '../platform/shared-quota';
import { memoryTokens, staticTokens } from '../platform/token-source';
import type { Gate } from '../run/gate';
import { Gateway } from '../run/gateway';
import type { HeldLease } from '../run/held-lease';
import { ShareKeeper } from '../run/share-keeper';
import { JobOutlooks, type ShareOutlookParts } from '../run/share-outlook';
import type { Stop } from '../run/stop';
import { Tokens } from '../run/tokens';
import type { Store } from '../store/open';
import { openTokenFile } from '../store/token-file';
import type { Clock } from '../time/clock';
import { type Project, resolvePath } from './project';

/** Calls in flight to a platform whose budgets name no maximum. */
const CALLS_IN_FLIGHT_DEFAULT = 16;

export interface GatewaysParts {
  readonly project: Project;
  readonly store: Store;
  readonly log: Log;
  readonly stop: Stop;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lease: Lease;
  readonly held: HeldLease;
  readonly http: Http;
  readonly gate: Gate;
  readonly shortage: () => string | null;
  /** By the plan. Default at the slot. */
  readonly startOf?: ShareOutlookParts['startOf'];
  /** Default the Bottleneck queue. */
  readonly openQueue?: OpenQueue;
}

/** A gateway for each platform of the config, by its name. */
export async function openGateways(options: GatewaysParts): Promise<Map<string, Gateway>> {
  const { project, store, stop, clock, random, log, held, http, shortage } = options;
  const { vault } = project;
  const signal = afterDeadline(stop.deadline, clock);
  const [holds, learned] = await Promise.all([store.holds.list(clock.nowMs()), store.learned.list()]);
  const gateways = new Map<string, Gateway>();
  for (const [name, platform] of Object.entries(project.config.platforms)) {
    vault.missing(platform.secrets); // reads them, so that none is kept before the first call has used it
    const source = tokenSource(project, platform);
    const tokens = source && new Tokens({ platform, source, http, vault, clock, signal, log });
    const callsInFlightMax = callsInFlight(platform.budgets);
    const parts = {
      name,
      platform,
      admission: openAdmission(options, { name, platform, learned, callsInFlightMax }),
      queue: (options.openQueue ?? openQueue)(name, callsInFlightMax, clock),
      holds: store.holds,
      learned: store.learned,
      unknownReplies: store.unknownReplies,
      ledger: store.ledger,
      http,
      lease: held,
      tokens,
      shares: openShares(options, name, platform),
      vault,
      clock,
      random,
      fence: held.fence,
      shortage,
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
  readonly learned: readonly Learned[];
  readonly callsInFlightMax: number;
}

function openAdmission({ store, clock, lease }: GatewaysParts, of: AdmissionOf): Admission {
  const { name, platform, callsInFlightMax } = of;
  const { fence } = lease;
  const admission = new Admission({
    clock,
    fullAtMs: lastSentMs(lease, clock),
    seenAtMs: lease.previousSeenAtMs ?? undefined,
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

/** Null where there is no quota that all calls of the platform draw on. */
function openShares({ project, store, clock, gate, startOf }: GatewaysParts, name: string, platform: Platform) {
  const draw = sharedQuota(platform);
  if (!draw) return null;
  const jobs = project.jobs.filter((job) => job.platform === name);
  const outlook = new JobOutlooks({ jobs, runs: store.runs, gate, clock, startOf });
  return new ShareKeeper({ platform: name, draw, jobs, quotaClock: platform, clock, ledger: store.ledger, outlook });
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

/** Places in flight of a platform. */
export function callsInFlight(budgets: readonly Budget[]): number {
  const limits = budgets
    .filter(({ per, scope }) => per === 'in-flight' && scope.join() === 'app')
    .map(({ limit }) => limit);
  return limits.length > 0 ? Math.min(...limits) : CALLS_IN_FLIGHT_DEFAULT;
}
