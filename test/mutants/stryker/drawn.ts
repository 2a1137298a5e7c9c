import { relative } from 'node:path';
import type { Checker, CheckResult } from '@stryker-mutator/api/check';
import type { Mutant } from '@stryker-mutator/api/core';

/** What a mutant is known by, in every run on the same source. */
export function keyOf({ fileName, location: { start, end }, mutatorName, replacement }: Mutant): string {
  const range = `${start.line}:${start.column}-${end.line}:${end.column}`;
  return [relative(process.cwd(), fileName), range, mutatorName, replacement].join(' ');
}

/** Has Stryker test the mutants that were drawn, and no others: a range of lines would also name the mutants inside it. */
export class DrawnChecker implements Checker {
  static readonly inject = ['options'];
  readonly #drawn: ReadonlySet<string>;

  constructor({ drawn }: { readonly drawn: readonly string[] }) {
    this.#drawn = new Set(drawn);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  group(mutants: Mutant[]): Promise<string[][]> {
    return Promise.resolve([mutants.map(({ id }) => id)]);
  }

  check(mutants: Mutant[]): Promise<Record<string, CheckResult>> {
    const results = mutants.map((mutant) => [mutant.id, this.#resultOf(mutant)] as const);
    return Promise.resolve(Object.fromEntries(results));
  }

  #resultOf(mutant: Mutant): CheckResult {
    const isDrawn = this.#drawn.has(keyOf(mutant));
    return (isDrawn ? { status: 'passed' } : { status: 'compileError', reason: 'not drawn' }) as CheckResult;
  }
}
