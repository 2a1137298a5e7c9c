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

/** Most are found within the first five lives. */
export const KILLER_DEFAULTS: KillerOptions = { seeds: 16, days: 30, timeoutMs: 600_000 };

/** Plants each mutant and runs what should kill it; once also on the source as it is, where it must not fail. */
export async function campaign({ mutants, processes, onMutant, ...options }: CampaignOptions): Promise<Report> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-mutants-'));
  const survivors: Survivor[] = [];
  try {
    const killers = new Killers(await Tree.compile(join(directory, 'whole')), options);
    await inParallel(mutants, processes ?? availableParallelism(), async (mutant, at) => {
      const beganAtMs = performance.now();
      const verdict = await killers.kill(mutant, join(directory, String(at)));
      if (verdict.kind !== 'killed') survivors.push(survivorOf(mutant, verdict));
      onMutant?.(mutant, verdict, (performance.now() - beganAtMs) / 1_000);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return { mutants: mutants.length, killed: mutants.length - survivors.length, survivors };
}

/** What fails without a mutant proves nothing with one. */
class Killers {
  readonly #whole: Tree;
  readonly #options: KillerOptions;
  readonly #onWhole = new Map<Mutant['killedBy'], Promise<Verdict>>();

  constructor(whole: Tree, options: KillerOptions) {
    this.#whole = whole;
    this.#options = options;
  }

  async kill(mutant: Mutant, directory: string): Promise<Verdict> {
    const before = await this.#withoutMutant(mutant.killedBy);
    if (before.kind === 'killed') return { kind: 'ill', why: `fails without a mutant: ${before.by}` };
    if (before.kind === 'ill') return before;
    const tree = await this.#whole.withMutant(mutant, directory);
    const verdict = await this.#run(mutant.killedBy, tree);
    await tree.delete();
    return verdict;
  }

  #withoutMutant(killer: Mutant['killedBy']): Promise<Verdict> {
    const verdict = this.#onWhole.get(killer) ?? this.#run(killer, this.#whole);
    this.#onWhole.set(killer, verdict);
    return verdict;
  }

  #run(killer: Mutant['killedBy'], tree: Tree): Promise<Verdict> {
    return killer === 'simulate' ? simulateIn(tree, this.#options) : jestIn(tree, killer, this.#options.timeoutMs);
  }
}

function survivorOf({ name, killedBy }: Mutant, verdict: Exclude<Verdict, { readonly kind: 'killed' }>): Survivor {
  return { name, killedBy, why: verdict.kind === 'ill' ? verdict.why : 'nothing failed' };
}

/** So many at once, the next one when one is done. */
export async function inParallel<Of>(
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
