import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '../..');
const JITI = join(dirname(require.resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs');

interface Report {
  readonly cases: readonly (Record<string, number> & { readonly ratio: Record<string, number> })[];
}

test('the bench of the size of a store measures each case, and against the smallest one', async () => {
  const words = [JITI, 'bench/scale.ts', '--partitions', '1000', '--calls', '1000', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
  const { cases } = JSON.parse(stdout) as Report;
  expect(cases).toMatchObject([{ partitions: 1_000, callRows: 1_000, ratio: { partitions: 1, callRows: 1 } }]);
  for (const name of [
    'openMs',
    'commitUs',
    'statusMs',
    'runsMs',
    'stateLsMs',
    'explainMs',
    'rssMb',
    'fileMb',
    'startOverPlain',
    'unparkAllMs',
  ])
    expect(cases[0]?.[name]).toBeGreaterThan(0);
}, 60_000);
