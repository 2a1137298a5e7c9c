import { PutDown } from '../../src/run/put-down';
import { pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const MERCHANTS = {
  '101': { orders: 200, items: 0 },
  '102': { orders: 200, items: 0 },
  '103': { orders: 200, items: 0 },
};
const UNTIL_MS = Date.parse('2026-03-03T01:00:00+08:00');

let bundle: Bundle;
afterEach(() => bundle.close());

type End = Parameters<PutDown['order']>[0];

/** Drains once so many pages are committed, and orders the end at once after that where there is one. */
async function drainAfter(pages: number, putDown: PutDown, end?: End): Promise<void> {
  await afterPages(pages, () => {
    putDown.drain();
    if (end) putDown.order(end);
  });
}

/** Orders the end once so many pages are committed. */
function putDownAfter(pages: number, putDown: PutDown, end: End): Promise<void> {
  return afterPages(pages, () => putDown.order(end));
}

async function afterPages(pages: number, then: () => void): Promise<void> {
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START)), partitionsInFlight: 2 },
    sandbox: { latencyMs: [100, 200], kuaishou: { merchants: MERCHANTS } },
  });
  let left = pages;
  bundle.onEvent = ({ kind }) => {
    if (kind === 'page' && (left -= 1) === 0) then();
  };
}

describe('a run that is put down', () => {
  it('parks what is under way as told, starts nothing more, and goes on at the same page', async () => {
    const putDown = new PutDown();
    await putDownAfter(3, putDown, { kind: 'park', untilMs: UNTIL_MS, reason: 'its window closed' });
    const parked = await bundle.run({ putDown });
    const shares = await bundle.store.runs.partitions(parked.id);
    expect(shares.map(({ state }) => state)).toEqual(['parked', 'parked', 'waiting']);
    expect(shares[0]).toMatchObject({ parkedUntilMs: UNTIL_MS, reason: 'its window closed' });
    expect(parked.totals).toMatchObject({ partitionsFailed: 0, parks: 2 });

    await bundle.clock.advanceTo(UNTIL_MS);
    const done = await bundle.run();
    expect(done).toMatchObject({ id: parked.id, state: 'done', totals: { records: 600, resumes: 2 } });
    expect(bundle.sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  it('leaves what is under way waiting when it is only interrupted', async () => {
    const putDown = new PutDown();
    await putDownAfter(3, putDown, { kind: 'interrupt' });
    const run = await bundle.run({ putDown });
    expect(run).toMatchObject({ state: 'queued', totals: { parks: 0, partitionsFailed: 0 } });
    expect(run.totals.pages).toBeGreaterThanOrEqual(3);
  });

  it('lets what is under way end when it drains, and begins nothing else', async () => {
    const putDown = new PutDown();
    await drainAfter(3, putDown);
    const run = await bundle.run({ putDown });
    const shares = await bundle.store.runs.partitions(run.id);
    expect(shares.map(({ state }) => state)).toEqual(['done', 'done', 'waiting']);
    expect(await bundle.run()).toMatchObject({ id: run.id, state: 'done', totals: { records: 600, parks: 0 } });
  });

  it('that drains may still be cut short', async () => {
    const putDown = new PutDown();
    await drainAfter(3, putDown, { kind: 'park', untilMs: UNTIL_MS, reason: 'paused' });
    const run = await bundle.run({ putDown });
    const shares = await bundle.store.runs.partitions(run.id);
    expect(shares.map(({ state }) => state)).toEqual(['parked', 'parked', 'waiting']);
  });

  it('sends nothing when it was put down before its first page', async () => {
    const putDown = new PutDown();
    await putDownAfter(1, putDown, { kind: 'park', untilMs: UNTIL_MS, reason: 'paused' });
    putDown.order({ kind: 'park', untilMs: UNTIL_MS, reason: 'before the first page' });
    const run = await bundle.run({ putDown });
    expect(run.totals).toMatchObject({ pages: 0, attempts: 0 });
    expect(putDown.end).toMatchObject({ reason: 'before the first page' });
  });
});
