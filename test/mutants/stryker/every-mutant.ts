import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../tree';
import type { Mutant } from './mutant';

const silent = () => undefined;
const off = () => false;
const QUIET = {
  ...{ isTraceEnabled: off, isDebugEnabled: off, isInfoEnabled: off },
  ...{ isWarnEnabled: off, isErrorEnabled: off, isFatalEnabled: off },
  ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
};

/** Every mutant that Stryker makes of the files below a folder of the source. */
export async function everyMutant(folder: string): Promise<readonly Mutant[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  const files = names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map(async (name) => {
      const path = join(ROOT, folder, name);
      return { name: path, mutate: true, content: await readFile(path, 'utf8') };
    });
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const options = { plugins: null, ignorers: [], excludedMutations: [] };
  const { mutants } = await new Instrumenter(QUIET).instrument(await Promise.all(files), options);
  return mutants;
}
