import { scoreOf, survivorsOf, wilson95 } from './score';

const of = (...statuses: string[]) => statuses.map((status) => ({ status }));

test('mutants that time out count as killed, those that no test reaches as survived, and what cannot be judged as nothing', () => {
  const drawn = of('Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'RuntimeError');
  expect(scoreOf(900, drawn)).toEqual({
    mutants: 900,
    sampled: 7,
    killed: 2,
    timeout: 1,
    survived: 1,
    noCoverage: 1,
    notJudged: 2,
    score: 60,
    interval95: [23.1, 88.2],
  });
  expect(scoreOf(900, [])).toMatchObject({ score: null, interval95: null });
});

test('the interval is that of Wilson, also where all or none are killed', () => {
  expect(wilson95(8, 10)).toEqual([49, 94.3]);
  expect(wilson95(0, 10)).toEqual([0, 27.8]);
  expect(wilson95(10, 10)).toEqual([72.2, 100]);
});

test('survivors are told by their place, those in the same file in its order', () => {
  const location = (line: number) => ({ start: { line, column: 3 }, end: { line, column: 9 } });
  const mutant = { fileName: `${process.cwd()}/src/run/gate.ts`, mutatorName: 'BooleanLiteral', replacement: 'true' };
  const results = [
    { ...mutant, location: location(10), status: 'Survived' },
    { ...mutant, location: location(9), status: 'NoCoverage' },
    { ...mutant, location: location(1), status: 'Killed' },
  ];
  expect(survivorsOf(results)).toEqual([
    { at: 'src/run/gate.ts:9:3', status: 'NoCoverage', mutator: 'BooleanLiteral', replacement: 'true' },
    { at: 'src/run/gate.ts:10:3', status: 'Survived', mutator: 'BooleanLiteral', replacement: 'true' },
  ]);
});
