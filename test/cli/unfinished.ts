import type { Run } from '../../src/job/run';
import { until } from './process';
import { makeProject, orderKeys, ordersJob, type TestProject } from './project';

export interface Unfinished {
  /** How long its next call hangs. */
  readonly slowBodyMs: number;
  readonly shutdownTimeoutMs: number;
  readonly job?: string;
}

/** A project with an unfinished run, which a daemon takes up at once. */
export async function unfinished(options: Unfinished): Promise<TestProject> {
  const { slowBodyMs, shutdownTimeoutMs, job = ordersJob() } = options;
  const project = await makeProject({ config: { shutdownTimeoutMs }, jobs: { 'orders.ts': job } });
  expect((await project.offpeak(['run', 'orders', '--max-calls', '1'])).code).toBe(0);
  project.sandbox.setFaults({ slowBodyMs });
  project.sandbox.failNext(1, 'slow-body');
  return project;
}

/** Waits until the daemon or the run hangs in its first call. */
export async function inCall({ sandbox }: TestProject): Promise<void> {
  await until(() => sandbox.ledger.attempts().some(({ fault }) => fault === 'slow-body'), 'a call is in flight');
}

/** The first run is taken to its end, by whoever does, and every record is there. */
export async function expectNothingLost({ json, stored, sandbox }: TestProject): Promise<void> {
  const { run } = await json<{ run: Run }>(['run', 'orders']);
  expect(run).toMatchObject({ id: 1, state: 'done' });
  expect([...(await stored())].sort()).toEqual(orderKeys(sandbox));
}

export function servedAgain({ sandbox }: TestProject): number {
  return sandbox.ledger.pagesServed().reduce((sum, { times }) => sum + times - 1, 0);
}
