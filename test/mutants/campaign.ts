import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jestIn, type KillerOptions, simulateIn, type Verdict } from './killer';
import type { Mutant } from './mutant';
import { Tree } from './tree';

export interface CampaignOptions extends KillerOptions {
  readonly mutants: readonly Mutant[];
  /** Killers at once. Default as many as there are cores. */
  readonly processes?: number | undefined;
  /** Told of each mutant, with the wall time that it took. */
  readonly onMutant?: ((mutant: Mutant, verdict: Verdict, seconds: number) => void) | undefined;
}

/** What became of a table of mutants. */
export interface Report {
  readonly mutants: number;
  readonly killed: number;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  readonly name: string;
  readonly killedBy: Mutant['killedBy'];
  readonly why: string;
}

/** Enough for most: a life that breaks a promise is found within the first of them. */
export const KILLER_DEFAULTS: KillerOptions = { seeds: 24, days: 8, timeoutMs: 600_000 };

/** Plants each mutant and runs what should kill it. Throws where a killer fails on the source as it is: it would prove nothing. */
export async function campaign({ mutants, processes, onMutant, ...killers }: CampaignOptions): Promise<Report> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-mutants-'));
  const survivors: Survivor[] = [];
  try {
    const whole = await Tree.compile(join(directory, 'whole'));
    const tests = testsOf(mutants);
    if (tests.length > 0) mustPass(await jestIn(whole, tests, killers.timeoutMs), tests.join(' '));
    if (tests.length < new Set(mutants.map(({ killedBy }) => killedBy)).size)
      mustPass(await simulateIn(whole, killers), 'the simulation');
    await inParallel(mutants, processes ?? availableParallelism(), async (mutant, at) => {
      const beganAtMs = performance.now();
      const tree = await whole.withMutant(mutant, join(directory, String(at)));
      const verdict = await kill(tree, mutant, killers);
      await tree.delete();
      if (verdict.kind !== 'killed') survivors.push(survivorOf(mutant, verdict));
      onMutant?.(mutant, verdict, (performance.now() - beganAtMs) / 1_000);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return { mutants: mutants.length, killed: mutants.length - survivors.length, survivors };
}

function kill(tree: Tree, { killedBy }: Mutant, killers: KillerOptions): Promise<Verdict> {
  return killedBy === 'simulate' ? simulateIn(tree, killers) : jestIn(tree, [killedBy], killers.timeoutMs);
}

function mustPass(verdict: Verdict, what: string): void {
  if (verdict.kind === 'survived') return;
  throw new Error(`${what}: fails without a mutant: ${verdict.kind === 'ill' ? verdict.why : verdict.by}`);
}

function survivorOf({ name, killedBy }: Mutant, verdict: Exclude<Verdict, { readonly kind: 'killed' }>): Survivor {
  return { name, killedBy, why: verdict.kind === 'ill' ? verdict.why : 'nothing failed' };
}

function testsOf(mutants: readonly Mutant[]): string[] {
  return [...new Set(mutants.map(({ killedBy }) => killedBy).filter((killer) => killer !== 'simulate'))];
}

async function inParallel<Of>(
  all: readonly Of[],
  atOnceMax: number,
  act: (one: Of, at: number) => Promise<void>,
): Promise<void> {
  const left = all.entries();
  const workers = Array.from({ length: Math.min(atOnceMax, all.length) }, async () => {
    for (const [at, one] of left) await act(one, at);
  });
  await Promise.all(workers);
}
