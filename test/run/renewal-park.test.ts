import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenFile } from '../../src/store/token-file';
import { DAY_MS, pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const RENEWAL = 'oauth2.refresh_token';
const USER = '101';
/** 8 pages, 5 of them in the first day's quota. */
const MERCHANTS = { [USER]: { orders: 400, items: 0 } };
const CALLS_PER_DAY = 5;
const ACCESS_MS = 300_000;

let directory: string;
let path: string;
let bundle: Bundle;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'offpeak-tokens-'));
  path = join(directory, 'tokens.json');
});
afterEach(async () => {
  await bundle.close();
  await rm(directory, { recursive: true, force: true });
});

/** A sync of one merchant whose tokens are in a file, with the end of the access token known. */
async function open(): Promise<Bundle> {
  const endsAtMs = Date.parse(START) + ACCESS_MS;
  const first = { accessToken: `access-${USER}`, refreshToken: `refresh-${USER}`, expiresAtMs: endsAtMs };
  writeFileSync(path, JSON.stringify({ [USER]: first }));
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START)) },
    kuaishou: { tokens: openTokenFile(path), budgets: { 'app-day': CALLS_PER_DAY } },
    sandbox: {
      kuaishou: {
        merchants: MERCHANTS,
        accessTokenLifetimeMs: ACCESS_MS,
        limits: { appPerDay: CALLS_PER_DAY },
      },
    },
  });
  return bundle;
}

function apis(): string[] {
  return bundle.sandbox.ledger.attempts().map(({ api }) => api);
}

function denied(): number {
  return bundle.sandbox.ledger.attempts({ verdict: 'denied' }).length;
}

function savedRefreshToken(): string | undefined {
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Record<string, { refreshToken: string }>;
  return entries[USER]?.refreshToken;
}

describe('a sync whose quota is spent and whose token ends while it is parked', () => {
  it('renews the token once, first of all, and delivers every record once', async () => {
    const { clock, run, sandbox, store } = await open();
    const parked = await run();
    expect(parked.state).toBe('parked');
    const before = apis().length;
    await clock.advanceTo(parked.resumesAtMs ?? 0);
    const done = await run();
    expect(done).toMatchObject({ state: 'done', totals: { records: 400, partitionsFailed: 0 } });
    expect(apis().slice(before)).toEqual([RENEWAL, ORDERS, ORDERS, ORDERS]);
    expect(denied()).toBe(0);
    expect(await store.records.keys('orders')).toHaveLength(400);
    expect(sandbox.ledger.overBudget()).toBe(0);
    expect(savedRefreshToken()).toBe(sandbox.kuaishou.tokens(USER)?.refreshToken);
  });

  it.each([1, 30, 170])('does so after %i days without a process, too', async (days) => {
    const { clock, run, play } = await open();
    expect((await run()).state).toBe('parked');
    await play(bundle.process.close());
    const before = apis().length;
    await clock.advance(days * DAY_MS);
    bundle.process = await bundle.another();
    // Orders are kept for 90 days: what is asked for then has its own end, and the token is renewed all the same.
    const done = await run();
    expect(done.state).toBe(days < 90 ? 'done' : 'failed');
    expect(apis()[before]).toBe(RENEWAL);
    expect(apis().filter((api) => api === RENEWAL)).toHaveLength(1);
    expect(denied()).toBe(0);
  });

  it('fails with what to do about it when the consent has ended meanwhile, and with one request', async () => {
    const { clock, run, play } = await open();
    await run();
    await play(bundle.process.close());
    const before = apis().length;
    await clock.advance(181 * DAY_MS);
    bundle.process = await bundle.another();
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(apis().slice(before)).toEqual([RENEWAL]);
    const [partition] = await bundle.store.runs.partitions(failed.id);
    expect(partition?.reason).toMatch(/authorise the app again.*pageSign=002c1c7e/);
  });
});
