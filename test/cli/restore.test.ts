import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/job/run';
import { until } from './process';
import { makeProject, orderKeys, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

/** It ends in May 2033. */
const LONG_DAY_MS = 1_000_000_000_000;
const SMALL_PAGES = ordersJob().replace('pageSize: 50', 'pageSize: 5');
const ORDERS = 30;

interface RestoreDocument {
  readonly done: boolean;
  readonly replaced: string | null;
  readonly doubts: readonly { readonly platform: string }[];
  readonly present: {
    readonly kind: string;
    readonly lineage?: string;
    readonly checkpoints?: { readonly changed: number };
  };
}

interface Shop {
  readonly perDay: number;
  readonly dayMs?: number;
  readonly job?: string;
}

/** A platform with a quota that Offpeak knows, and more pages than it allows at once. */
function makeShop({ perDay, dayMs = LONG_DAY_MS, job = SMALL_PAGES }: Shop): Promise<TestProject> {
  const merchants = Object.fromEntries(USERS.map((user) => [user, { orders: ORDERS, items: 0 }]));
  return makeProject({
    config: { dayMs, budgets: { 'app-day': perDay } },
    jobs: { 'orders.ts': job },
    sandbox: { day: { kind: 'fixed', lengthMs: dayMs }, kuaishou: { merchants, limits: { appPerDay: perDay } } },
  });
}

async function backUp({ json }: TestProject): Promise<string> {
  return (await json<{ path: string }>(['backup'])).path;
}

function leftBeside({ directory }: TestProject): string[] {
  return readdirSync(join(directory, 'data')).filter((name) => name.includes('restoring'));
}

async function expectComplete({ json, stored, sandbox }: TestProject, args: readonly string[] = []): Promise<void> {
  const { run } = await json<{ run: Run }>(['run', 'orders', ...args]);
  expect(run).toMatchObject({ state: 'done' });
  if (args.length === 0) expect([...(await stored())].sort()).toEqual(orderKeys(sandbox));
}

describe('offpeak restore', () => {
  it('goes back to the cursors of the backup, and not behind what the day has spent', async () => {
    const perDay = 10;
    const project = await makeShop({ perDay });
    const { json, offpeak, sandbox } = project;
    expect((await offpeak(['run', 'orders', '--max-calls', '4'])).code).toBe(0);
    const backup = await backUp(project);
    expect((await offpeak(['run', 'orders', '--max-calls', '4'])).code).toBe(0);
    const planned = await json<RestoreDocument>(['restore', backup, '--dry-run']);
    expect(planned).toMatchObject({ done: false, replaced: null, present: { kind: 'readable', lineage: 'continues' } });
    expect(planned.present.checkpoints?.changed).toBeGreaterThan(0);
    const restored = await json<RestoreDocument>(['restore', backup]);
    expect(existsSync(restored.replaced ?? '')).toBe(true);
    const { run } = await json<{ run: Run }>(['run', 'orders']);
    expect(run.state).toBe('parked');
    expect(sandbox.ledger.attempts()).toHaveLength(perDay);
    expect(sandbox.ledger.attempts({ verdict: 'refused' })).toHaveLength(0);
  });

  it('of a backup taken in the middle of a run, in another place, waits for the reset and then brings everything', async () => {
    const dayMs = 15_000;
    const project = await makeShop({ perDay: 40, dayMs });
    const { json, begin, sandbox, offpeak } = project;
    const running = begin(['run', 'orders']);
    await until(() => sandbox.ledger.pagesServed().length > 3, 'a run is under way');
    const backup = await backUp(project);
    await running.kill();
    const elsewhere = ['--store', 'elsewhere/offpeak.db'];
    const restored = await json<RestoreDocument>(['restore', backup, ...elsewhere]);
    expect(restored).toMatchObject({ replaced: null, present: { kind: 'missing' }, doubts: [{ platform: 'shop' }] });
    const sent = sandbox.ledger.attempts().length;
    const { run } = await json<{ run: Run }>(['run', 'orders', ...elsewhere]);
    const heldUntilMs = (restored as unknown as { doubts: { untilMs: number }[] }).doubts[0]?.untilMs ?? 0;
    const early = sandbox.ledger
      .attempts()
      .slice(sent)
      .filter(({ atMs }) => atMs < heldUntilMs);
    expect(early).toEqual([]);
    if (run.state === 'parked') {
      await until(() => Date.now() > (run.resumesAtMs ?? 0) + 200, 'the reset');
      expect((await offpeak(['run', 'orders', ...elsewhere])).code).toBe(0);
    }
    await expectComplete(project, elsewhere);
    expect(sandbox.ledger.attempts({ verdict: 'refused' })).toEqual([]);
  });

  it('is refused while a daemon runs, and over a damaged store unless it is forced', async () => {
    const project = await makeShop({ perDay: 1_000 });
    const { offpeak, begin, directory, json } = project;
    expect((await offpeak(['run', 'orders'])).code).toBe(0);
    const backup = await backUp(project);
    const daemon = begin(['start']);
    await daemon.says(/"started"/);
    expect(await offpeak(['restore', backup])).toMatchObject({ code: 4, stdout: '' });
    await daemon.kill();
    const path = join(directory, 'data', 'offpeak.db');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(1, 4_096));
    const refused = await offpeak(['restore', backup]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('--force');
    const restored = await json<RestoreDocument>(['restore', backup, '--force', '--unspent']);
    expect(restored).toMatchObject({ present: { kind: 'unreadable' }, doubts: [] });
    expect(readFileSync(restored.replaced ?? '').equals(bytes)).toBe(true);
    await expectComplete(project);
  });

  it('that is killed at any step leaves a store that goes on, and can be repeated', async () => {
    const project = await makeShop({ perDay: 1_000 });
    const { offpeak, begin } = project;
    expect((await offpeak(['run', 'orders', '--max-calls', '4'])).code).toBe(0);
    const backup = await backUp(project);
    for (const step of [/checking/, /preparing/, /keeping/, /putting/]) {
      const restoring = begin(['restore', backup]);
      await restoring.says(step);
      await restoring.kill();
      expect((await project.stored()).length).toBeGreaterThan(0);
    }
    expect((await offpeak(['restore', backup])).code).toBe(0);
    expect(leftBeside(project)).toEqual([]);
    await expectComplete(project);
  });
});
