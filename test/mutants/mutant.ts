/** A promise of docs/design.md, "Guarantees". */
export type Guarantee = `G${number}`;

/** A defect that is put into the production source on purpose: the suites must find it. */
export interface Mutant {
  /** What is wrong, in words. */
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly breaks: Guarantee;
  /** The simulation, or the test that stands guard where the simulation does not look. */
  readonly killedBy: 'simulate' | `test/${string}.test.ts`;
}

/** The source with the defect in it. Throws where the table does not fit the source any more. */
export function plant(source: string, { name, file, find, replace }: Mutant): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new RangeError(`mutant "${name}": expected its text once in ${file}, found it ${parts.length - 1} times`);
}
