import { join } from 'node:path';
import { keepExpectation } from '../../src/cli/expectation';
import { loadProject } from '../../src/cli/project';
import { isLease } from '../../src/job/lease';
import type { Job } from '../../src/job/parse';
import type { Run } from '../../src/job/run';
import type { Calibration } from '../../src/schedule/calibration';
import { openStore, type Store } from '../../src/store/open';
import { makeProject, ordersJob, removeAll } from './project';

afterAll(removeAll);

const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse('2026-03-01T18:00:00Z');
const NIGHTLY = "{ cron: '0 2 * * *', timezone: 'Asia/Shanghai' }";

interface Night {
  readonly store: Store;
  readonly job: Job;
  readonly fence: number;
  readonly at: number;
  readonly calls: number;
}

/** One run of a partition that makes so many calls, a second each. */
async function night({ store, job, fence, at, calls }: Night, expect: (run: Run) => Promise<void>): Promise<void> {
  const startMs = FIRST_MS + at * DAY_MS;
  const run = await store.runs.open({ job: job.name, slotAtMs: startMs, kind: 'schedule', fence });
  if (!run) throw new Error('the slot has its run');
  await expect(run);
  const claim = { runId: run.id, job: job.name, partition: 'all', fence };
  await store.runs.start({ runId: run.id, partitions: [{ key: 'all', scope: {} }], fence, nowMs: startMs });
  await store.runs.claim(claim, startMs);
  const attempts = Array.from({ length: calls }, (_, n) => ({
    platform: 'shop',
    api: 'open.item.get',
    scopeKey: 'api=open.item.get',
    attempt: 1,
    sentAtMs: startMs + n * 1_000,
    durationMs: 1_000,
    status: 200,
    replyBytes: 0,
    outcome: 'ok' as const,
    code: null,
    reason: null,
  }));
  const nowMs = startMs + calls * 1_000;
  const settlement = { used: [], unsent: [], attempts };
  await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement, nowMs });
  await store.runs.settle({ runId: run.id, fence, nowMs });
}

test('holds what runs took against what their past runs said', async () => {
  const { directory, json, offpeak } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: NIGHTLY }) } });
  const project = await loadProject({ dir: directory });
  const store = await openStore(join(directory, 'data', 'offpeak.db'));
  const lease = await store.lease.acquire('test', FIRST_MS);
  const [job] = project.jobs;
  if (!isLease(lease) || !job) throw new Error('a lease and a job');
  const { fence } = lease;
  // The first three nights teach; then every fifth takes more than four in five do.
  for (let at = 0; at < 18; at += 1) {
    const calls = at % 5 === 4 ? 30 : 20;
    await night({ store, job, fence, at, calls }, (run) => keepExpectation(store, { job, run, fence }));
  }
  await store.lease.release(fence, FIRST_MS + 20 * DAY_MS);
  await store.close();

  const { jobs } = await json<{ jobs: (Calibration & { job: string })[] }>(['calibrate', '-n', '15']);
  expect(jobs).toMatchObject([
    {
      job: 'orders',
      calls: { runs: 15, ratio: 1, verdict: 'good' },
      duration: { runs: 15, ratio: 1, verdict: 'good' },
    },
  ]);
  const { stdout } = await offpeak(['calibrate', 'orders']);
  expect(stdout).toMatch(/orders +18 +1\.00 +\d+ % +good +1\.00/);
});

test('says that nothing is known before the first scheduled run', async () => {
  const { offpeak } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: NIGHTLY }) } });
  const { code, stdout, stderr } = await offpeak(['calibrate']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('no run that is done had an expectation');
});
