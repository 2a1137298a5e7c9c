import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoveringRunner } from './covering-runner';

const TESTS = [
  { id: 'slow', fileName: '/slow.test.ts', timeSpentMs: 900 },
  { id: 'quick', fileName: '/quick.test.ts', timeSpentMs: 1 },
  { id: 'other', fileName: '/quick.test.ts', timeSpentMs: 5 },
  { id: 'middle', fileName: '/middle.test.ts', timeSpentMs: 50 },
];

const cwd = process.cwd();
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'offpeak-covering-'));
  process.chdir(directory);
});

afterEach(() => {
  process.chdir(cwd);
  rmSync(directory, { recursive: true });
  delete process.env['OFFPEAK_MUTANT_TEST_FILE'];
});

/** Over a runner of Jest in which the tests of one file find the mutant. */
async function setup(killer: string | null) {
  const runs: { file: string | undefined; tests: readonly string[] | undefined; isRelated: boolean }[] = [];
  const jest = {
    enableFindRelatedTests: true,
    capabilities: () => ({}),
    dryRun: () => Promise.resolve({ status: 'complete', tests: TESTS }),
    mutantRun: ({ testFilter }: { readonly testFilter?: readonly string[] }) => {
      const file = process.env['OFFPEAK_MUTANT_TEST_FILE'];
      runs.push({ file, tests: testFilter, isRelated: jest.enableFindRelatedTests });
      return Promise.resolve({ status: file === killer ? 'killed' : 'survived', nrOfTests: testFilter?.length ?? 0 });
    },
  };
  await new CoveringRunner(jest).dryRun({});
  return { runner: new CoveringRunner(jest), runs }; // of another process
}

test('a mutant meets the files whose tests reach it, the quickest first, until one kills it', async () => {
  const { runner, runs } = await setup('/middle.test.ts');
  const testFilter = ['slow', 'quick', 'middle'];
  expect(await runner.mutantRun({ testFilter })).toMatchObject({ status: 'killed' });
  expect(runs).toEqual([
    { file: '/quick.test.ts', tests: ['quick'], isRelated: false },
    { file: '/middle.test.ts', tests: ['middle'], isRelated: false },
  ]);
});

test('a mutant that none kills has met them all', async () => {
  const { runner, runs } = await setup(null);
  expect(await runner.mutantRun({ testFilter: ['slow', 'other'] })).toEqual({ status: 'survived', nrOfTests: 2 });
  expect(runs.map(({ file }) => file)).toEqual(['/quick.test.ts', '/slow.test.ts']);
});
