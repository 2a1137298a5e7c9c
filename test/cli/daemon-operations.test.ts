import { daemonOperations } from '../../src/cli/daemon-operations';
import type { Daemon } from '../../src/cli/daemon-state';
import type { Engine } from '../../src/cli/engine';
import { isLease } from '../../src/job/lease';
import type { SlotDecision } from '../../src/job/slot';
import { systemClock } from '../../src/time/system-clock';
import { silent } from '../run/setup';
import { openForecastDesk } from './forecast-setup';

const HOUR_MS = 3_600_000;

/** A daemon that serves a job with one run that is done, and what it can be asked for. */
async function setup() {
  const schedule = { cron: '0 2 * * *', timezone: 'UTC' };
  const jobs = [{ name: 'orders', schedule, calls: 1 }];
  const { project, store } = await openForecastDesk({ from: '2026-03-02T00:00:00Z', days: 1, budgets: [], jobs });
  const nowMs = systemClock.nowMs();
  const lease = await store.lease.acquire('test', nowMs);
  if (!isLease(lease)) throw new Error('the lease is taken');
  const { fence } = lease;
  const engine = { lease, scheduler: { wake: () => undefined } } as unknown as Engine;
  const daemon = {
    project,
    store,
    clock: systemClock,
    stop: { stopping: new AbortController().signal },
    engine: () => engine,
  } as unknown as Daemon;
  const decide = async (decision: SlotDecision): Promise<void> => {
    await store.runs.decidedUntil({ jobs: ['orders'], fence, nowMs: nowMs - HOUR_MS });
    const decided = { job: 'orders', decisions: [decision], decidedUntilMs: decision.slotAtMs };
    await store.runs.decide({ jobs: [decided], fence, nowMs });
  };
  const log = { ...silent, level: 'info' } as Parameters<typeof daemonOperations>[1];
  return { store, nowMs, decide, operations: daemonOperations(daemon, log) };
}

test('run-now begins a run beside one that the plan starts later, which stays', async () => {
  const { store, nowMs, decide, operations } = await setup();
  const planned = {
    kind: 'open',
    as: 'schedule',
    slotAtMs: nowMs - 1,
    startAtMs: nowMs + HOUR_MS,
    cancels: [],
  } as const;
  await decide(planned);
  expect(await operations.runNow({ job: 'orders' })).toMatchObject({ began: true, state: 'queued' });
  const unfinished = await store.runs.allUnfinished(['orders']);
  expect(unfinished.map(({ kind }) => kind)).toEqual(['manual', 'schedule']);
});

test('run-now names a run that is to start now', async () => {
  const { store, nowMs, decide, operations } = await setup();
  await decide({ kind: 'open', as: 'schedule', slotAtMs: nowMs - 1, startAtMs: null, cancels: [] });
  expect(await operations.runNow({ job: 'orders' })).toMatchObject({ began: false, state: 'queued' });
  expect(await store.runs.allUnfinished(['orders'])).toHaveLength(1);
});

test('the status of a job is that of its last run, not of a slot that was skipped since', async () => {
  const { nowMs, decide, operations } = await setup();
  const because = { because: 'paused', reason: 'stocktaking', intoRunId: null, slots: 1 } as const;
  await decide({ kind: 'skip', slotAtMs: nowMs - 1, ...because });
  expect(await operations.status({ job: 'orders' })).toMatchObject({ jobs: [{ job: 'orders', state: 'done' }] });
});
