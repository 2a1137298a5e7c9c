import fc from 'fast-check';
import { SLICES_MAX, slices } from '../../src/job/slices';

describe('cutting a range of time', () => {
  it('gives slices of at most the step, the last one shorter', () => {
    expect(slices({ fromMs: 0, toMs: 25, stepMs: 10 })).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 10, toMs: 20 },
      { fromMs: 20, toMs: 25 },
    ]);
  });

  it('lets each slice reach back into the one before', () => {
    expect(slices({ fromMs: 0, toMs: 25, stepMs: 10, overlapMs: 2 })).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 8, toMs: 18 },
      { fromMs: 16, toMs: 25 },
    ]);
  });

  it('gives none for an empty range', () => {
    expect(slices({ fromMs: 5, toMs: 5, stepMs: 10 })).toEqual([]);
    expect(slices({ fromMs: 6, toMs: 5, stepMs: 10 })).toEqual([]);
  });

  it('covers every instant of the range, within the step, whatever the numbers', () => {
    const options = fc.record({
      fromMs: fc.nat(1_000),
      lengthMs: fc.nat(1_000),
      stepMs: fc.integer({ min: 2, max: 300 }),
      overlapMs: fc.nat(1),
    });
    fc.assert(
      fc.property(options, ({ fromMs, lengthMs, stepMs, overlapMs }) => {
        const toMs = fromMs + lengthMs;
        const found = slices({ fromMs, toMs, stepMs, overlapMs });
        expect(found.every((slice) => slice.toMs - slice.fromMs <= stepMs && slice.fromMs < slice.toMs)).toBe(true);
        for (let atMs = fromMs; atMs < toMs; atMs += 1) {
          expect(found.some((slice) => slice.fromMs <= atMs && atMs < slice.toMs)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    { fromMs: 0, toMs: 10, stepMs: 0 },
    { fromMs: 0, toMs: 10, stepMs: 5, overlapMs: 5 },
    { fromMs: 0, toMs: 10, stepMs: 5, overlapMs: -1 },
    { fromMs: Number.NaN, toMs: 10, stepMs: 5 },
    { fromMs: 0, toMs: SLICES_MAX + 1, stepMs: 1 },
  ])('refuses what leads nowhere or to too many slices: %j', (options) => {
    expect(() => slices(options)).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
  });
});
