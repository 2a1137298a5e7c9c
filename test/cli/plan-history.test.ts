import { readHistories } from '../../src/cli/plan-history';
import type { Project } from '../../src/cli/project';
import type { Run } from '../../src/job/run';
import type { Store } from '../../src/store/open';
import { ordersJob } from '../run/jobs';

const JOB = ordersJob([]);
const PROJECT = { config: { platforms: {} } } as unknown as Project;
const SLOT_MS = Date.parse('2026-03-02T02:00:00+08:00');
const DAY_MS = 86_400_000;

function done(attempts: number, tookMs: number, parks = 0): Run {
  const totals = { attempts, parks };
  return { slotAtMs: SLOT_MS, startedAtMs: SLOT_MS, endedAtMs: SLOT_MS + tookMs, totals } as unknown as Run;
}

async function pastOf(runs: readonly Run[]) {
  const store = { runs: { list: () => Promise.resolve(runs) } } as unknown as Store;
  const [history] = await readHistories(PROJECT, store, [JOB]);
  return history?.past.map(({ calls, durationMs }) => [calls, durationMs]);
}

describe('what past runs say of a job', () => {
  it('is their calls and how long they took', async () => {
    expect(await pastOf([done(10, 1_000), done(20, 4_000)])).toEqual([
      [10, 1_000],
      [20, 4_000],
    ]);
  });

  it('counts the calls of a parked run, and not the day that it waited', async () => {
    expect(await pastOf([done(50, DAY_MS, 3), done(10, 1_000)])).toEqual([
      [50, 5_000],
      [10, 1_000],
    ]);
  });

  it('leaves open how long a job takes whose every run was parked', async () => {
    expect(await pastOf([done(50, DAY_MS, 3)])).toEqual([[50, 0]]);
  });

  it('leaves out runs that made no call', async () => {
    expect(await pastOf([done(0, 1_000)])).toEqual([]);
  });
});
