/** What every subject of the throughput bench does: each partition fetches so many pages, one after the other. */
export interface Load {
  readonly url: string;
  readonly partitions: number;
  readonly pagesEach: number;
  readonly recordsPerPage: number;
  /** An empty one, for what the subject keeps. */
  readonly directory: string;
}
