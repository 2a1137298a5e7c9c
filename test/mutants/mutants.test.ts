import { campaign } from './campaign';
import { type Mutant, plant } from './mutant';
import { MUTANTS } from './table';
import { read } from './tree';

jest.setTimeout(240_000);

const [anyone] = MUTANTS;

test.each(MUTANTS)('the table fits the source: $name', async (mutant) => {
  const source = await read(mutant.file);
  expect(plant(source, mutant)).not.toBe(source);
  if (mutant.killedBy !== 'simulate') expect(await read(mutant.killedBy)).not.toBe('');
});

test('each mutant has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test('a text that is not in the source, or is there twice, is refused', () => {
  const mutant = { ...anyone, find: 'a' } as Mutant;
  expect(() => plant('b', mutant)).toThrow('found it 0 times');
  expect(() => plant('a a', mutant)).toThrow('found it 2 times');
});

test('mutants are killed by a simulated life and by a test, and one that breaks nothing survives', async () => {
  const harmless: Mutant = {
    name: 'a comment',
    file: 'src/run/lost.ts',
    find: 'export function isLost',
    replace: '/* nothing */ export function isLost',
    breaks: 'G5',
    killedBy: 'test/time/window.test.ts',
  };
  const names = ['the cursor is committed without records', 'the quota day turns over in UTC'];
  const mutants = [...MUTANTS.filter(({ name }) => names.includes(name)), harmless];
  const report = await campaign({ mutants, seeds: 1, days: 1, timeoutMs: 100_000 });
  expect(report).toEqual({
    mutants: 3,
    killed: 2,
    survivors: [{ name: 'a comment', killedBy: 'test/time/window.test.ts', why: 'nothing failed' }],
  });
});
