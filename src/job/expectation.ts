/** What a run is believed to take when it first starts: kept, so that it can be held against what the run took. */
export interface Expectation {
  readonly runId: number;
  /** Attempts; half of the runs take no more. */
  readonly callsP50: number;
  /** Four runs in five take no more. */
  readonly callsP80: number;
  /** From the first start to the end. */
  readonly durationP50Ms: number;
  readonly durationP80Ms: number;
  /** How many past runs it was built on; 0 for a guess. */
  readonly pastRuns: number;
}

/** Port. Rows go with their runs. */
export interface ExpectationStore {
  /** The first one of a run stays. */
  put(expectation: Expectation, fence: number): Promise<void>;
  /** Of the newest runs of a job, newest first. */
  list(filter: { job: string; limit: number }): Promise<Expectation[]>;
}
