import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Found } from './hunt';
import { compiled, ROOT, type Tree } from './tree';

export interface KillerOptions {
  /** Of the simulation: tried one after the other, until a promise is broken. */
  readonly seeds: number;
  readonly days: number;
  /** Wall time. Whoever takes longer has found nothing. */
  readonly timeoutMs: number;
}

/** What a killer found in a tree: `ill` when it could not be run to its end, which proves nothing. */
export type Verdict =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'ill'; readonly why: string };

/** The part of jest's own report that is read. */
interface JestReport {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Simulates lives with the code of a tree. */
export async function simulateIn({ directory }: Tree, { seeds, days, timeoutMs }: KillerOptions): Promise<Verdict> {
  const hunt = join(directory, 'test/mutants/hunt.js');
  const printed = await outputOf([hunt, '--seeds', String(seeds), '--days', String(days)], { directory, timeoutMs });
  if (printed.kind === 'ill') return printed;
  const { violation, lives } = printed.report as Found;
  if (!violation) return { kind: 'survived' };
  return { kind: 'killed', by: `seed ${lives} of ${days} days: ${violation.invariant} ${violation.what}` };
}

/** Runs a test file of a tree. One that cannot be loaded has not found anything. */
export async function jestIn({ directory }: Tree, file: string, timeoutMs: number): Promise<Verdict> {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const options = ['--config', 'jest.json', '--rootDir', '.', '--runInBand', '--json', '--silent', '--no-cache'];
  const printed = await outputOf([jest, ...options, '--runTestsByPath', compiled(file)], { directory, timeoutMs });
  if (printed.kind === 'ill') return printed;
  const report = printed.report as JestReport;
  const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  if (report.numRuntimeErrorTestSuites > 0 || failed.length === 0)
    return { kind: 'ill', why: 'the test cannot be run' };
  const first = failed.find(({ status }) => status === 'failed');
  return first ? { kind: 'killed', by: first.title } : { kind: 'survived' };
}

type Printed = { readonly kind: 'printed'; readonly report: unknown } | Extract<Verdict, { readonly kind: 'ill' }>;

function outputOf(
  words: readonly string[],
  { directory, timeoutMs }: { readonly directory: string; readonly timeoutMs: number },
): Promise<Printed> {
  const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES_MAX } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: directory, ...limits }, (error, stdout, stderr) => {
      if (error?.killed) resolve({ kind: 'ill', why: `not at its end after ${timeoutMs} ms` });
      else resolve(parse(stdout) ?? { kind: 'ill', why: stderr.trim().split('\n').slice(-12).join('\n') });
    });
  });
}

function parse(stdout: string): Printed | null {
  try {
    return { kind: 'printed', report: JSON.parse(stdout) };
  } catch {
    return null;
  }
}
