import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** What is committed of a partition's file, which is named relative to the project directory. */
const committedSchema = z.strictObject({ file: z.string(), bytes: z.int().min(0) });
export type CommittedFile = Readonly<z.output<typeof committedSchema>>;

/** The state that a `jsonl` sink keeps with the cursor; null for another sink's. */
export function committedFile(state: string): CommittedFile | null {
  const result = committedSchema.safeParse(jsonOf(state));
  return result.success ? result.data : null;
}

/** A file of a `jsonl` sink as it is on the disk, against what the store says of it. */
export interface FoundFile extends CommittedFile {
  /** Null where there is none. */
  readonly foundBytes: number | null;
}

/** The files whose length is not what is committed. */
export function differingFiles(projectDirectory: string, states: readonly string[]): FoundFile[] {
  return states.flatMap((state) => {
    const committed = committedFile(state);
    if (!committed) return [];
    const found = statSync(resolve(projectDirectory, committed.file), { throwIfNoEntry: false });
    const foundBytes = found?.size ?? null;
    return (foundBytes ?? 0) === committed.bytes ? [] : [{ ...committed, foundBytes }];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
