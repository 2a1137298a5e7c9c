import type { Run, RunKind, RunState, UnfinishedRun } from '../job/run';
import type { SkipCause } from '../job/slot';

/** A run with what its partitions add up to. */
export interface RunRow extends UnfinishedRow {
  readonly because: SkipCause | null;
  readonly reason: string | null;
  readonly into_run_id: number | null;
  readonly slots: number;
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  readonly calls_max: number | null;
  readonly ended_at_ms: number | null;
  readonly resumes_at_ms: number | null;
  readonly partitions: number;
  readonly partitions_waiting: number;
  readonly partitions_running: number;
  readonly partitions_done: number;
  readonly partitions_parked: number;
  readonly partitions_failed: number;
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
  readonly parks: number;
  readonly resumes: number;
}

export interface UnfinishedRow {
  readonly id: number;
  readonly job: string;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly slot_at_ms: number;
  readonly start_at_ms: number | null;
  readonly started_at_ms: number | null;
}

/** Goes before a WHERE on `r`. */
export const SELECT_RUNS = `
  SELECT r.*,
    (SELECT MIN(parked_until_ms) FROM offpeak_run_partition
      WHERE run_id = r.id AND parked_until_ms IS NOT NULL) AS resumes_at_ms,
    t.partitions, t.waiting AS partitions_waiting, t.running AS partitions_running, t.done AS partitions_done,
    t.parked AS partitions_parked, t.failed AS partitions_failed, t.pages, t.records, t.attempts, t.parks, t.resumes
  FROM offpeak_run r JOIN offpeak_run_totals t ON t.run_id = r.id`;

/** What can go on now comes first, then what waits for an instant; a run ends only when every partition has. */
export function stateOf(row: RunRow): RunState {
  if (row.partitions_running > 0) return 'running';
  if (row.partitions_waiting > 0) return 'queued';
  if (row.partitions_parked > 0) return 'parked';
  return row.partitions_failed > 0 ? 'failed' : 'done';
}

export function fromUnfinishedRow(row: UnfinishedRow): UnfinishedRun {
  return {
    id: row.id,
    job: row.job,
    kind: row.kind,
    state: row.state,
    slotAtMs: row.slot_at_ms,
    startAtMs: row.start_at_ms,
    startedAtMs: row.started_at_ms,
  };
}

export function fromRow(row: RunRow): Run {
  return {
    ...fromUnfinishedRow(row),
    because: row.because,
    reason: row.reason,
    intoRunId: row.into_run_id,
    slots: row.slots,
    past:
      row.from_ms === null || row.to_ms === null
        ? null
        : { fromMs: row.from_ms, toMs: row.to_ms, callsMax: row.calls_max },
    endedAtMs: row.ended_at_ms,
    resumesAtMs: row.resumes_at_ms,
    totals: {
      partitions: row.partitions,
      partitionsDone: row.partitions_done,
      partitionsParked: row.partitions_parked,
      partitionsFailed: row.partitions_failed,
      pages: row.pages,
      records: row.records,
      attempts: row.attempts,
      parks: row.parks,
      resumes: row.resumes,
    },
  };
}
