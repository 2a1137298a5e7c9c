import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeProject, orderKeys, ordersJob, removeAll } from './project';

const MIB = 1024 * 1024;
/** More than any disk has. */
const PIB = 1_125_899_906_842_624;

afterAll(removeAll);

test('run is refused before it calls anything, and status and explain say why', async () => {
  const { offpeak, sandbox, json } = await makeProject({ config: { more: `diskFreeBytesMin: ${PIB},` } });
  const run = await offpeak(['run', 'orders']);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/the disk of the store has .* MiB left, 1073741824 MiB are needed/);
  expect(run.stderr).toContain('diskFreeBytesMin');
  expect((await offpeak(['status'])).stdout).toMatch(/disk +the disk of the store has/);
  expect(await json(['status'])).toMatchObject({ diskShort: { neededBytes: PIB } });
  expect((await offpeak(['explain', 'orders'])).stdout).toContain('no platform is called until it has');
  expect(sandbox.ledger.attempts()).toEqual([]);
});

test('the daemon says once that the disk is short, calls nothing, and goes on by itself', async () => {
  const schedule = "{ cron: '* * * * *', timezone: 'Asia/Shanghai' }";
  const jobs = { 'orders.ts': ordersJob({ schedule }) };
  const project = await makeProject({ jobs, config: { more: `diskFreeBytesMin: ${20 * MIB},` } });
  const data = join(project.directory, 'data');
  if (!mountSmall(data)) return console.warn('skipped: this user may not mount a file system');
  try {
    writeFileSync(join(data, 'other'), Buffer.alloc(16 * MIB));
    const daemon = project.begin(['start']);
    await daemon.says(/MiB are needed/);
    await daemon.says(/"started"/);
    expect(project.sandbox.ledger.attempts()).toEqual([]);
    rmSync(join(data, 'other'));
    await daemon.says(/has room again/);
    expect(daemon.output().match(/MiB are needed/g)).toHaveLength(1);
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
  } finally {
    spawnSync('sh', ['-c', 'umount -l "$0"', data]);
  }
}, 30_000);

test('the daemon waits when the disk fills up in the middle of a run, and loses nothing', async () => {
  const jobs = { 'orders.ts': ordersJob({ before: FILL }) };
  const project = await makeProject({ jobs, config: { more: `diskFreeBytesMin: ${MIB},` } });
  const data = join(project.directory, 'data');
  if (!mountSmall(data)) return console.warn('skipped: this user may not mount a file system');
  try {
    expect((await project.offpeak(['run', 'orders', '--max-calls', '1'])).code).toBe(0);
    project.write('fill', '');
    const daemon = project.begin(['start']);
    await daemon.says(/waits for room on the disk, and calls nothing/);
    const calls = project.sandbox.ledger.attempts().length;
    daemon.child.kill('SIGTERM');
    expect((await daemon.ended).code).toBe(0);
    expect(project.sandbox.ledger.attempts()).toHaveLength(calls);
    rmSync(join(project.directory, 'fill'));
    rmSync(join(data, 'other'));
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    expect((await project.stored()).toSorted()).toEqual(orderKeys(project.sandbox));
  } finally {
    spawnSync('sh', ['-c', 'umount -l "$0"', data]);
  }
}, 30_000);

/** As long as the project says so, another program takes whatever room there is, before each page is committed. */
const FILL = `
      const fs = await import('node:fs');
      try {
        while (fs.existsSync('fill')) fs.appendFileSync('data/other', Buffer.alloc(65_536));
      } catch {}`;

/** A file system of 32 MiB; false where this user may not mount one. */
function mountSmall(directory: string): boolean {
  mkdirSync(directory, { mode: 0o700 });
  const mount = ['mount', '-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', directory];
  return spawnSync('sh', ['-c', '"$0" "$@"', ...mount]).status === 0;
}
