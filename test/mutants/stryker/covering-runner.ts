import { readFile, writeFile } from 'node:fs/promises';
import type {
  DryRunOptions,
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestRunner,
  TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import { strykerPlugins } from '@stryker-mutator/jest-runner';

interface Injector {
  injectFunction(factory: unknown): TestRunner;
}

/** Of a test file: the names of its tests, and what they took without a mutant. */
interface TestFile {
  readonly path: string;
  readonly tests: Readonly<Record<string, number>>;
}

/** In the copy of the source that is tested: written by the process of the first run, read by the others. */
const TEST_FILES = '.test-files.json';

/**
 * Stryker's runner of Jest loads every test file for every mutant. This one has it load the files only whose tests reach the
 * mutant, the quickest first, until one kills it.
 */
export class CoveringRunner implements TestRunner {
  static readonly inject = ['$injector'];
  readonly #jest: TestRunner;
  #files: readonly TestFile[] | null = null;

  constructor(injector: Injector) {
    const plugin = strykerPlugins.find(({ name }) => name === 'jest');
    this.#jest = injector.injectFunction(plugin?.factory);
  }

  capabilities(): Promise<TestRunnerCapabilities> | TestRunnerCapabilities {
    return this.#jest.capabilities();
  }

  async init(): Promise<void> {
    await this.#jest.init?.();
  }

  async dryRun(options: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#jest.dryRun(options);
    if (result.status === 'complete') await writeFile(TEST_FILES, JSON.stringify(testFilesOf(result.tests)));
    return result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    this.#files ??= JSON.parse(await readFile(TEST_FILES, 'utf8')) as readonly TestFile[];
    let nrOfTests = 0;
    for (const { path, testFilter } of covering(this.#files, options.testFilter)) {
      process.env['OFFPEAK_MUTANT_TEST_FILE'] = path;
      const result = await this.#jest.mutantRun({ ...options, testFilter });
      if (result.status !== 'survived') return result;
      nrOfTests += result.nrOfTests;
    }
    return { status: 'survived' as MutantRunResult['status'], nrOfTests } as MutantRunResult;
  }
}

function testFilesOf(tests: readonly { readonly id: string; fileName?: string; timeSpentMs: number }[]): TestFile[] {
  const files = new Map<string, Record<string, number>>();
  for (const { id, fileName = '', timeSpentMs } of tests)
    files.set(fileName, { ...files.get(fileName), [id]: timeSpentMs });
  return [...files].map(([path, ofFile]) => ({ path, tests: ofFile }));
}

/** Without a filter: all tests. */
function covering(
  files: readonly TestFile[],
  filter: readonly string[] | undefined,
): { readonly path: string; readonly testFilter: string[] }[] {
  const names = filter && new Set(filter);
  const parts = files.map(({ path, tests }) => {
    const testFilter = Object.keys(tests).filter((name) => names?.has(name) ?? true);
    return { path, testFilter, ms: testFilter.reduce((sum, name) => sum + (tests[name] ?? 0), 0) };
  });
  return parts.filter(({ testFilter }) => testFilter.length > 0).sort((a, b) => a.ms - b.ms);
}
