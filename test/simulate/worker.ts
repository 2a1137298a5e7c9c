import { join } from 'node:path';
import { childSpec, tellParent } from '../../bench/child';
import { cpuUs } from '../../bench/machine';
import { liveTwice } from './campaign';
import { openFileDatabase } from './database';
import type { LifeOptions } from './life';
import type { Lived, WorkerSpec } from './spread';

/** Lives the seeds that its parent names, one after the other. */
const { directory, ...options } = childSpec() as WorkerSpec;
const openDatabase = directory === null ? undefined : onFile(join(directory, String(process.pid)));
const began = process.cpuUsage();

process.on('message', (seed: number) => void live(seed));

async function live(seed: number): Promise<void> {
  const report = await liveTwice(seed, { ...options, openDatabase });
  tellParent({ report, cpuUs: cpuUs(began) } satisfies Lived);
}

function onFile(directory: string): NonNullable<LifeOptions['openDatabase']> {
  let lives = 0;
  return (_, find) => openFileDatabase(join(directory, `life-${(lives += 1)}`), find);
}
