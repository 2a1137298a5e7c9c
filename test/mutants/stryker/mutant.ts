import { relative } from 'node:path';

/** Of Stryker's own record of a mutant: what is read here. Lines and columns count from 0, those of a result from 1. */
export interface Mutant {
  readonly fileName: string;
  readonly location: { readonly start: Place; readonly end: Place };
  readonly mutatorName: string;
  readonly replacement: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface MutantResult extends Mutant {
  readonly status: string;
}

/** What a mutant is known by, in every run on the same source. */
export function keyOf({ fileName, location: { start, end }, mutatorName, replacement }: Mutant): string {
  const range = `${start.line}:${start.column}-${end.line}:${end.column}`;
  return [relative(process.cwd(), fileName), range, mutatorName, replacement].join(' ');
}

export function fromZero<Of extends Mutant>(result: Of): Of {
  const { start, end } = result.location;
  const before = ({ line, column }: Place): Place => ({ line: line - 1, column: column - 1 });
  return { ...result, location: { start: before(start), end: before(end) } };
}

/** `src/run/gate.ts:12:5` */
export function placeOf({ fileName, location: { start } }: MutantResult): string {
  return `${relative(process.cwd(), fileName)}:${start.line}:${start.column}`;
}
