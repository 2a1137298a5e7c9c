import { hashOf } from './hash';
import { type Dear, dearOffsets } from './plan-avoid';
import {
  PLANNED_SHARE,
  type PlanJob,
  type PlanQuota,
  type PlanRate,
  type PlanRequest,
  type PlanSlot,
} from './plan-request';

/** A request laid out in minutes from the first earliest start. Jobs are in order of their names. */
export interface PlanGrid {
  readonly startMs: number;
  /** How many minutes there are: up to the last latest end. */
  readonly minutes: number;
  readonly rates: readonly PlanRate[];
  /** Level above which a rate is overloaded. */
  readonly levelMax: number;
  readonly quotas: readonly GridQuota[];
  readonly jobs: readonly GridJob[];
}

export interface GridQuota {
  readonly name: string;
  readonly limit: number;
  /** The first minute of each window, and at the end the first one after the last. */
  readonly bounds: readonly number[];
  /** What the first window holds already. */
  readonly drawn: number;
}

export interface GridJob {
  readonly name: string;
  readonly priority: number;
  /** How long a run takes. */
  readonly minutes: number;
  readonly slots: readonly GridSlot[];
  /** The highest offset that makes a difference to any slot. */
  readonly slackMinutes: number;
  readonly boxes: readonly Box[];
  readonly draws: readonly QuotaDraw[];
  /** Null when no start is dearer than another. */
  readonly dear: Dear | null;
  readonly pinned: number | null;
  readonly previous: number | null;
  /** Share of a limit times minutes, over all rates: the hardest jobs to place have most. */
  readonly area: number;
  readonly rank: number;
}

export interface GridSlot {
  readonly slotAtMs: number;
  readonly startMinute: number;
  /** How much later it may start; 0 also where its time is too short for it. */
  readonly slackMinutes: number;
  /** By how much its time is too short; 0 where it is not. */
  readonly missingMinutes: number;
  /** What it takes of the job's boxes and draws. */
  readonly share: number;
}

/** A level demand: a share of a rate's limit over some minutes of a run. */
export interface Box {
  readonly rate: number;
  readonly at: number;
  readonly minutes: number;
  /** Share of the limit, a multiple of SHARE_STEP. */
  readonly level: number;
}

export interface QuotaDraw {
  readonly quota: number;
  /** Of one run. */
  readonly amount: number;
}

const MINUTE_MS = 60_000;
/** Levels are whole numbers of this, so that adding and taking away leaves no remainder, in whatever order. */
export const SHARE_STEP = 2 ** -24;
/** By what a sum of rounded levels may exceed a bound that they meet exactly. */
const ROUNDING = 1e-5;
const PRIORITY_DEFAULT = 5;

export function layOut({ jobs, rates, quotas = [], plannedShare = PLANNED_SHARE }: PlanRequest): PlanGrid {
  const slots = jobs.flatMap((job) => job.slots);
  const startMs = slots.reduce((least, { earliestMs }) => Math.min(least, floorMinute(earliestMs)), Infinity);
  const base = { startMs: Number.isFinite(startMs) ? startMs : 0, rates, quotas };
  const laid = jobs.map((job) => layOutJob(job, base)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const minutes = laid.reduce((most, job) => Math.max(most, endOf(job)), 0);
  const gridQuotas = quotas.map((quota) => ({
    name: quota.name,
    limit: quota.limit,
    bounds: boundsOf(quota, base.startMs),
    drawn: quota.drawn ?? 0,
  }));
  const levelMax = plannedShare * (1 + ROUNDING);
  return { startMs: base.startMs, minutes, rates, levelMax, quotas: gridQuotas, jobs: laid };
}

interface GridBase {
  readonly startMs: number;
  readonly rates: readonly PlanRate[];
  readonly quotas: readonly PlanQuota[];
}

function layOutJob(job: PlanJob, base: GridBase): GridJob {
  const minutes = Math.max(1, Math.ceil(job.durationMs / MINUTE_MS));
  const placed = job.slots.map((asked) => ({ asked, laid: layOutSlot(asked, minutes, base.startMs) }));
  const slots = placed.map(({ laid }) => laid);
  const slackMinutes = slots.reduce((most, slot) => Math.max(most, slot.slackMinutes), 0);
  const boxes = base.rates.flatMap((rate, at) => boxesOf(job.rates[rate.name] ?? 0, minutes, { rate, at }));
  return {
    name: job.name,
    priority: job.priority ?? PRIORITY_DEFAULT,
    minutes,
    slots,
    slackMinutes,
    boxes,
    draws: base.quotas.flatMap(({ name }, quota) => {
      const amount = job.quotas?.[name] ?? 0;
      return amount > 0 ? [{ quota, amount }] : [];
    }),
    dear: dearOffsets(placed, base.startMs),
    pinned: pinnedWithin(job.pinnedOffsetMs, slackMinutes),
    previous: offsetWithin(job.previousOffsetMs, slackMinutes),
    area: boxes.reduce((sum, box) => sum + box.level * box.minutes, 0) * sharesOf(slots),
    rank: hashOf(job.name),
  };
}

function layOutSlot(
  { slotAtMs, earliestMs, latestEndMs, share = 1 }: PlanSlot,
  minutes: number,
  startMs: number,
): GridSlot {
  const startMinute = Math.ceil((earliestMs - startMs) / MINUTE_MS);
  const room = Math.floor((latestEndMs - startMs) / MINUTE_MS) - startMinute - minutes;
  return { slotAtMs, startMinute, slackMinutes: Math.max(0, room), missingMinutes: Math.max(0, -room), share };
}

/** Minutes of the same demand are one box. */
function boxesOf(
  demand: number | readonly number[],
  minutes: number,
  { rate, at }: { rate: PlanRate; at: number },
): Box[] {
  const boxes: Box[] = [];
  const perMinute = typeof demand === 'number' ? [demand] : demand;
  for (let from = 0; from < perMinute.length; ) {
    let to = from + 1;
    while (to < perMinute.length && perMinute[to] === perMinute[from]) to += 1;
    const level = Math.ceil((perMinute[from] ?? 0) / rate.perMinute / SHARE_STEP) * SHARE_STEP;
    const end = typeof demand === 'number' ? minutes : Math.min(to, minutes);
    if (level > 0 && end > from) boxes.push({ rate: at, at: from, minutes: end - from, level });
    from = to;
  }
  return boxes;
}

/** What a slot's run takes in a box. */
export function levelOf({ level }: Box, { share }: Pick<GridSlot, 'share'>): number {
  return share === 1 ? level : Math.ceil((level * share) / SHARE_STEP) * SHARE_STEP;
}

function sharesOf(slots: readonly GridSlot[]): number {
  return slots.reduce((sum, { share }) => sum + share, 0);
}

function pinnedWithin(offsetMs: number | null | undefined, slackMinutes: number): number | null {
  if (offsetMs === null || offsetMs === undefined) return null;
  return Math.min(slackMinutes, Math.max(0, Math.round(offsetMs / MINUTE_MS)));
}

function offsetWithin(offsetMs: number | null | undefined, slackMinutes: number): number | null {
  if (offsetMs === null || offsetMs === undefined) return null;
  const offset = Math.round(offsetMs / MINUTE_MS);
  return offset >= 0 && offset <= slackMinutes ? offset : null;
}

function boundsOf({ windows }: PlanQuota, startMs: number): number[] {
  const minuteOf = (atMs: number): number => Math.round((atMs - startMs) / MINUTE_MS);
  const last = windows.at(-1);
  return [...windows.map((window) => minuteOf(window.startMs)), ...(last ? [minuteOf(last.endMs)] : [])];
}

function endOf({ slots, minutes }: GridJob): number {
  return slots.reduce((most, slot) => Math.max(most, slot.startMinute + slot.slackMinutes + minutes), 0);
}

function floorMinute(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}
