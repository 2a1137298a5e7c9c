import { draw } from './draw';
import { DrawnChecker } from './drawn';
import { fromZero, keyOf } from './mutant';

const ALL = Array.from({ length: 50 }, (_, at) => at);

test('a seed draws the same ones every time, each once, and another seed draws others', () => {
  const drawn = draw(ALL, 20, 1);
  expect(draw(ALL, 20, 1)).toEqual(drawn);
  expect(draw(ALL, 20, 2)).not.toEqual(drawn);
  expect(new Set(drawn).size).toBe(20);
  expect([...draw(ALL, 99, 1)].sort((a, b) => a - b)).toEqual(ALL);
});

test('each is drawn about as often as any other', () => {
  const counts = ALL.map(() => 0);
  for (let seed = 1; seed <= 500; seed += 1) for (const each of draw(ALL, 10, seed)) counts[each]! += 1;
  expect(Math.min(...counts)).toBeGreaterThan(60); // 100 in the mean
  expect(Math.max(...counts)).toBeLessThan(140);
});

const MUTANT = {
  id: '1',
  fileName: `${process.cwd()}/src/run/gate.ts`,
  location: { start: { line: 3, column: 0 }, end: { line: 3, column: 9 } },
  mutatorName: 'BooleanLiteral',
  replacement: 'true',
};

test('of the mutants of one place only the one that was drawn is tested', async () => {
  const checker = new DrawnChecker({ drawn: [keyOf(MUTANT)] });
  const other = { ...MUTANT, id: '2', replacement: 'false' };
  expect(await checker.group([MUTANT, other])).toEqual([['1', '2']]);
  expect(await checker.check([MUTANT, other])).toEqual({
    '1': { status: 'passed' },
    '2': { status: 'compileError', reason: 'not drawn' },
  });
});

test('a result is known as the mutant that it is of, though it counts lines and columns from 1', () => {
  const location = { start: { line: 4, column: 1 }, end: { line: 4, column: 10 } };
  expect(keyOf(fromZero({ ...MUTANT, location }))).toBe(keyOf(MUTANT));
});
