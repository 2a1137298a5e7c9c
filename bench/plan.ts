import { parseArgs } from 'node:util';
import { type Plan, planStarts } from '../src/schedule/plan';
import type { PlanJob, PlanRequest } from '../src/schedule/plan-request';
import { command, cpuUs, machine, rounded } from './machine';
import { anotherJob, avoidingHourStarts, coupled, onePlatform, type Synthetic } from './plan-jobs';
import { type Measured, measure, PEERS, type Peer, startsAt } from './plan-peers';

/**
 * The highest demand of planned starts over a lower bound that no plan can be below, beside other ways to spread starts, for
 * synthetic nightly jobs over a week; how long a plan takes; and how many jobs move when one changes. With several platforms
 * the ratio is that of the worst one, and the bound knows neither of quotas nor of jobs that use two of them.
 * The reference's model plans with the whole of each limit and starts at any minute; one kind of case adds what the product does.
 */
const DAYS = 7;
const SIZES: readonly { jobs: number; seeds: number }[] = [
  { jobs: 12, seeds: 100 },
  { jobs: 40, seeds: 60 },
  { jobs: 150, seeds: 30 },
  { jobs: 500, seeds: 20 },
];
const COUPLED: readonly { jobs: number; seeds: number }[] = [
  { jobs: 40, seeds: 20 },
  { jobs: 150, seeds: 20 },
  { jobs: 500, seeds: 10 },
];
/** Of one set of jobs, one after the other is replaced. */
const CHANGES = { jobs: 100, changes: 60, seeds: 5 };
const QUICK_SEEDS = 5;
const AS_SHIPPED = 'one platform, four fifths of the limit, hour starts avoided';

interface Figures {
  readonly median: number;
  readonly p95: number;
}

interface Case {
  readonly kind:
    | 'one platform'
    | 'one platform, four fifths of the limit, hour starts avoided'
    | 'three platforms, quotas';
  readonly jobs: number;
  readonly days: number;
  readonly seeds: number;
  readonly ratioMedian: number;
  readonly ratioP95: number;
  readonly ratioWorst: number;
  readonly planMs: number;
  readonly planMsWorst: number;
  /** Processor time of the median plan: less than its time on a machine that others use, too. */
  readonly planCpuMs: number;
  /** Runs outside of their windows, over all seeds. */
  readonly outside: number;
  /** Overdrawn quota windows, over all seeds. */
  readonly overdrawn: number;
  /** When one job is replaced by another: of the others. */
  readonly movedMedian: number;
  readonly movedMax: number;
  /** Of all starts, those within the first ten minutes of an hour. */
  readonly hourStartShare: number;
  readonly peers: Readonly<Record<Peer, Figures & { outside: number; overdrawn: number }>>;
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
  });
  const seedsOf = (seeds: number): number => (values.quick ? Math.min(QUICK_SEEDS, seeds) : seeds);
  planStarts({ ...onePlatform({ count: 40, seed: 0, days: 1 }) }); // warm-up
  const report = {
    machine: machine(),
    command: command('bench:plan'),
    cases: [
      ...SIZES.map(({ jobs, seeds }) => runCase('one platform', jobs, seedsOf(seeds))),
      ...SIZES.map(({ jobs, seeds }) => runCase(AS_SHIPPED, jobs, seedsOf(seeds))),
      ...COUPLED.map(({ jobs, seeds }) => runCase('three platforms, quotas', jobs, seedsOf(seeds))),
    ],
    changes: runChanges(seedsOf(CHANGES.seeds)),
  };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log(`${report.machine}\n${report.command}`);
  console.table(
    report.cases.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'peers'))),
  );
  for (const { kind, jobs, peers } of report.cases) {
    console.log(`${kind}, ${jobs} jobs: others`);
    console.table(peers);
  }
  console.table([report.changes]);
}

function runCase(kind: Case['kind'], count: number, seeds: number): Case {
  const ours: Measured[] = [];
  const others = new Map<Peer, Measured[]>();
  const planMs: number[] = [];
  const planCpuMs: number[] = [];
  const moved: number[] = [];
  const hourStarts: number[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const work = workOf(kind, { count, seed });
    const startedMs = performance.now();
    const startedCpu = process.cpuUsage();
    const plan = planStarts({ ...work, ...modelOf(kind) });
    planMs.push(performance.now() - startedMs);
    planCpuMs.push(cpuUs(startedCpu) / 1_000);
    const least = plan.peaks.map(({ leastShare }) => leastShare);
    hourStarts.push(hourStartShare(plan));
    ours.push(measure(work, startsOf(plan, work.jobs), least));
    for (const peer of Object.keys(PEERS) as Peer[]) {
      const measured = measure(work, startsAt(work.jobs, PEERS[peer](work.jobs, seed)), least);
      others.set(peer, [...(others.get(peer) ?? []), measured]);
    }
    moved.push(movedByChange({ ...work, ...modelOf(kind) }, plan, seed));
  }
  const ratios = figuresOf(ours);
  return {
    kind,
    jobs: count,
    days: DAYS,
    seeds,
    ratioMedian: ratios.median,
    ratioP95: ratios.p95,
    ratioWorst: rounded(Math.max(...ours.map(({ ratio }) => ratio))),
    planMs: rounded(quantile(planMs, 0.5), 0),
    planMsWorst: rounded(Math.max(...planMs), 0),
    planCpuMs: rounded(quantile(planCpuMs, 0.5), 0),
    ...countsOf(ours),
    movedMedian: quantile(moved, 0.5),
    movedMax: Math.max(...moved),
    hourStartShare: rounded(quantile(hourStarts, 0.5)),
    peers: Object.fromEntries(
      [...others].map(([peer, all]) => [peer, { ...figuresOf(all), ...countsOf(all) }]),
    ) as unknown as Case['peers'],
  };
}

function workOf(kind: Case['kind'], of: { count: number; seed: number }): Synthetic {
  const days = DAYS;
  if (kind === 'three platforms, quotas') return coupled({ ...of, days });
  return kind === AS_SHIPPED ? avoidingHourStarts(onePlatform({ ...of, days })) : onePlatform({ ...of, days });
}

function modelOf(kind: Case['kind']): Pick<PlanRequest, 'plannedShare'> {
  return kind === AS_SHIPPED ? {} : { plannedShare: 1 };
}

function hourStartShare({ jobs }: Plan): number {
  const starts = jobs.flatMap((job) => job.starts);
  return starts.filter(({ startMs }) => startMs % 3_600_000 < 600_000).length / Math.max(1, starts.length);
}

/** Replaces one job, and plans again with what the last plan said. */
function movedByChange(work: Synthetic & Pick<PlanRequest, 'plannedShare'>, plan: Plan, seed: number): number {
  const gone = seed % work.jobs.length;
  const jobs = work.jobs.filter((_, at) => at !== gone).map((job) => keeping(job, plan));
  const { rates, ...added } = anotherJob('job-new', DAYS, seed + 1_000);
  const replacement = { ...added, rates: { p0: Object.values(rates)[0] as number } };
  return planStarts({ ...work, jobs: [...jobs, replacement] }).moved.length;
}

function keeping(job: PlanJob, plan: Plan): PlanJob {
  return { ...job, previousOffsetMs: plan.jobs.find((planned) => planned.job === job.name)?.offsetMs ?? null };
}

interface Changes {
  readonly jobs: number;
  readonly changes: number;
  readonly seeds: number;
  readonly movedMean: number;
  readonly movedMax: number;
  readonly stickyMs: number;
  /** Over the bound, after all the changes. */
  readonly stickyRatioMedian: number;
  /** The same jobs planned afresh. */
  readonly freshRatioMedian: number;
}

function runChanges(seeds: number): Changes {
  const moved: number[] = [];
  const stickyMs: number[] = [];
  const sticky: number[] = [];
  const fresh: number[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { rates, jobs: first } = onePlatform({ count: CHANGES.jobs, seed, days: 1 });
    let jobs = first;
    let plan = planStarts({ rates, jobs });
    for (let change = 0; change < CHANGES.changes; change += 1) {
      const last = plan;
      const added = anotherJob(`added-${change}`, 1, seed * 1_000 + change);
      jobs = [...jobs.filter((_, at) => at !== change % jobs.length).map((job) => keeping(job, last)), added];
      const startedMs = performance.now();
      plan = planStarts({ rates, jobs });
      stickyMs.push(performance.now() - startedMs);
      moved.push(plan.moved.length);
    }
    sticky.push(ratioOf(plan));
    fresh.push(ratioOf(planStarts({ rates, jobs, replan: 'fresh' })));
  }
  return {
    ...CHANGES,
    seeds,
    movedMean: rounded(moved.reduce((sum, one) => sum + one, 0) / moved.length, 2),
    movedMax: Math.max(...moved),
    stickyMs: rounded(quantile(stickyMs, 0.5), 1),
    stickyRatioMedian: rounded(quantile(sticky, 0.5)),
    freshRatioMedian: rounded(quantile(fresh, 0.5)),
  };
}

function ratioOf({ peaks }: Plan): number {
  return Math.max(...peaks.map(({ share, leastShare }) => share / leastShare));
}

function startsOf(plan: Plan, jobs: readonly PlanJob[]): number[][] {
  const byName = new Map(plan.jobs.map(({ job, starts }) => [job, starts.map(({ startMs }) => startMs)]));
  return jobs.map(({ name }) => byName.get(name) ?? []);
}

function figuresOf(all: readonly Measured[]): Figures {
  const ratios = all.map(({ ratio }) => ratio);
  return { median: rounded(quantile(ratios, 0.5)), p95: rounded(quantile(ratios, 0.95)) };
}

function countsOf(all: readonly Measured[]): { outside: number; overdrawn: number } {
  return {
    outside: all.reduce((sum, { outside }) => sum + outside, 0),
    overdrawn: all.reduce((sum, { overdrawn }) => sum + overdrawn, 0),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

main();
