import { relative } from 'node:path';
import type { Mutant } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { draw } from './draw';
import { keyOf } from './drawn';
import { everyMutant } from './every-mutant';
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

/** Tests mutants that are drawn by a seed. */
export async function sample({ count, seed, layers, concurrency }: SampleOptions): Promise<Sample> {
  const mutants = (await Promise.all(layers.map((layer) => everyMutant(`src/${layer}`)))).flat();
  const drawn = new Set(draw(mutants, count, seed).map(keyOf));
  const results = await new Stryker({
    configFile: 'test/mutants/stryker/config.json',
    mutate: [...new Set([...drawn].map((key) => key.slice(0, key.indexOf(' '))))],
    checkers: ['drawn'],
    concurrency,
    reporters: [],
    logLevel: 'error',
    jest: { config: { testMatch: layers.map((layer) => `<rootDir>/test/${layer}/**/*.test.ts`) } },
    ...{ drawn: [...drawn] },
  }).runMutationTest();
  const judged = results.filter((result) => drawn.has(keyOf(fromZero(result))));
  const ofLayer = <Of extends { readonly fileName: string }>(all: readonly Of[], layer: string) =>
    all.filter(({ fileName }) => relative(process.cwd(), fileName).startsWith(`src/${layer}/`));
  const scores = layers.map((layer) => [layer, scoreOf(ofLayer(mutants, layer).length, ofLayer(judged, layer))]);
  return {
    layers: Object.fromEntries(scores) as Record<string, Score>,
    all: scoreOf(mutants.length, judged),
    survivors: survivorsOf(judged),
  };
}

/** A mutant's lines and columns are counted from 0, those of a result from 1. */
function fromZero(result: Mutant): Mutant {
  const { start, end } = result.location;
  const location = {
    start: { line: start.line - 1, column: start.column - 1 },
    end: { line: end.line - 1, column: end.column - 1 },
  };
  return { ...result, location };
}
