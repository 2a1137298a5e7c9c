import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLease } from '../../src/job/lease';
import type { SlotSkip } from '../../src/job/slot';
import { openStore } from '../../src/store/open';
import { makeProject, removeAll } from './project';

afterAll(removeAll);

const NOW = Date.parse('2026-03-02T00:00:00Z');
const HOUR = 3_600_000;

/** A store with a run that is done, slots that were skipped, and a run that is planned. */
async function fill(directory: string): Promise<void> {
  mkdirSync(join(directory, 'data'));
  const store = await openStore(join(directory, 'data', 'offpeak.db'));
  const lease = await store.lease.acquire('test', Date.now());
  if (!isLease(lease)) throw new Error('the lease is taken');
  const { fence } = lease;
  await store.runs.decidedUntil({ jobs: ['orders'], fence, nowMs: NOW });
  const done = await store.runs.open({ job: 'orders', slotAtMs: NOW, kind: 'schedule', fence });
  await store.runs.settle({ runId: done?.id ?? 0, fence, nowMs: NOW });
  const skip = (hour: number, why: Pick<SlotSkip, 'because' | 'reason'>, slots: number): SlotSkip => {
    return { kind: 'skip', slotAtMs: NOW + hour * HOUR, ...why, intoRunId: null, slots };
  };
  const startAtMs = Date.parse('2040-01-01T00:00:00Z');
  const decisions = [
    skip(20, { because: 'missed', reason: 'a newer slot has a run' }, 20),
    skip(21, { because: 'overlap', reason: 'run 1 was \u001b[31mnot over' }, 1),
    { kind: 'open', as: 'catch-up', slotAtMs: NOW + 22 * HOUR, startAtMs, cancels: [] } as const,
  ];
  const decided = { job: 'orders', decisions, decidedUntilMs: NOW + 22 * HOUR };
  await store.runs.decide({ jobs: [decided], fence, nowMs: NOW + 23 * HOUR });
  await store.lease.release(fence, Date.now());
  await store.close();
}

test.concurrent('slots without a run are shown with the reason, and how many a row stands for', async () => {
  const { offpeak, json, directory } = await makeProject();
  await fill(directory);
  const lines = (await offpeak(['runs'])).stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
  expect(lines[0]).toMatch(/took {2}why$/);
  expect(lines[1]).toMatch(/catch-up {2}queued .* starts at 2040-01-01/);
  expect(lines[2]).toMatch(/schedule {2}skipped {2}overlap: run 1 was ·\[31mnot over$/);
  expect(lines[3]).toMatch(/schedule {2}skipped ×20 {2}missed: a newer slot has a run$/);
  expect(lines[4]).toMatch(/schedule {2}done/);
  const { runs } = await json<{ runs: { because: string | null; slots: number; startAtMs: number | null }[] }>([
    'runs',
  ]);
  expect(runs.map(({ because, slots }) => [because, slots])).toEqual([
    [null, 1],
    ['overlap', 1],
    ['missed', 20],
    [null, 1],
  ]);
});

test.concurrent('runs can be listed by their state, and a status tells of what ran', async () => {
  const { offpeak, json, directory } = await makeProject();
  await fill(directory);
  const states = async (...args: string[]): Promise<string[]> =>
    (await json<{ runs: { state: string }[] }>(['runs', ...args])).runs.map(({ state }) => state);
  expect(await states('--state', 'skipped')).toEqual(['skipped', 'skipped']);
  expect(await states('orders', '--state', 'done, queued')).toEqual(['queued', 'done']);
  expect((await offpeak(['runs', '--state', 'failed'])).stdout).toBe('no runs in these states\n');
  const { code, stderr } = await offpeak(['runs', '--state', 'skiped']);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "skipped"?') as string,
  });
  const { jobs } = await json<{ jobs: { run: { state: string } }[] }>(['status']);
  expect(jobs[0]?.run.state).toBe('queued');
});
