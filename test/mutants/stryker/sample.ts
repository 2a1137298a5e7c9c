import { relative } from 'node:path';
import { draw } from './draw';
import { everyMutant } from './every-mutant';
import { fromZero, keyOf, type Mutant, type MutantResult } from './mutant';
import { type Score, type Survivor, scoreOf, survivorsOf } from './score';

export const LAYERS: string[] = ['limit', 'schedule', 'run'];

export interface SampleOptions {
  /** Mutants of all layers together. */
  readonly count: number;
  readonly seed: number;
  readonly layers: readonly string[];
  /** Test processes at once. */
  readonly concurrency: number;
}

export interface Sample {
  readonly layers: Readonly<Record<string, Score>>;
  readonly all: Score;
  readonly survivors: readonly Survivor[];
}

/** Tests mutants that a seed draws from the layers, each layer by its own tests only. */
export async function sample({ count, seed, layers, concurrency }: SampleOptions): Promise<Sample> {
  const mutants = await Promise.all(layers.map((layer) => everyMutant(`src/${layer}`)));
  const drawn = new Set(draw(mutants.flat(), count, seed));
  const scores: Record<string, Score> = {};
  const results: MutantResult[] = [];
  for (const [at, layer] of layers.entries()) {
    const all = mutants[at] ?? [];
    const judged = await judge({ layer, mutants: all.filter((mutant) => drawn.has(mutant)), concurrency });
    scores[layer] = scoreOf(all.length, judged);
    results.push(...judged);
  }
  return { layers: scores, all: scoreOf(mutants.flat().length, results), survivors: survivorsOf(results) };
}

interface Judgement {
  readonly layer: string;
  readonly mutants: readonly Mutant[];
  readonly concurrency: number;
}

async function judge({ layer, mutants, concurrency }: Judgement): Promise<readonly MutantResult[]> {
  if (mutants.length === 0) return [];
  const drawn = new Set(mutants.map(keyOf));
  const { Stryker } = await import('@stryker-mutator/core');
  const options = {
    configFile: 'test/mutants/stryker/config.json',
    mutate: [...new Set(mutants.map(({ fileName }) => relative(process.cwd(), fileName)))],
    checkers: ['drawn'],
    concurrency,
    reporters: ['drawn'],
    logLevel: 'error',
    jest: { config: { testMatch: [`<rootDir>/test/${layer}/**/*.test.ts`] } },
    drawn: [...drawn], // the checker's own option
  };
  const results = await new Stryker(options as object).runMutationTest();
  return results.filter((result) => drawn.has(keyOf(fromZero(result))));
}
