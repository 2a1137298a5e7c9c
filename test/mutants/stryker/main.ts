import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { command, machine, rounded } from '../../../bench/machine';
import { LAYERS, sample } from './sample';
import type { Score } from './score';

/**
 * With `--sample`: tests so many mutants, drawn by a seed from the layers in proportion to what each has, and prints the score.
 * Else Stryker, with Stryker's own options. Exit code 0 with survivors too: they are there to be read.
 */
const OPTIONS = {
  sample: { type: 'string', default: '400' },
  seed: { type: 'string', default: '1' },
  /** May be given more than once: these layers only. */
  layer: { type: 'string', multiple: true, default: LAYERS },
  concurrency: { type: 'string', default: String(Math.max(1, availableParallelism() - 1)) },
  json: { type: 'boolean', default: false },
} as const;

async function main(words: readonly string[]): Promise<void> {
  if (!words.some((word) => word === '--sample' || word.startsWith('--sample='))) {
    const { StrykerCli } = await import('@stryker-mutator/core');
    new StrykerCli(['node', 'stryker', 'run', 'test/mutants/stryker/config.json', ...words]).run();
    return;
  }
  const { values } = parseArgs({ args: [...words], options: OPTIONS });
  const beganAtMs = performance.now();
  const { layers, all, survivors } = await sample({
    count: Number(values.sample),
    seed: Number(values.seed),
    layers: values.layer,
    concurrency: Number(values.concurrency),
  });
  const seconds = rounded((performance.now() - beganAtMs) / 1_000, 1);
  if (values.json) {
    const measured = { seconds, machine: machine(), command: command('test:mutation') };
    console.log(JSON.stringify({ ...all, layers, survivors, ...measured }, null, 2));
    return;
  }
  for (const [name, score] of Object.entries({ ...layers, all })) console.log(`${name}: ${inWords(score)}`);
  for (const { at, status, replacement } of survivors) console.log(`${at} ${status}: ${replacement}`);
  console.log(`${seconds} s. ${machine()}`);
}

function inWords({ score, interval95, sampled, mutants, survived, noCoverage }: Score): string {
  const range = interval95 ? `${score} % (95 %: ${interval95.join(' to ')})` : 'no score';
  return `${range}, ${sampled} of ${mutants} mutants, ${survived} survived, ${noCoverage} not reached`;
}

void main(process.argv.slice(2));
