import type { PlanQuota, PlanSpan } from '../../schedule/plan-request';

/** What the planned runs draw on a quota. */
export interface QuotaUse {
  readonly name: string;
  readonly limit: number;
  /** `planned`: calls of the planned runs, as far as they lie in the window. */
  readonly windows: readonly (PlanSpan & { readonly planned: number })[];
}

/** Planned runs of one job, and how many calls of a quota one of them makes. */
export interface QuotaUser {
  readonly quotas: Readonly<Record<string, number>>;
  readonly starts: readonly PlanSpan[];
}

export function quotaUses(users: readonly QuotaUser[], quotas: readonly PlanQuota[] = []): QuotaUse[] {
  return quotas.map(({ name, limit, windows }) => ({
    name,
    limit,
    windows: windows.map((window) => {
      const planned = users.reduce((sum, user) => {
        const calls = user.quotas[name] ?? 0;
        return calls === 0 ? sum : sum + calls * user.starts.reduce((runs, run) => runs + shareWithin(run, window), 0);
      }, 0);
      return { ...window, planned: Math.round(planned) };
    }),
  }));
}

/** How much of a run lies within a window: its calls are spread evenly over it. */
function shareWithin(run: PlanSpan, { startMs, endMs }: PlanSpan): number {
  const withinMs = Math.min(run.endMs, endMs) - Math.max(run.startMs, startMs);
  return withinMs <= 0 ? 0 : withinMs / (run.endMs - run.startMs);
}
