/** A span of the past that a job does again, in chunks: each is a run of its own, one after the other. */
export interface BackfillRequest {
  readonly job: string;
  readonly fromMs: number;
  /** The end, which is not part of it. Not after `askedAtMs`. */
  readonly toMs: number;
  /** Length of a chunk, counted from `fromMs`; the newest one may be shorter. */
  readonly stepMs: number;
  /** Which end of the span comes first. */
  readonly order: 'old' | 'new';
  /** Calls that backfills of the job may make in a window of the shared quota; null: as many as the surplus allows. */
  readonly callsMax: number | null;
  /** Who asked for it. */
  readonly by: string;
  readonly askedAtMs: number;
}

/** `failed`: a chunk failed, and the rest waits for somebody. */
export type BackfillState = 'active' | 'done' | 'failed' | 'canceled';

export interface Backfill extends BackfillRequest {
  readonly id: number;
  readonly state: BackfillState;
  readonly chunksDone: number;
  /** The run of its present chunk, or of the last one; null before the first. */
  readonly runId: number | null;
  /** Why it failed, or who canceled it. */
  readonly reason: string | null;
  readonly endedAtMs: number | null;
}

/** The part of the past that a run of kind `backfill` is for. */
export interface PastSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of one backfill. */
export const BACKFILL_CHUNKS_MAX = 10_000;
/** Backfills that have ended and stay. */
export const ENDED_BACKFILLS_MAX = 1_000;
/** Calls of backfills go last where jobs share a limit. */
export const BACKFILL_PRIORITY = 9;

/** Port. Asking needs no lease; its holder opens the runs. */
export interface BackfillStore {
  ask(request: BackfillRequest): Promise<Backfill>;
  /** Ends one that is active or failed, and the run of its chunk, whose turns under way may still commit. Null where there is none. */
  cancel(id: number, by: { by: string; nowMs: number }): Promise<Backfill | null>;
  /** Lets one that failed go on: the partitions of its chunk that failed, at the page where they did. Null where none failed. */
  retry(id: number, nowMs: number): Promise<Backfill | null>;
  /** Notes what became of chunks, and opens the next one's run: of the oldest active one of these jobs, one at a time. */
  advance(held: { jobs: readonly string[]; fence: number; nowMs: number }): Promise<void>;
  /** Newest first. */
  list(filter: { states?: readonly BackfillState[]; limit: number }): Promise<Backfill[]>;
}

type Chunked = Pick<BackfillRequest, 'fromMs' | 'toMs' | 'stepMs' | 'order'>;

export function chunkCount({ fromMs, toMs, stepMs }: Omit<Chunked, 'order'>): number {
  return Math.ceil((toMs - fromMs) / stepMs);
}

/** The chunk that comes after so many others. */
export function chunkAt({ fromMs, toMs, stepMs, order }: Chunked, chunksBefore: number): PastSpan {
  const fromOldest = order === 'old' ? chunksBefore : chunkCount({ fromMs, toMs, stepMs }) - 1 - chunksBefore;
  const chunkFromMs = fromMs + fromOldest * stepMs;
  return { fromMs: chunkFromMs, toMs: Math.min(chunkFromMs + stepMs, toMs) };
}

/** Under whose name a backfill's calls are counted: they are none of its job's claim. */
export function backfillPayer(job: string): string {
  return `${job} (backfill)`;
}
