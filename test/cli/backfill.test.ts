import type { Backfill } from '../../src/job/backfill';
import { makeProject, ordersJob, removeAll, type TestProject } from './project';

afterAll(removeAll);
/** Each command is a process of its own. */
jest.setTimeout(60_000);

const SPAN = ['--from', '2026-01-01', '--to', '2026-01-11'] as const;
const SCHEDULE = "{ cron: '25 1 * * *', timezone: 'Asia/Shanghai' }";
const BACKFILL = "backfill: () => ({ page: '' }), estimate: { calls: 7 },";
const project = (more = BACKFILL): Promise<TestProject> =>
  makeProject({
    jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE, more }) },
    config: { budgets: { 'app-day': 30 } },
  });
const list = async ({ json }: TestProject) =>
  (await json<{ backfills: readonly Backfill[] }>(['backfill', 'ls'])).backfills;

describe('offpeak backfill', () => {
  test.concurrent('says what it would take, and writes nothing', async () => {
    const shop = await project();
    const { code, stdout } = await shop.offpeak(['backfill', 'orders', ...SPAN, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '10 chunks, about 70 calls: 7 a run (never ran: as its job file estimates), each taken to cover the 1 d between two slots',
        'app-day leaves 23 of 30 to backfills',
        'about 3.0 days at the surplus a window',
        '',
      ].join('\n'),
    );
    expect(await list(shop)).toEqual([]);
    const own = await shop.json(['backfill', 'orders', ...SPAN, '--dry-run', '--budget', '10']);
    expect(own).toMatchObject({ cost: { chunks: 10, calls: 70, quota: { surplus: 23, callsPerWindow: 10 }, days: 7 } });
  });

  test.concurrent('asks for a span in the zone of the job, and lists, cancels and refuses to retry it', async () => {
    const shop = await project();
    const asked = await shop.offpeak(['backfill', 'orders', ...SPAN, '--step', '7d', '--by', 'ann']);
    expect(asked).toMatchObject({ code: 0, stdout: '' });
    expect(asked.stderr).toContain(
      'backfill 1: orders from 2026-01-01T00:00:00+08:00 to 2026-01-11T00:00:00+08:00\n2 chunks',
    );
    expect(asked.stderr).toContain('no process runs: the next `offpeak start` does it');
    expect(await list(shop)).toMatchObject([{ id: 1, by: 'ann', state: 'active', stepMs: 7 * 86_400_000, chunks: 2 }]);
    expect((await shop.offpeak(['backfill', 'retry', '1'])).code).toBe(2);
    expect(await shop.json(['backfill', 'cancel', '1', '--by', 'bob'])).toMatchObject({
      backfill: { state: 'canceled' },
    });
    expect((await shop.offpeak(['backfill', 'ls'])).stdout).toMatch(
      /\n1 +orders from .* 0\/2 +canceled +old +surplus .*canceled by bob/,
    );
  });

  test.concurrent('refuses what cannot be done, and says why', async () => {
    const shop = await project('');
    const refused = async (...args: string[]) => (await shop.offpeak(['backfill', 'orders', ...args])).stderr;
    expect(await refused(...SPAN)).toContain(
      'orders cannot be backfilled\n  It gives the cursor with which a span begins: backfill:',
    );
    shop.write('jobs/orders.ts', ordersJob({ schedule: SCHEDULE, more: BACKFILL }));
    expect(await refused('--from', '2026-01-02', '--to', '2026-01-01')).toContain('expected an instant before --to');
    expect(await refused('--from', '2026-01-02', '--to', '2999-01-01')).toContain(
      '--to: expected an instant that has passed',
    );
    expect(await refused(...SPAN, '--step', '1m')).toContain('--step: expected at most 10,000 chunks, got 14,400');
    expect(await list(shop)).toEqual([]);
  });
});
