import picomatch from 'picomatch';
import type { GlobalOptions } from './command';
import type { RunSelection } from './engine';

/** What `offpeak run` was asked for. */
export interface RunOptions extends GlobalOptions {
  readonly partition?: string;
  readonly maxCalls?: number;
  readonly dry?: boolean;
  readonly wait?: boolean;
  readonly evenIfPaused?: boolean;
}

/** The part of a run that was asked for. */
export function selectionOf({ partition, maxCalls }: RunOptions): RunSelection {
  const matches = partition === undefined ? () => true : picomatch(partition, { dot: true });
  return {
    selects: (key) => matches(key),
    calls: { left: maxCalls ?? null },
  };
}
