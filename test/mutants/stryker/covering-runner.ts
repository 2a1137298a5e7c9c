import { readFile, writeFile } from 'node:fs/promises';

/** Stryker's port, as far as it is used here. */
export interface TestRunner {
  capabilities(): unknown;
  init?(): Promise<void>;
  dryRun(options: unknown): Promise<DryRunResult>;
  mutantRun(options: MutantRunOptions): Promise<MutantRunResult>;
}

/** Stryker's runner of Jest. */
export interface JestRunner extends TestRunner {
  enableFindRelatedTests: boolean;
}

interface DryRunResult {
  readonly status: string;
  readonly tests?: readonly { readonly id: string; readonly fileName?: string; readonly timeSpentMs: number }[];
}

interface MutantRunOptions {
  /** Names of tests; all of them when left out. */
  readonly testFilter?: readonly string[];
}

interface MutantRunResult {
  readonly status: string;
  readonly nrOfTests?: number;
}

/** The names of a file's tests, and what each took without a mutant, ms. */
type TestFiles = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** In the copy of the source that is tested: written by the process of the first run, read by the others. */
const TEST_FILES = '.test-files.json';

/**
 * Stryker's runner of Jest loads every test file for every mutant. This one has it load only the files whose tests reach the
 * mutant, the quickest first, until one kills it.
 */
export class CoveringRunner implements TestRunner {
  readonly #jest: JestRunner;
  #files: TestFiles | null = null;

  constructor(jest: JestRunner) {
    this.#jest = jest;
  }

  capabilities(): unknown {
    return this.#jest.capabilities();
  }

  async init(): Promise<void> {
    await this.#jest.init?.();
  }

  async dryRun(options: unknown): Promise<DryRunResult> {
    const result = await this.#jest.dryRun(options);
    await writeFile(TEST_FILES, JSON.stringify(testFilesOf(result.tests ?? [])));
    return result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    this.#files ??= JSON.parse(await readFile(TEST_FILES, 'utf8')) as TestFiles;
    this.#jest.enableFindRelatedTests = false; // the first run has told which they are
    let nrOfTests = 0;
    for (const { path, testFilter } of covering(this.#files, options.testFilter)) {
      process.env['OFFPEAK_MUTANT_TEST_FILE'] = path; // see one-file.cjs
      const result = await this.#jest.mutantRun({ ...options, testFilter });
      if (result.status !== 'survived') return result;
      nrOfTests += result.nrOfTests ?? 0;
    }
    return { status: 'survived', nrOfTests };
  }
}

function testFilesOf(tests: NonNullable<DryRunResult['tests']>): TestFiles {
  const files: Record<string, Record<string, number>> = {};
  for (const { id, fileName = '', timeSpentMs } of tests) (files[fileName] ??= {})[id] = timeSpentMs;
  return files;
}

interface Part {
  readonly path: string;
  readonly testFilter: readonly string[];
}

function covering(files: TestFiles, filter: readonly string[] | undefined): readonly Part[] {
  const names = filter && new Set(filter);
  const parts = Object.entries(files).map(([path, tests]) => {
    const testFilter = Object.keys(tests).filter((name) => names?.has(name) ?? true);
    return { path, testFilter, ms: testFilter.reduce((sum, name) => sum + (tests[name] ?? 0), 0) };
  });
  return parts.filter(({ testFilter }) => testFilter.length > 0).sort((a, b) => a.ms - b.ms);
}
