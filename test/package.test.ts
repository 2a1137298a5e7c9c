import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '..');
const TSC = resolve(ROOT, 'node_modules/typescript/bin/tsc');

const JOB = `import { defineJob, upsert, z } from 'offpeak';
export default defineJob({
  name: 'items',
  platform: 'shop',
  partitions: () => [{ key: '42', scope: { user: '42' } }],
  cursor: z.object({ page: z.number() }),
  initial: () => ({ page: 1 }),
  async *pages({ cursor, call }) {
    const items = await call('open.item.list.get', { pageNumber: cursor.page });
    const orders = await call('open.order.cursor.list', { cursor: '' });
    const forms = await call('yida.forms.instances.search', {});
    const last: number = items.data.totalPage;
    const next: string = orders.data.cursor;
    const total: number = forms.totalCount;
    yield { records: items.data.items, cursor: { page: last + next.length + total } };
  },
  sink: upsert('items', { key: 'kwaiItemId' }),
});
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offpeak-package-'));
  await mkdir(join(directory, 'node_modules'));
  await symlink(ROOT, join(directory, 'node_modules/offpeak'));
  const compilerOptions = {
    strict: true,
    module: 'node16',
    moduleResolution: 'node16',
    target: 'es2023',
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function compile(job: string): Promise<string> {
  await writeFile(join(directory, 'job.ts'), job);
  const compiled = promisify(execFile)(process.execPath, [TSC, '-p', directory]);
  return compiled.then(
    () => '',
    (failed: unknown) => (failed as { stdout: string }).stdout,
  );
}

describe('the package, installed in another project', () => {
  it('types the replies of the known APIs', async () => {
    expect(await compile(JOB)).toBe('');
  });

  it('lets the compiler find a record list that is none', async () => {
    expect(await compile(JOB.replace('records: items.data.items', 'records: items.data.totalPage'))).toContain(
      'TS2322',
    );
  });

  it('lets the compiler find a cursor that is not of its schema', async () => {
    expect(await compile(JOB.replace('({ page: 1 })', "({ page: 'one' })"))).toContain('TS2322');
  });
});
