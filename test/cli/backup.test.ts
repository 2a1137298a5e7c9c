import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/job/run';
import { until } from './process';
import { makeProject, orderKeys, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

interface BackupDocument {
  readonly path: string;
  readonly removed: readonly string[];
  readonly notInIt: readonly string[];
  readonly contents: { readonly partitions: number; readonly calls: number; readonly records: number };
}

const MODE = 0o777;

/** Many small pages a second: a backup falls in the middle of commits. */
const BUSY_JOB = ordersJob({ before: '' }).replace('pageSize: 50', 'pageSize: 1');

async function busyProject(): Promise<TestProject> {
  const merchants = Object.fromEntries(USERS.map((user) => [user, { orders: 120, items: 0 }]));
  return makeProject({ jobs: { 'orders.ts': BUSY_JOB }, sandbox: { kuaishou: { merchants }, latencyMs: [1, 3] } });
}

function filesIn({ directory }: TestProject, folder: string): string[] {
  return readdirSync(join(directory, folder)).sort();
}

describe('offpeak backup', () => {
  it('while pages are committed is a whole store of some instant, whose run goes on to every record', async () => {
    const project = await busyProject();
    const { json, begin, sandbox } = project;
    const running = begin(['run', 'orders']);
    await until(() => sandbox.ledger.pagesServed().length > 20, 'a run is under way');
    const { path, contents } = await json<BackupDocument>(['backup']);
    expect(contents.partitions).toBe(2);
    expect(contents.records).toBeGreaterThan(10);
    expect(contents.records).toBeLessThan(orderKeys(sandbox).length);
    expect((await running.ended).code).toBe(0);
    await json(['restore', path]);
    const { run } = await json<{ run: Run }>(['run', 'orders']);
    expect(run).toMatchObject({ state: 'done' });
    expect([...(await project.stored())].sort()).toEqual(orderKeys(sandbox));
  });

  it('closes file and folder to others, keeps the newest, and touches nothing else there', async () => {
    const project = await makeProject();
    const { json, offpeak, write } = project;
    expect((await offpeak(['run', 'orders'])).code).toBe(0);
    const taken = [await json<BackupDocument>(['backup']), await json<BackupDocument>(['backup'])];
    write('data/backups/offpeak-mine.db', 'mine');
    taken.push(await json<BackupDocument>(['backup', '--keep', '2']));
    expect(taken[2]?.removed).toEqual([taken[0]?.path]);
    expect(filesIn(project, 'data/backups')).toHaveLength(3);
    const newest = taken[2]?.path ?? '';
    expect(statSync(newest).mode & MODE).toBe(0o600);
    expect(statSync(join(newest, '..')).mode & MODE).toBe(0o700);
  });

  it('overwrites nothing, and makes no file where there is no store', async () => {
    const project = await makeProject();
    const missing = await project.offpeak(['backup']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('expected a store, got no such file');
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const mine = join(project.directory, 'mine.db');
    writeFileSync(mine, 'mine');
    const refused = await project.offpeak(['backup', mine]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('a backup overwrites nothing');
    expect(statSync(mine).size).toBe(4);
  });

  it('is made beside a config that is broken, where the store is named', async () => {
    const project = await makeProject();
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    project.write('offpeak.config.ts', 'export default 1');
    expect((await project.offpeak(['backup'])).code).toBe(2);
    expect(await project.json<BackupDocument>(['backup', '--store', 'data/offpeak.db'])).toMatchObject({ notInIt: [] });
  });

  it('that is killed leaves the store as it was, and no file that looks like a backup', async () => {
    const project = await makeProject();
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const backup = project.begin(['backup']);
    await backup.says(/copying/);
    await backup.kill();
    const whole = filesIn(project, 'data/backups').filter((name) => name.endsWith('.db'));
    for (const name of whole) {
      expect(
        (await project.offpeak(['restore', join(project.directory, 'data/backups', name), '--dry-run'])).code,
      ).toBe(0);
    }
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    expect([...(await project.stored())].sort()).toEqual(orderKeys(project.sandbox));
  });
});
