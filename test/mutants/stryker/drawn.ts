import { keyOf, type Mutant } from './mutant';

interface CheckResult {
  readonly status: 'passed' | 'compileError';
  readonly reason?: string;
}

/** Has Stryker test the mutants that were drawn, and no others: a range of lines would also name the mutants inside it. */
export class DrawnChecker {
  static readonly inject = ['options'];
  readonly #drawn: ReadonlySet<string>;

  constructor({ drawn }: { readonly drawn: readonly string[] }) {
    this.#drawn = new Set(drawn);
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  group(mutants: readonly { readonly id: string }[]): Promise<string[][]> {
    return Promise.resolve([mutants.map(({ id }) => id)]);
  }

  check(mutants: readonly (Mutant & { readonly id: string })[]): Promise<Record<string, CheckResult>> {
    const results = mutants.map((mutant) => [mutant.id, this.#resultOf(mutant)] as const);
    return Promise.resolve(Object.fromEntries(results));
  }

  #resultOf(mutant: Mutant): CheckResult {
    if (this.#drawn.has(keyOf(mutant))) return { status: 'passed' };
    return { status: 'compileError', reason: 'not drawn' };
  }
}
