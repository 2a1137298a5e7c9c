import { existsSync } from 'node:fs';
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
  expect(stdout).toMatch(/shop api-qps .*of the limit, at best/);
  expect(stdout).toMatch(/\nb +2026-03-0[23] 0\d:\d\d Asia\/Shanghai +\+\d+ min .*never ran: a guess/);
  expect(existsSync(join(directory, 'data', 'offpeak.db'))).toBe(false);
});

test.concurrent('spreads jobs that start together, and gives one document with --json', async () => {
  const { json } = await makeProject({ jobs: jobs(['a', 'b', 'c'], NIGHTLY) });
  const plan = await json<PlanDocument>(['plan', '--days', '2', ...AT]);
  expect(plan).toMatchObject({ isApplied: false, infeasible: [] });
  expect(plan.jobs.map(({ job, starts }) => [job, starts.length])).toEqual([
    ['a', 2],
    ['b', 2],
    ['c', 2],
  ]);
  expect(new Set(plan.jobs.map(({ offsetMs }) => offsetMs)).size).toBe(3);
  expect(await json(['plan', '--days', '2', ...AT])).toEqual(plan);
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
    'cannot be: a: 2026-03-03 01:00 to 2026-03-03 01:05 Asia/Shanghai is 5 min too short for it',
  );
});

test.concurrent('says so when no job has a schedule, and refuses days and dates that are none', async () => {
  const { offpeak } = await makeProject();
  expect((await offpeak(['plan'])).stdout).toBe('no job has a schedule\n');
  expect((await offpeak(['plan', '--days', '99'])).code).toBe(2);
  expect((await offpeak(['plan', '--at', 'monday'])).stderr).toContain('Expected a date such as 2026-03-29');
});
