import { campaign, reportOf, type SeedReport } from './campaign';
import { Progress } from './progress';
import { spread } from './spread';

const SHORT = { days: 1 };
const REPORT: SeedReport = { seed: 1, failure: null, isDetermined: true, days: 8, calls: 0, crashes: 0, faults: {} };

test('seeds that are lived in several processes come to the same report, in the order of the seeds', async () => {
  const seeds = [3, 1];
  const ended: number[] = [];
  const spec = { ...SHORT, directory: null };
  const { reports, cpuUs } = await spread({ seeds, jobs: 2, spec, onSeed: ({ seed }) => ended.push(seed) });
  expect(reportOf(reports)).toEqual(await campaign({ seeds, ...SHORT }));
  expect(reports.map(({ seed }) => seed)).toEqual(seeds);
  expect(ended.sort()).toEqual([1, 3]);
  expect(cpuUs).toBeGreaterThan(0);
}, 120_000);

test('a seed that fails is told at once, and one whose lives differ', () => {
  const lines: string[] = [];
  const progress = new Progress({ seeds: 3, print: (line) => lines.push(line) });
  const violation = { invariant: 'I1', atMs: 0, what: 'a page is missing' };
  const smallest = { seed: 2, days: 1, startMs: 0, zone: 'UTC', faults: [] };
  progress.add(REPORT);
  progress.add({ ...REPORT, seed: 2, failure: { seed: 2, violation, smallest, tail: [] } });
  progress.add({ ...REPORT, seed: 3, isDetermined: false });
  expect(lines).toEqual(['seed 2: I1 a page is missing', 'seed 3: its two lives differ']);
});
