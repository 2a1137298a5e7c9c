import { parseArgs } from 'node:util';
import type { Violation } from '../simulate/journal';
import { live } from '../simulate/life';
import { scenarioOf } from '../simulate/scenario';

/** What a hunt prints. */
export interface Found {
  /** Of the first life that broke a promise; null when none did. */
  readonly violation: Violation | null;
  /** Lives that were lived. */
  readonly lives: number;
}

/** Lives through the seeds from 1 on until one breaks a promise. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: 'string' }, days: { type: 'string' } } });
  const days = Number(values.days);
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const { violation } = await live(scenarioOf(seed, { days }));
    if (!violation) continue;
    print({ violation, lives: seed });
    return;
  }
  print({ violation: null, lives: Number(values.seeds) });
}

function print(found: Found): void {
  console.log(JSON.stringify(found));
}

void main();
