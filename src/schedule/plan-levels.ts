import assert from 'node:assert';
import { type GridJob, type GridSlot, levelOf, type PlanGrid } from './plan-grid';
import { overdrawsOf, QuotaUse } from './plan-quota';
import { type Scan, scanOver, scanPeaks } from './plan-scan';

/** Where the jobs stand while a plan is made: an offset for each, and the load that they make together. */
export class Levels {
  readonly grid: PlanGrid;
  /** One for each rate: shares of its limit by minute. Changed in place. */
  readonly loads: readonly Float64Array[];
  readonly #quotas: readonly QuotaUse[];
  readonly #offsets: (number | null)[];

  constructor(grid: PlanGrid) {
    this.grid = grid;
    this.loads = grid.rates.map(() => new Float64Array(grid.minutes));
    this.#quotas = grid.quotas.map((quota) => new QuotaUse(quota));
    this.#offsets = grid.jobs.map(() => null);
  }

  jobAt(at: number): GridJob {
    const job = this.grid.jobs[at];
    assert(job, `there is no job ${at}`);
    return job;
  }

  isPlaced(at: number): boolean {
    return this.#offsets[at] !== null;
  }

  offsetOf(at: number): number {
    const offset = this.#offsets[at];
    assert(typeof offset === 'number', `job ${at} has no place yet`);
    return offset;
  }

  put(at: number, offset: number): void {
    assert(!this.isPlaced(at), `job ${at} has a place already`);
    this.#offsets[at] = offset;
    this.#draw(this.jobAt(at), offset, 1);
  }

  take(at: number): number {
    const offset = this.offsetOf(at);
    this.#draw(this.jobAt(at), offset, -1);
    this.#offsets[at] = null;
    return offset;
  }

  /** Of a job that has no place. */
  peaks(at: number): Scan {
    return scanPeaks(this.jobAt(at), this.loads);
  }

  /** Of a job that has no place. */
  overs(at: number, targets: readonly number[]): Scan {
    return scanOver(this.jobAt(at), this.loads, targets);
  }

  /** Of a job that has no place: what it would overdraw on quotas, as a share of them; null when all offsets are alike. */
  overdraws(at: number): Scan | null {
    return overdrawsOf(this.jobAt(at), this.#quotas);
  }

  peakOf(rate: number): number {
    let peak = 0;
    for (const level of this.loads[rate] ?? []) if (level > peak) peak = level;
    return peak;
  }

  /** True when a rate is planned with more than it should be. */
  get isOverloaded(): boolean {
    return this.loads.some((_, rate) => this.peakOf(rate) > this.grid.levelMax);
  }

  snapshot(): number[] {
    return this.grid.jobs.map((_, at) => this.offsetOf(at));
  }

  restore(offsets: readonly number[]): void {
    for (const [at, offset] of offsets.entries()) {
      if (this.offsetOf(at) === offset) continue;
      this.take(at);
      this.put(at, offset);
    }
  }

  #draw(job: GridJob, offset: number, sign: 1 | -1): void {
    for (const slot of job.slots) {
      const start = startOf(slot, offset);
      for (const box of job.boxes) {
        const load = this.loads[box.rate];
        if (load === undefined) continue;
        const end = start + box.at + box.minutes;
        const level = sign * levelOf(box, slot);
        for (let minute = start + box.at; minute < end; minute += 1) load[minute] = (load[minute] ?? 0) + level;
      }
      for (const { quota, amount } of job.draws)
        this.#quotas[quota]?.draw({ start, minutes: job.minutes, amount: sign * amount * slot.share });
    }
  }
}

/** A slot that has less time than others starts as late as it still fits. */
export function startOf(slot: GridSlot, offset: number): number {
  return slot.startMinute + Math.min(offset, slot.slackMinutes);
}
