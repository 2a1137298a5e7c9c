/** An instant for people, in the zone in which everything of a job is told. */
export type InstantText = (atMs: number) => string;
