import type { AttemptRecord, Drawn, Settlement, Spent } from '../../../src/job/attempt';
import { isLease } from '../../../src/job/lease';
import type { Claim, Run } from '../../../src/job/run';
import type { SinkWrite } from '../../../src/job/sink';
import type { Budget } from '../../../src/limit/budget';
import type { BlockRequest, LedgerUsage } from '../../../src/limit/ledger';
import type { Store } from '../../../src/store/open';

/** A fresh store, and the same data as further processes on other machines see it. */
export interface Bench {
  readonly store: Store;
  readonly another: () => Promise<Store>;
  /** Closes every store that it opened, and removes the data. */
  readonly remove: () => Promise<void>;
}

export type OpenBench = () => Promise<Bench>;

/** 1 March 2026, 00:00 in Shanghai. */
export const NOW = Date.UTC(2026, 1, 28, 16);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const JOB = 'kuaishou-orders';
export const NOTHING: Settlement = { used: [], unsent: [], attempts: [] };
export const NO_WRITE: SinkWrite = { upsert: null, state: null };

/** The fence of a lease that must be free. */
export async function takeLease(store: Store, nowMs = NOW): Promise<number> {
  const answer = await store.lease.acquire('offpeak start', nowMs);
  if (!isLease(answer)) throw new Error(`the lease is held by ${answer.host}`);
  return answer.fence;
}

/** A run of JOB that has started, with these partitions. */
export async function startRun(store: Store, fence: number, keys: readonly string[] = ['shop-1']): Promise<Run> {
  const run = await store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'schedule', fence });
  const partitions = keys.map((key) => ({ key, scope: { user: key } }));
  return store.runs.start({ runId: run!.id, partitions, fence, nowMs: NOW });
}

/** A started run with one partition in the hands of this process. */
export async function claimed(store: Store): Promise<{ fence: number; run: Run; claim: Claim }> {
  const fence = await takeLease(store);
  const run = await startRun(store, fence);
  const claim = { runId: run.id, job: JOB, partition: 'shop-1', fence };
  await store.runs.claim(claim, NOW);
  return { fence, run, claim };
}

/** Commits pages with the cursors `{"page":1}`, `{"page":2}`, … on top of a version. Returns the last version. */
export async function commitPages(store: Store, claim: Claim, pages: { from: number; count: number }): Promise<number> {
  let version = pages.from;
  for (let page = 1; page <= pages.count; page++) {
    version = await store.runs.commitPage({
      claim,
      version,
      cursor: cursorOf(pages.from + page),
      recordCount: 0,
      write: NO_WRITE,
      settlement: NOTHING,
      nowMs: NOW,
    });
  }
  return version;
}

export function cursorOf(page: number): string {
  return JSON.stringify({ page });
}

export function blockOn(
  name: string,
  options: Partial<{ limit: number; needed: number; wanted: number; user: string; day: number }> = {},
): BlockRequest {
  const { limit = 10, needed = 1, wanted = needed, user, day = 0 } = options;
  const budget: Budget = { name, limit, per: 'day', scope: user ? ['user'] : [], source: 'test' };
  const startMs = NOW + day * DAY;
  return {
    draw: { budget, scope: user ? { user } : {}, counter: `${name}|${user ?? ''}` },
    window: { key: `day-${day}`, startMs, endMs: startMs + DAY },
    needed,
    wanted,
  };
}

/** Reserves what must be there. */
export async function reserved(store: Store, fence: number, ...blocks: BlockRequest[]): Promise<readonly Drawn[]> {
  const answer = await store.ledger.reserve({ platform: 'kuaishou', blocks, fence, nowMs: NOW });
  if (answer.kind === 'spent') throw new Error(`${answer.request.draw.counter} is spent`);
  return answer.blocks.map(({ drawn }) => drawn);
}

/** What the first counter of a budget holds now. */
export async function usageOf(store: Store, budget: string): Promise<LedgerUsage | undefined> {
  return (await store.ledger.usage(NOW)).find((row) => row.budget === budget);
}

/** Draws that cost what was reserved for them. */
export function asSpent(drawn: readonly Drawn[]): Spent[] {
  return drawn.map((each) => ({ ...each, spent: each.amount }));
}

export function attemptOf(attempt: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    platform: 'kuaishou',
    api: 'open.order.cursor.list',
    scopeKey: 'user=shop-1',
    attempt: 1,
    sentAtMs: NOW,
    durationMs: 12.5,
    status: 200,
    replyBytes: 2_048,
    outcome: 'ok',
    code: null,
    reason: null,
    ...attempt,
  };
}

/** What a refused promise was refused with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'no error';
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
}
