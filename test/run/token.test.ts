import type { TokenSet, TokenSource } from '../../src/platform/platform';
import type { MerchantTokenPair } from '../../src/sandbox/merchant-token';
import { ordersQuery } from './jobs';
import { type Bundle, type SetupOptions, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const RENEWAL = 'oauth2.refresh_token';
const MERCHANTS = {
  '101': { orders: 200, items: 0 },
  '102': { orders: 200, items: 0 },
  '103': { orders: 200, items: 0 },
};

let bundle: Bundle & { tokens: RecordedTokens };
afterEach(() => bundle.close());

/** A token source that writes down what happens to it, and what the sandbox had seen by then. */
class RecordedTokens implements TokenSource {
  readonly saved: { owner: string; tokens: TokenSet; callsBefore: number }[] = [];
  readonly #kept = new Map(Object.keys(MERCHANTS).map((user) => [user, firstOf(user)]));
  failing = 0;

  load(owner: string): Promise<TokenSet | null> {
    return Promise.resolve(this.#kept.get(owner) ?? null);
  }

  async save(owner: string, tokens: TokenSet): Promise<void> {
    if (this.failing > 0) {
      this.failing -= 1;
      throw new Error('disk full');
    }
    this.saved.push({ owner, tokens, callsBefore: served(owner) });
    this.#kept.set(owner, tokens);
    await Promise.resolve();
  }

  /** As an operator does after a merchant has authorised again. */
  put(owner: string, tokens: TokenSet): void {
    this.#kept.set(owner, tokens);
  }
}

/** What the sandbox gives a merchant at first. */
function firstOf(user: string): TokenSet {
  return { accessToken: `access-${user}`, refreshToken: `refresh-${user}`, expiresAtMs: null };
}

function issued(pair: MerchantTokenPair | null): TokenSet | null {
  return pair && { accessToken: pair.accessToken, refreshToken: pair.refreshToken, expiresAtMs: null };
}

function served(user: string): number {
  return bundle.sandbox.ledger.attempts({ api: ORDERS, user, verdict: 'served' }).length;
}

function renewals(): number {
  return bundle.sandbox.ledger.attempts({ api: RENEWAL }).length;
}

async function open({ sandbox, kuaishou, ...options }: SetupOptions = {}): Promise<typeof bundle> {
  const tokens = new RecordedTokens();
  const opened = await setup({
    ...options,
    kuaishou: { tokens, ...kuaishou },
    sandbox: { latencyMs: [20, 40], ...sandbox, kuaishou: { merchants: MERCHANTS, ...sandbox?.kuaishou } },
  });
  bundle = Object.assign(opened, { tokens });
  return bundle;
}

/** Four calls of one user side by side in one page. */
const SIDE_BY_SIDE: SetupOptions['job'] = {
  async *pages({ call, nowMs }) {
    const calls = [1, 2, 3, 4].map(() => call('open.order.cursor.list', ordersQuery(nowMs)));
    await Promise.all(calls);
    yield { records: [], cursor: { page: 'end' } };
  },
};

describe('an access token that has expired', () => {
  it('is renewed once for each user, and the run does not notice', async () => {
    const { sandbox, run, tokens } = await open();
    sandbox.kuaishou.expireAccessTokens();
    const done = await run();
    expect(done).toMatchObject({ state: 'done', totals: { partitionsFailed: 0, records: 600 } });
    expect(renewals()).toBe(3);
    expect(tokens.saved.map(({ owner }) => owner).sort()).toEqual(['101', '102', '103']);
  });

  it('is renewed once for calls of one user side by side', async () => {
    const { sandbox, run } = await open({ users: ['101'], job: SIDE_BY_SIDE });
    sandbox.kuaishou.expireAccessTokens();
    expect((await run()).state).toBe('done');
    expect(renewals()).toBe(1);
    expect(served('101')).toBe(4);
  });

  it('is replaced by one that was saved first, with its rotated refresh token', async () => {
    const { sandbox, run, tokens } = await open({ users: ['101'] });
    const before = sandbox.kuaishou.tokens('101');
    sandbox.kuaishou.expireAccessTokens();
    await run();
    expect(tokens.saved).toHaveLength(1);
    expect(tokens.saved[0]?.callsBefore).toBe(0); // the new one was not used yet
    const after = sandbox.kuaishou.tokens('101');
    expect(after?.refreshToken).not.toBe(before?.refreshToken);
    expect(tokens.saved[0]?.tokens).toMatchObject({
      accessToken: after?.accessToken,
      refreshToken: after?.refreshToken,
    });
  });

  it('is renewed again from the rotated refresh token when it expires again', async () => {
    const { sandbox, run } = await open({ users: ['101'] });
    for (let round = 0; round < 3; round += 1) {
      sandbox.kuaishou.expireAccessTokens();
      expect((await run()).state).toBe('done');
    }
    expect(renewals()).toBe(3);
  });

  it('is renewed before it is used when it is known to end', async () => {
    const { sandbox, run, clock } = await open({
      users: ['101'],
      sandbox: { kuaishou: { accessTokenLifetimeMs: 60_000 } },
    });
    sandbox.kuaishou.expireAccessTokens();
    await run();
    await clock.advance(56_000); // inside the margin
    const denied = sandbox.ledger.attempts({ verdict: 'denied' }).length;
    await run();
    expect(sandbox.ledger.attempts({ verdict: 'denied' })).toHaveLength(denied);
    expect(renewals()).toBe(2);
  });

  it('is kept although the first attempt to save it failed: the merchant is not locked out', async () => {
    const { sandbox, run, tokens } = await open({ users: ['101'] });
    sandbox.kuaishou.expireAccessTokens();
    tokens.failing = 1;
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(served('101')).toBe(0); // never used unsaved
    expect((await run()).state).toBe('done');
    expect(renewals()).toBe(1); // the old refresh token was dead by then
    expect(tokens.saved).toHaveLength(1);
  });

  it('is taken from the source when somebody else has renewed it there', async () => {
    const { sandbox, run, tokens } = await open({ users: ['101'] });
    await run();
    sandbox.kuaishou.expireAccessTokens();
    const pair = await renewedElsewhere('101');
    tokens.put('101', pair);
    expect((await run()).state).toBe('done');
    expect(renewals()).toBe(1); // the other's
  });
});

/** As another program with the same credentials does. */
async function renewedElsewhere(user: string): Promise<TokenSet> {
  const { sandbox } = bundle;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: sandbox.kuaishou.tokens(user)?.refreshToken ?? '',
    app_id: sandbox.kuaishou.appKey,
    app_secret: sandbox.kuaishou.appSecret,
  });
  await bundle.play(fetch(`${sandbox.kuaishou.url}/oauth2/refresh_token`, { method: 'POST', body: form }));
  const tokens = issued(sandbox.kuaishou.tokens(user));
  if (!tokens) throw new Error('no such merchant');
  return tokens;
}

describe('an authorisation that was revoked', () => {
  it('fails the partition of that user only, with what to do about it', async () => {
    const { sandbox, run, store } = await open();
    sandbox.kuaishou.revoke('102');
    const ended = await run();
    expect(ended).toMatchObject({ state: 'failed', totals: { partitionsFailed: 1, partitionsDone: 2 } });
    const failed = (await store.runs.partitions(ended.id)).filter(({ state }) => state === 'failed');
    expect(failed.map(({ partition }) => partition.key)).toEqual(['102']);
    expect(failed[0]?.reason).toContain('AUTHORIZATION_REVOKED');
    expect(failed[0]?.reason).toContain('authorise the app again');
    expect(sandbox.ledger.attempts({ user: '102' })).toHaveLength(1); // asked once, not again and again
  });

  it('does not outlive its cause: the run a minute later goes on with the new tokens', async () => {
    const { sandbox, run, tokens, clock } = await open({ users: ['101', '102'] });
    sandbox.kuaishou.revoke('102');
    await run();
    const other = sandbox.kuaishou.tokens('101'); // stands for the authorisation given anew
    tokens.put('102', { accessToken: other?.accessToken ?? '', refreshToken: null, expiresAtMs: null });
    await clock.advance(60_000);
    expect((await run()).totals).toMatchObject({ partitionsFailed: 0, partitionsDone: 2 });
  });
});

describe('a renewal that is refused', () => {
  it('is fatal for that merchant only, and is not asked for again by its other calls', async () => {
    const { sandbox, run, store } = await open({ users: ['101', '102'], job: SIDE_BY_SIDE });
    const tokens = bundle.sandbox.kuaishou;
    tokens.expireAccessTokens('102');
    tokens.revoke('102');
    const kept = issued(tokens.tokens('102'));
    // The platform has forgotten the access token, and the refresh token is no good.
    if (kept) bundle.tokens.put('102', { ...kept, accessToken: 'forgotten', refreshToken: 'unknown' });
    const ended = await run();
    expect(ended.totals).toMatchObject({ partitionsFailed: 1, partitionsDone: 1 });
    const [failed] = (await store.runs.partitions(ended.id)).filter(({ state }) => state === 'failed');
    expect(failed).toMatchObject({ partition: { key: '102' } });
    expect(failed?.reason).toContain('the token was not renewed');
    expect(failed?.reason).toContain('authorise the app again');
    expect(renewals()).toBe(1);
    expect(sandbox.ledger.attempts({ api: ORDERS, user: '101', verdict: 'served' })).toHaveLength(4);
  });
});

describe('a token endpoint in trouble', () => {
  it('is asked again after a back-off', async () => {
    const { sandbox, run } = await open({
      users: ['101'],
      sandbox: { kuaishou: { refreshGraceMs: 300_000 } },
    });
    sandbox.kuaishou.expireAccessTokens();
    sandbox.failNext(2, 'http-503', { api: RENEWAL });
    expect((await run()).state).toBe('done');
    expect(renewals()).toBe(3);
  });
});
