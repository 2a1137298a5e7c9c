import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeProject, ordersJob, removeAll } from './project';

afterAll(removeAll);

const NIGHTLY = "{ cron: '0 1 * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] }";
const AT = ['--at', '2026-03-02'];

interface PlanDocument {
  readonly isApplied: boolean;
  readonly jobs: readonly {
    job: string;
    offsetMs: number;
    starts: { startMs: number; endMs: number }[];
    demand: { calls: number; basis: unknown };
    reasonText: string;
  }[];
  readonly peaks: readonly { rate: string; share: number }[];
  readonly infeasible: readonly unknown[];
  readonly forecast: { readonly runs: readonly { readonly job: string }[] };
  readonly diff: {
    readonly kind: string;
    readonly moved: readonly { job: string; offsetBeforeMs: number | null }[];
  } | null;
}

function jobs(names: readonly string[], schedule: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${name}.ts`, ordersJob({ name, schedule })]));
}

test.concurrent('draws each job and each limit, says why, and that it is not in force before the daemon has planned', async () => {
  const { offpeak, directory } = await makeProject({ jobs: jobs(['a', 'b', 'c'], NIGHTLY) });
  const { code, stdout, stderr } = await offpeak(['plan', ...AT]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'Not in force yet: the daemon plans when it starts.\n',
  });
  expect(stdout).toMatch(/\na +·*░*█+░*·*/);
  expect(stdout).toMatch(/shop api-qps .*of the limit at .*, at best/);
  expect(stdout).toMatch(/\nb +\+\d+ min .*at its slot/);
  expect(stdout).toMatch(/\nTue 03-03 +\d+ .*%  /);
  expect(existsSync(join(directory, 'data', 'offpeak.db'))).toBe(false);
});

test.concurrent('spreads jobs that start together, and gives one document with --json', async () => {
  const { json } = await makeProject({ jobs: jobs(['a', 'b', 'c'], NIGHTLY) });
  const plan = await json<PlanDocument>(['plan', '--days', '2', ...AT]);
  expect(plan).toMatchObject({ isApplied: false, infeasible: [], diff: null });
  expect(plan.forecast.runs.map(({ job }) => job).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  expect(await json(['plan', '--no-forecast', '--days', '2', ...AT])).toEqual({ ...plan, forecast: null });
  expect(plan.jobs.map(({ job, starts }) => [job, starts.length])).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 2],
  ]);
  expect(new Set(plan.jobs.map(({ offsetMs }) => offsetMs)).size).toBe(3);
  // Nothing is kept yet that could be forgotten.
  expect(await json(['plan', '--fresh', '--days', '2', ...AT])).toEqual(plan);
});

test.concurrent('shows what the daemon has put into force, and what other job files would change', async () => {
  const { begin, json, offpeak, write } = await makeProject({ jobs: jobs(['a', 'b'], NIGHTLY) });
  const daemon = begin(['start']);
  await daemon.says(/"planned"/);
  const plan = await json<PlanDocument>(['plan']);
  expect(plan).toMatchObject({ isApplied: true, wouldMove: [], plannedAtMs: expect.any(Number) as number });
  expect(new Set(plan.jobs.map(({ offsetMs }) => offsetMs)).size).toBe(2);
  daemon.child.kill('SIGTERM');
  expect((await daemon.ended).code).toBe(0);
  expect((await offpeak(['plan'])).stderr).toMatch(/^In force since .*Z\. The next plan would move no job\.\n$/);
  write('jobs/c.ts', ordersJob({ name: 'c', schedule: NIGHTLY }));
  expect(await json<PlanDocument>(['plan'])).toMatchObject({ isApplied: false, jobs: [{}, {}, { job: 'c' }] });
});

test.concurrent('learns from past runs what a job takes', async () => {
  const { offpeak, json } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: NIGHTLY }) } });
  await offpeak(['run', 'orders']);
  const plan = await json<PlanDocument>(['plan', ...AT]);
  expect(plan.jobs[0]?.demand).toMatchObject({ calls: 4, basis: { kind: 'history', runs: 1 } });
  expect(plan.peaks.some(({ rate }) => rate.startsWith('shop order-list-app-qps'))).toBe(true);
});

test.concurrent('ends with 1 and names who is in the way when nothing fits', async () => {
  const tight = NIGHTLY.replace('06:00', '01:05');
  const { offpeak } = await makeProject({ jobs: jobs(['a'], tight) });
  const { code, stdout } = await offpeak(['plan', ...AT]);
  expect(code).toBe(1);
  expect(stdout).toContain(
    'cannot be: a: 2026-03-03 01:00 to 2026-03-03 01:05 Asia/Shanghai is 5 min too short for it (and 6\n  more times until 2026-03-09)',
  );
});

test.concurrent('writes a page that stands alone, beside what it prints', async () => {
  const { offpeak, directory } = await makeProject({ jobs: jobs(['a', 'b'], NIGHTLY) });
  const { code, stdout, stderr } = await offpeak(['plan', '--html', 'plan.html', '--json', ...AT]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'wrote plan.html\n' });
  expect((JSON.parse(stdout) as PlanDocument).jobs).toHaveLength(2);
  const html = readFileSync(join(directory, 'plan.html'), 'utf8');
  expect(html).toContain('<h1>When the jobs run</h1>');
  expect(html).toContain('Not in force yet: the daemon plans when it starts.');
  const refused = await offpeak(['plan', '--html', 'no/such/folder/plan.html', ...AT]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--html no/such/folder/plan.html: cannot be written');
});

test.concurrent('shows what a job file changes: a new one and an edited one', async () => {
  const { offpeak, json, write } = await makeProject({ jobs: jobs(['a', 'b'], NIGHTLY) });
  write('new/c.ts', ordersJob({ name: 'c', schedule: NIGHTLY }));
  const added = await json<PlanDocument>(['plan', '--diff', 'new/c.ts', ...AT]);
  expect(added.jobs.map(({ job }) => job)).toEqual(['a', 'b', 'c']);
  expect(added.diff).toMatchObject({ job: 'c', file: 'new/c.ts', kind: 'added', infeasible: [] });
  expect(added.diff?.moved.find(({ job }) => job === 'c')).toMatchObject({ offsetBeforeMs: null });

  write('new/a.ts', ordersJob({ name: 'a', schedule: NIGHTLY.replace('01:00-06:00', '01:00-01:05') }));
  const edited = await offpeak(['plan', '--diff', 'new/a.ts', ...AT]);
  expect(edited.code).toBe(1);
  expect(edited.stdout).toContain('What new/a.ts changes (a stands for the job of this name)');
  expect(edited.stdout).toContain('no longer fits: a: 2026-03-03 01:00');
});

test.concurrent('takes a job file of the project for a new one: a check before a merge has it there already', async () => {
  const { json } = await makeProject({ jobs: jobs(['a', 'b'], NIGHTLY) });
  const { jobs: planned, diff } = await json<PlanDocument>(['plan', '--diff', 'jobs/b.ts', ...AT]);
  expect(diff).toMatchObject({ job: 'b', kind: 'added' });
  expect(planned.map(({ job }) => job)).toEqual(['a', 'b']);
});

test.concurrent('ends with 2 when the job file to compare, or one of the project, is broken', async () => {
  const { offpeak, write } = await makeProject({ jobs: jobs(['a'], NIGHTLY) });
  write('new/bad.ts', "export default { name: 'Bad' };");
  const { code, stderr } = await offpeak(['plan', '--diff', 'new/bad.ts', ...AT]);
  expect(code).toBe(2);
  expect(stderr).toContain('new/bad.ts');
  write('jobs/bad.ts', "export default { name: 'Bad' };");
  const broken = await offpeak(['plan', ...AT]);
  expect(broken.code).toBe(2);
  expect(broken.stdout).toMatch(/\na +·*░*█+░*·*/);
});

test.concurrent('says so when no job has a schedule, and refuses days and dates that are none', async () => {
  const { offpeak } = await makeProject();
  expect((await offpeak(['plan'])).stdout).toBe('no job has a schedule\n');
  expect((await offpeak(['plan', '--days', '99'])).code).toBe(2);
  expect((await offpeak(['plan', '--at', 'monday'])).stderr).toContain('Expected a date such as 2026-03-29');
});
