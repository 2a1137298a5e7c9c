import { type MutantResult, placeOf } from './mutant';

/** What became of the mutants that were drawn from one layer, or from all. */
export interface Score {
  /** All there are. */
  readonly mutants: number;
  readonly sampled: number;
  readonly killed: number;
  /** Did not come to an end with the mutant, which counts as killed. */
  readonly timeout: number;
  readonly survived: number;
  /** No test reaches them, which counts as survived. */
  readonly noCoverage: number;
  /** Reached while a file is loaded only, or makes no program that runs: not judged. */
  readonly notJudged: number;
  /** Killed, of those that were judged, in percent. */
  readonly score: number | null;
  /** Where the score of all mutants lies, with 95 % confidence (Wilson). */
  readonly interval95: readonly [number, number] | null;
}

export interface Survivor {
  readonly at: string;
  readonly status: string;
  readonly mutator: string;
  readonly replacement: string;
}

export function scoreOf(mutants: number, drawn: readonly Pick<MutantResult, 'status'>[]): Score {
  const count = (...statuses: string[]) => drawn.filter(({ status }) => statuses.includes(status)).length;
  const [killed, timeout] = [count('Killed'), count('Timeout')];
  const [survived, noCoverage] = [count('Survived'), count('NoCoverage')];
  const judged = killed + timeout + survived + noCoverage;
  return {
    ...{ mutants, sampled: drawn.length, killed, timeout, survived, noCoverage, notJudged: drawn.length - judged },
    score: judged === 0 ? null : percent((killed + timeout) / judged),
    interval95: judged === 0 ? null : wilson95(killed + timeout, judged),
  };
}

export function survivorsOf(drawn: readonly MutantResult[]): readonly Survivor[] {
  return drawn
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map((result) => {
      const { status, mutatorName: mutator, replacement } = result;
      return { at: placeOf(result), status, mutator, replacement };
    })
    .sort((a, b) => a.at.localeCompare(b.at, 'en', { numeric: true }));
}

/** Wilson, E. B. (1927): holds near 0 and 100 % too, where the normal interval does not. In percent. */
export function wilson95(hits: number, trials: number): readonly [number, number] {
  const z = 1.96;
  const share = hits / trials;
  const middle = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  const whole = 1 + z ** 2 / trials;
  return [percent(Math.max(0, (middle - half) / whole)), percent(Math.min(1, (middle + half) / whole))];
}

function percent(share: number): number {
  return Number((100 * share).toFixed(1));
}
