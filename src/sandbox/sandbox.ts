import type { Scope } from '../job/scope';
import type { Clock } from '../time/clock';
import type { PlatformName } from './arrival';
import { type FaultKind, type FaultRates, Faults, type FaultTarget } from './fault';
import { Front } from './front';
import { Kuaishou } from './kuaishou';
import { ArrivalLedger, type SandboxLedger } from './ledger';
import type { MerchantTokenPair } from './merchant-token';
import { faultRates, parseOption, parseSandboxOptions, type SandboxOptions, type SandboxSettings } from './options';
import { type BudgetName, Quota } from './quota';
import { type OpenServer, openServer } from './server';
import { Yida } from './yida';

const ABOUT = { kuaishou: "Kuaishou's order and item APIs", yida: "Yida's form search" } as const;
/** Counters shown per platform in the summary. */
const USAGE_SHOWN_MAX = 200;

/** Two HTTP servers on loopback that count and answer like the platforms, and a ledger of what reached them. */
export interface Sandbox {
  readonly kuaishou: KuaishouSandbox;
  readonly yida: YidaSandbox;
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
  readonly budget?: BudgetName;
  /** Counters whose scope has these values; empty for all. */
  readonly scope?: Scope;
}

interface KuaishouSandbox {
  readonly url: string;
  readonly appKey: string;
  readonly signSecret: string;
  readonly appSecret: string;
  readonly userIds: readonly string[];
  /** Every order held, of one merchant or of all. */
  orderIds(userId?: string): Iterable<number>;
  itemIds(userId?: string): Iterable<number>;
  /** The newest tokens of a merchant; null for one that does not exist. */
  tokens(userId: string): MerchantTokenPair | null;
  /** The merchant withdraws the authorization: AUTHORIZATION_REVOKED from now on. */
  revoke(userId: string): void;
  /** Ends the access tokens of a merchant, or of all, before their time. */
  expireAccessTokens(userId?: string): void;
}

interface YidaSandbox {
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly appType: string;
  readonly systemToken: string;
  readonly formUuids: readonly string[];
  instanceIds(formUuid?: string): Iterable<string>;
  expireAccessTokens(): void;
}

interface Platforms {
  readonly kuaishou: Kuaishou;
  readonly yida: Yida;
  readonly quotas: Readonly<Record<PlatformName, Quota>>;
}

/** Throws CONFIG_INVALID for wrong options and PORT_IN_USE. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = parseSandboxOptions(options);
  const ledger = new ArrivalLedger(settings.day, settings.arrivalsMax);
  const faults = new Faults(settings.seed, settings.faults);
  const platforms = build(settings);
  const front = new Front({ ...settings, ledger, faults });
  const servers = await openServers(settings, platforms, { front, ledger });
  return {
    kuaishou: kuaishouSandbox(settings, platforms.kuaishou, servers.kuaishou.url),
    yida: yidaSandbox(settings, platforms.yida, servers.yida.url),
    ledger,
    restoreQuota: ({ platform, budget, scope = {} } = {}) => {
      for (const name of ['kuaishou', 'yida'] as const) {
        if ((platform ?? name) === name) platforms.quotas[name].restore({ budget, scope });
      }
    },
    setFaults: (rates) => faults.setRates(parseOption(faultRates, rates, 'sandbox.faults')),
    failNext: (times, kind, target) => faults.plan(times, kind, target),
    close: async () => {
      await Promise.all([servers.kuaishou.close(), servers.yida.close()]);
    },
  };
}

function build({ kuaishou, yida, seed, day, counter, clock, nowMs }: SandboxSettings): Platforms {
  const openedAtMs = clock.nowMs();
  const anchorMs = nowMs ?? openedAtMs;
  const quotas = { kuaishou: new Quota(day, counter), yida: new Quota(day, counter) };
  return {
    kuaishou: new Kuaishou(kuaishou, { seed, anchorMs, openedAtMs, quota: quotas.kuaishou }),
    yida: new Yida(yida, { seed, anchorMs, quota: quotas.yida }),
    quotas,
  };
}

async function openServers(
  { host, ports, clock }: SandboxSettings,
  platforms: Platforms,
  { front, ledger }: { front: Front; ledger: ArrivalLedger },
): Promise<Record<PlatformName, OpenServer>> {
  const open = (name: PlatformName): Promise<OpenServer> =>
    openServer({
      host,
      port: ports[name],
      portOption: `sandbox.ports.${name}`,
      clock,
      about: `Offpeak sandbox: behaves like ${ABOUT[name]}. Invented data, real limits; see /sandbox/ledger.`,
      wayMs: () => front.wayMs(),
      receive: (request) => front.receive(name, (received) => platforms[name].answer(received), request),
      summary: () => summary(ledger, platforms, clock),
    });
  const kuaishou = await open('kuaishou');
  try {
    return { kuaishou, yida: await open('yida') };
  } catch (thrown) {
    await kuaishou.close();
    throw thrown;
  }
}

/** What `GET /sandbox/ledger` shows: both platforms together, on either port. */
function summary(ledger: ArrivalLedger, { quotas }: Platforms, clock: Clock): object {
  const now = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  return {
    nowMs: now.wallMs,
    totals: ledger.totals(),
    byDay: ledger.attemptsByWindow({ windowMs: 'day' }),
    pagesServed: ledger.pagesServed().length,
    pagesServedAgain: ledger.pagesServed().filter(({ times }) => times > 1).length,
    usage: {
      kuaishou: quotas.kuaishou.usage(now).slice(0, USAGE_SHOWN_MAX),
      yida: quotas.yida.usage(now).slice(0, USAGE_SHOWN_MAX),
    },
  };
}

function kuaishouSandbox({ kuaishou }: SandboxSettings, platform: Kuaishou, url: string): KuaishouSandbox {
  return {
    url,
    appKey: kuaishou.appKey,
    signSecret: kuaishou.signSecret,
    appSecret: kuaishou.appSecret,
    userIds: Object.keys(kuaishou.merchants),
    orderIds: (userId) => platform.orderIds(userId),
    itemIds: (userId) => platform.itemIds(userId),
    tokens: (userId) => platform.tokens.current(userId),
    revoke: (userId) => platform.tokens.revoke(userId),
    expireAccessTokens: (userId) => platform.tokens.expireAccess(userId),
  };
}

function yidaSandbox({ yida }: SandboxSettings, platform: Yida, url: string): YidaSandbox {
  return {
    url,
    appKey: yida.appKey,
    appSecret: yida.appSecret,
    appType: yida.appType,
    systemToken: yida.systemToken,
    formUuids: Object.keys(yida.forms),
    instanceIds: (formUuid) => platform.instanceIds(formUuid),
    expireAccessTokens: () => platform.tokens.expireAll(),
  };
}
