import { type Engine, openEngine } from '../src/cli/engine';
import type { EngineOptions } from '../src/cli/engine-options';
import type { Project } from '../src/cli/project';
import { type ConfigDefinition, parseConfig } from '../src/config';
import type { Job } from '../src/job/parse';
import { stopControl } from '../src/run/stop';
import { SecretVault } from '../src/secrets';
import { systemClock } from '../src/time/system-clock';

/** Jobs and platforms as if they had been loaded from this folder. */
export function benchProject(directory: string, config: ConfigDefinition, jobs: readonly Job[]): Project {
  const vault = new SecretVault({ env: () => 'invented-for-the-bench', file: () => '' });
  return { directory, config: parseConfig(config, 'bench'), jobs, broken: [], warnings: [], vault };
}

type Watched = Pick<EngineOptions, 'project' | 'store'> & Partial<Pick<EngineOptions, 'stop' | 'onEvent'>>;

/** The engine in real time, in silence. */
export function openBenchEngine(watched: Watched): Promise<Engine> {
  return openEngine({
    stop: stopControl(systemClock, 1_000),
    onEvent: nothing,
    ...watched,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    command: 'bench',
    clock: systemClock,
    random: Math.random,
  });
}

function nothing(): void {
  // a bench watches what it measures
}
