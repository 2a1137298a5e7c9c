import type { Learned } from '../../src/limit/learned';
import { pagesOf } from './jobs';
import { type Bundle, RESUME_AT, START, setup } from './setup';

const USER = '101';
let bundle: Bundle;
afterEach(() => bundle.close());

/** The platform allows so many calls a day, and the budget says 1,000. */
async function open(perDay: number): Promise<Bundle> {
  bundle = await setup({
    users: [USER],
    job: { pages: pagesOf(Date.parse(START), 3) },
    kuaishou: { budgets: { 'app-day': 1_000 } },
    sandbox: {
      kuaishou: {
        merchants: { [USER]: { orders: 400, items: 0 } },
        limits: { appPerDay: perDay, apiQps: null, apiQpsByApi: {} },
      },
    },
  });
  return bundle;
}

async function learned(): Promise<readonly Learned[]> {
  return bundle.store.learned.list({ platform: 'shop', budget: 'app-day' });
}

describe('a quota that is gone earlier than our own count says', () => {
  it('is parked until the reset, and not a failure', async () => {
    const { run, sandbox } = await open(12);
    expect(await run()).toMatchObject({ state: 'parked', resumesAtMs: RESUME_AT, totals: { partitionsFailed: 0 } });
    expect(sandbox.ledger.refusals().length).toBeLessThanOrEqual(3);
  });

  it('is kept with how many calls somebody else must have made', async () => {
    const { run, sandbox } = await open(12);
    await run();
    const [row, ...more] = await learned();
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      scopeKey: `app=${sandbox.kuaishou.appKey}`,
      limit: null,
      reason: expect.stringContaining('Exceed quota limit') as string,
    });
    const missing = 1_000 - sandbox.ledger.attempts().length;
    expect(row?.strangers).toBeLessThanOrEqual(missing);
    expect(row?.strangers).toBeGreaterThanOrEqual(missing - 64); // permits in a block count as ours
  });

  it('is nobody’s when it ends as our own count does', async () => {
    await open(1_000);
    await bundle.run();
    expect(await learned()).toEqual([]);
  });
});
