import type { Run } from '../job/run';
import { type Budget, drawsOf } from '../limit/budget';
import type { LedgerUsage } from '../limit/ledger';
import type { RunEvent } from '../run/event';
import type { TracedQuota, TracedRun, TracedWindow } from '../schedule/forecast';
import type { Arrival } from '../simulation/servers';
import type { Clock } from '../time/clock';
import { type DayRule, windowAt } from '../time/window';

/** A platform as the trace sees it. */
export interface TracedPlatform {
  readonly name: string;
  /** As simulated. */
  readonly budgets: readonly Budget[];
  readonly day: DayRule;
  /** A quota counts as gone when it has less left. */
  readonly callsPerCall: number;
}

export interface TraceParts {
  readonly clock: Clock;
  readonly platforms: readonly TracedPlatform[];
  /** What the ledger holds at the start. */
  readonly usage: readonly LedgerUsage[];
}

interface OpenRun extends TracedRun {
  startMs: number;
  endMs: number | null;
  calls: number;
  callsCarried: number;
  /** From when on its calls count as carried over; null while it never waited for a reset. */
  carriedFromMs: number | null;
  readonly parks: { atMs: number; untilMs: number; reason: string }[];
}

type OpenWindow = { -readonly [Key in keyof TracedWindow]: TracedWindow[Key] };

interface OpenQuota extends TracedQuota {
  readonly platform: TracedPlatform;
  readonly per: CivilUnit;
  readonly windows: OpenWindow[];
}

interface CivilUnit {
  readonly unit: 'day' | 'month';
  readonly rule: DayRule;
}

/** Watches a simulation: what each run made and when it was parked, and how full each quota became. */
export class Trace {
  readonly #parts: TraceParts;
  readonly #platforms: ReadonlyMap<string, TracedPlatform>;
  readonly #runs = new Map<number, OpenRun>();
  /** By job: it has one run at a time. */
  readonly #active = new Map<string, OpenRun>();
  readonly #quotas = new Map<string, OpenQuota>();
  /** By platform and scope: which quotas a call draws on. */
  readonly #drawn = new Map<string, readonly OpenQuota[]>();

  constructor(parts: TraceParts) {
    this.#parts = parts;
    this.#platforms = new Map(parts.platforms.map((platform) => [platform.name, platform]));
  }

  get runs(): readonly TracedRun[] {
    return [...this.#runs.values()];
  }

  /** A window that is gone is full: what a simulated call found too little for is the rest. */
  get quotas(): readonly TracedQuota[] {
    return [...this.#quotas.values()].map(({ name, limit, windows }) => {
      const filled = windows.map((window) => (window.goneAtMs === null ? window : { ...window, used: limit }));
      return { name, limit, windows: filled };
    });
  }

  readonly onEvent = (event: RunEvent): void => {
    if (event.kind === 'run-started') this.#start(event.run);
    else if (event.kind === 'parked') this.#park(event.job, event);
    else if (event.kind === 'run-ended') this.#end(event.run);
  };

  readonly onArrival = ({ platform, job, scope, calls }: Arrival): void => {
    const nowMs = this.#parts.clock.nowMs();
    const run = this.#active.get(job);
    const isCarried = nowMs >= (run?.carriedFromMs ?? Infinity);
    if (run) {
      run.calls += calls;
      if (isCarried) run.callsCarried += calls;
    }
    const key = `${platform} ${scope.api ?? ''} ${scope.user ?? ''} ${scope.model ?? ''} ${scope.org ?? ''}`;
    let quotas = this.#drawn.get(key);
    if (!quotas) {
      quotas = this.#quotasOf(platform, scope);
      this.#drawn.set(key, quotas);
    }
    const parkedAtMs = isCarried ? (run?.parks[0]?.atMs ?? null) : null;
    for (const quota of quotas) this.#count(quota, { calls, nowMs, parkedAtMs });
  };

  #start(run: Run): void {
    const nowMs = this.#parts.clock.nowMs();
    const open: OpenRun = this.#runs.get(run.id) ?? {
      job: run.job,
      kind: run.kind,
      slotAtMs: run.slotAtMs,
      startMs: run.startedAtMs ?? nowMs,
      endMs: null,
      calls: 0,
      callsCarried: 0,
      carriedFromMs: run.totals.parks > 0 ? nowMs : null,
      parks: [],
    };
    this.#runs.set(run.id, open);
    this.#active.set(run.job, open);
  }

  /** Partitions of a run that wait for the same instant are one park. */
  #park(job: string, { untilMs, reason }: { untilMs: number; reason: string }): void {
    const run = this.#active.get(job);
    if (!run || run.parks.some((park) => park.untilMs === untilMs)) return;
    run.carriedFromMs ??= untilMs;
    run.parks.push({ atMs: this.#parts.clock.nowMs(), untilMs, reason });
  }

  #end(run: Run): void {
    const open = this.#runs.get(run.id);
    if (open && run.endedAtMs !== null) open.endMs = run.endedAtMs;
    this.#active.delete(run.job);
  }

  #quotasOf(platformName: string, scope: Arrival['scope']): OpenQuota[] {
    const platform = this.#platforms.get(platformName);
    if (!platform) return [];
    return drawsOf(platform.budgets, scope).flatMap(({ budget, counter }) => {
      const per = civilOf(budget, platform.day);
      if (!per) return [];
      const name = `${platformName} ${counter.replace('|', ' ')}`;
      const known = this.#quotas.get(name);
      if (known) return [known];
      const quota: OpenQuota = { name, limit: budget.limit, platform, per, windows: [] };
      this.#quotas.set(name, quota);
      return [quota];
    });
  }

  #count(quota: OpenQuota, of: { calls: number; nowMs: number; parkedAtMs: number | null }): void {
    const { calls, nowMs, parkedAtMs } = of;
    const { windows, limit, platform } = quota;
    let window = windows.at(-1);
    if (!window || nowMs >= window.endMs) {
      window = this.#openWindow(quota, nowMs);
      windows.push(window);
    }
    window.used += calls;
    if (window.used + platform.callsPerCall > limit) window.goneAtMs ??= nowMs;
    if (parkedAtMs === null) return;
    const before = windows.find(({ startMs, endMs }) => startMs <= parkedAtMs && parkedAtMs < endMs);
    if (before && before !== window && before.goneAtMs !== null) before.callsCarried += calls;
  }

  #openWindow({ name, limit, per, windows }: OpenQuota, nowMs: number): OpenWindow {
    const { startMs, endMs } = windowAt(per.rule, per.unit, nowMs);
    const held = windows.length > 0 ? 0 : usedBefore(this.#parts.usage, name, startMs);
    return { startMs, endMs, used: held, goneAtMs: held >= limit ? startMs : null, callsCarried: 0 };
  }
}

function usedBefore(usage: readonly LedgerUsage[], name: string, startMs: number): number {
  const row = usage.find((one) => one.startMs === startMs && `${one.platform} ${one.budget} ${one.scopeKey}` === name);
  return row ? row.used + row.reserved : 0;
}

function civilOf({ per }: Budget, day: DayRule): CivilUnit | null {
  if (per === 'day' || per === 'month') return { unit: per, rule: day };
  if (typeof per !== 'object' || !('civil' in per)) return null;
  return { unit: per.civil, rule: { kind: 'civil', at: per.at, timezone: per.timezone } };
}
