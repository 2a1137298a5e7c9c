import { type Command, InvalidArgumentError } from 'commander';
import type { Store } from '../store/open';
import { loadProject, type Place, type Project } from './project';
import { openProjectStore } from './project-store';
import { knowTokens } from './token-secrets';

/** Where a command works: the options that every command has. */
export interface GlobalOptions extends Place {
  readonly json?: boolean;
}

/** Gives a command the options that every one has. */
export function withGlobals(command: Command): Command {
  return command
    .option('-C, --dir <folder>', 'the project: where offpeak.config.ts, jobs/ and data/ are', process.cwd())
    .option('--config <file>', 'another config file')
    .option('--store <file>', 'another store than the one that the config names')
    .option('--json', 'print one JSON document instead of tables');
}

/** What an inspection command looks at: the project, and its store opened for reading. */
export async function inspecting<Result>(
  place: Place,
  look: (seen: { project: Project; store: Store }) => Promise<Result>,
): Promise<Result> {
  const project = await loadProject(place);
  const store = await openProjectStore(project, { readOnly: true });
  try {
    return await look({ project, store });
  } finally {
    await store.close();
  }
}

/** What a command changes by hand, also while a daemon runs: the project, and its store opened for writing without the lease. */
export async function changing<Result>(
  place: Place,
  change: (seen: { project: Project; store: Store }) => Promise<Result>,
): Promise<Result> {
  const project = await loadProject(place);
  knowTokens(project);
  const store = await openProjectStore(project);
  try {
    return await change({ project, store });
  } finally {
    await store.close();
  }
}

/** A whole number of at least 1; commander names the option when it is not. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}
