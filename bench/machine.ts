import { cpus } from 'node:os';

/** What every figure is printed with. */
export function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'cpu'}, Node ${process.version}`;
}

/** The command line that was given, as it can be given again. */
export function command(script: string): string {
  const options = process.argv
    .slice(2)
    .filter((word) => word !== '--json')
    .map((word) => (word.includes(' ') ? `'${word}'` : word));
  return [`npm run -s ${script}`, ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
}

/** Microseconds of processor time that this process, all its threads together, took since. */
export function cpuUs(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
