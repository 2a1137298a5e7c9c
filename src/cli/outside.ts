import type { Config } from '../config';
import { differingFiles, type FoundFile } from '../sink/committed';
import { count, plain } from './print';
import { resolvePath } from './project';

/** Files that are named one by one. */
const FILES_SHOWN = 10;

/** Files of renewed tokens: state that is never in a backup of the store. */
export function tokenFiles({ directory, config }: { directory: string; config: Config }): string[] {
  const paths = Object.values(config.platforms).flatMap(({ tokens }) => {
    const source = tokens?.source;
    if (source === undefined || source === 'memory' || !('kind' in source) || source.kind !== 'token-file') return [];
    return [resolvePath(directory, source.path)];
  });
  return [...new Set(paths)];
}

/** What happens to each file of a `jsonl` sink that is not as long as a store says. */
export function fileLines(projectDirectory: string, sinkStates: readonly string[]): string[] {
  const differing = differingFiles(projectDirectory, sinkStates);
  const lines = differing.slice(0, FILES_SHOWN).map(fileLine);
  return differing.length > FILES_SHOWN ? [...lines, `and ${count(differing.length - FILES_SHOWN)} files more`] : lines;
}

function fileLine({ file, bytes, foundBytes }: FoundFile): string {
  const name = plain(file);
  if (foundBytes === null || foundBytes === 0)
    return `${name} is missing: a new one is begun, without its first ${count(bytes)} bytes`;
  if (foundBytes < bytes)
    return `${name} has ${count(foundBytes)} of ${count(bytes)} bytes: its partition fails until the file is brought back, or moved away`;
  return `${name} has ${count(foundBytes - bytes)} bytes more: the next page cuts them off, and brings their records again`;
}
