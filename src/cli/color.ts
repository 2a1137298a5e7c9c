import pc from 'picocolors';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether text on a stream gets colours: on a terminal that has them, unless `NO_COLOR` is set, and elsewhere only with
 * `FORCE_COLOR`. A pipe stays plain on build servers too: picocolors by itself colours wherever `CI` is set.
 */
export function hasColors(isTerminal: boolean | undefined, env: Environment): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** Colours of data on standard output. */
export const color = pc.createColors(hasColors(process.stdout.isTTY, process.env));

/** Colours of remarks and errors on standard error. */
export const noteColor = pc.createColors(hasColors(process.stderr.isTTY, process.env));
