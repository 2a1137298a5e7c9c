import type { Scope } from '../job/scope';
import type { Clock } from '../time/clock';
import { type FaultKind, type FaultRates, Faults, type FaultTarget } from './fault';
import { Front } from './front';
import { ArrivalLedger, type SandboxLedger } from './ledger';
import { parseOption } from './option';
import { faultRates, parseSandboxOptions, type SandboxOptions, type SandboxSettings } from './options';
import { Quota } from './quota';
import { type OpenServer, openServer } from './server';
import type { Twin } from './twin';
import { buildTwin, PLATFORMS, type PlatformName, TWINS, type TwinHandles } from './twins';

/** Counters shown per platform in the summary. */
const USAGE_SHOWN_MAX = 200;

/** HTTP servers on loopback, one for each platform, that count and answer like it, and a ledger of what reached them. */
export interface Sandbox extends TwinHandles {
  readonly ledger: SandboxLedger;
  /** Gives quota back as the platforms' owners can: all of it, or a part. */
  restoreQuota(part?: QuotaPart): void;
  /** New rates from now on; rates left out become 0. Throws CONFIG_INVALID. */
  setFaults(rates: Partial<FaultRates>): void;
  /** The next `times` admitted calls that fit the target fail in this way. Token requests only when the target names them. */
  failNext(times: number, kind: FaultKind, target?: FaultTarget): void;
  close(): Promise<void>;
}

interface QuotaPart {
  readonly platform?: PlatformName;
  readonly budget?: string;
  /** Counters whose scope has these values; empty for all. */
  readonly scope?: Scope;
}

interface Platform {
  readonly name: PlatformName;
  readonly twin: Twin<TwinHandles[PlatformName]>;
  readonly quota: Quota;
}

/** Throws CONFIG_INVALID for wrong options and PORT_IN_USE. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = parseSandboxOptions(options);
  const ledger = new ArrivalLedger(settings.day, settings.arrivalsMax);
  const faults = new Faults(settings.seed, settings.faults);
  const platforms = build(settings);
  const front = new Front({ ...settings, ledger, faults });
  const servers = await openServers(settings, platforms, { front, ledger });
  const handles = platforms.map(({ name, twin }, n) => [name, twin.handle(servers[n]?.url ?? '')]);
  return {
    ...(Object.fromEntries(handles) as TwinHandles),
    ledger,
    restoreQuota: ({ platform, budget, scope = {} } = {}) => {
      for (const { name, quota } of platforms) if ((platform ?? name) === name) quota.restore({ budget, scope });
    },
    setFaults: (rates) => faults.setRates(parseOption(faultRates, rates, 'sandbox.faults')),
    failNext: (times, kind, target) => faults.plan(times, kind, target),
    close: () => closeAll(servers),
  };
}

function build(settings: SandboxSettings): Platform[] {
  const { seed, day, counter, clock, nowMs } = settings;
  const openedAtMs = clock.nowMs();
  return PLATFORMS.map((name) => {
    const quota = new Quota(day, counter);
    const parts = { seed, anchorMs: nowMs ?? openedAtMs, openedAtMs, quota, day, clock };
    return { name, twin: buildTwin(name, settings, parts), quota };
  });
}

async function openServers(
  { host, ports, clock }: SandboxSettings,
  platforms: readonly Platform[],
  { front, ledger }: { front: Front; ledger: ArrivalLedger },
): Promise<OpenServer[]> {
  const servers: OpenServer[] = [];
  try {
    for (const { name, twin } of platforms) {
      const server = await openServer({
        host,
        port: ports[name],
        portOption: `sandbox.ports.${name}`,
        clock,
        about: `Offpeak sandbox: behaves like ${TWINS[name].about}. Invented data, real limits; see /sandbox/ledger.`,
        wayMs: () => front.wayMs(),
        receive: (request) => front.receive(name, (received) => twin.answer(received), request),
        summary: () => summary(ledger, platforms, clock),
      });
      servers.push(server);
    }
  } catch (thrown) {
    await closeAll(servers);
    throw thrown;
  }
  return servers;
}

async function closeAll(servers: readonly OpenServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
}

/** What `GET /sandbox/ledger` shows: all platforms together, on every port. */
function summary(ledger: ArrivalLedger, platforms: readonly Platform[], clock: Clock): object {
  const now = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  const usage = platforms.map(({ name, quota }) => [name, quota.usage(now).slice(0, USAGE_SHOWN_MAX)] as const);
  return {
    nowMs: now.wallMs,
    totals: ledger.totals(),
    byDay: ledger.attemptsByWindow({ windowMs: 'day' }),
    pagesServed: ledger.pagesServed().length,
    pagesServedAgain: ledger.pagesServed().filter(({ times }) => times > 1).length,
    usage: Object.fromEntries(usage),
  };
}
