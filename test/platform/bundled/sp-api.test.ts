import type { Outcome } from '../../../src/job/outcome';
import { headerKey } from '../../../src/platform/authentication';
import { type SpApiOptions, spApi } from '../../../src/platform/bundled/sp-api';
import type { Platform, TokenRules } from '../../../src/platform/platform';
import { secret } from '../../../src/secrets';
import { NOW_MS, replyOf } from '../setup';

const ORDERS = 'GET /orders/v0/orders';
const EXPIRED = {
  errors: [{ code: 'Unauthorized', message: 'denied', details: 'The access token you provided has expired.' }],
};
const TOKENS: TokenRules = {
  owner: 'user',
  source: 'memory',
  renew: { request: () => null, parse: () => ({ accessToken: 'new-1', expiresAtMs: null, refreshToken: null }) },
};

function open(options: Partial<SpApiOptions> = {}): Platform {
  return spApi({ credentials: [headerKey('x-amz-access-token', secret('env:KS_SIGN'))], ...options });
}

function classify(platform: Platform, reply: ReturnType<typeof replyOf>): Outcome {
  const scope = platform.scope({ api: ORDERS, params: {}, scope: { user: 'A1' } });
  return platform.classify(reply, { scope, nowMs: NOW_MS });
}

describe('the usage plan of an operation', () => {
  it('is a bucket for each seller', () => {
    const budget = open().budgets.find(({ only }) => only?.api?.[0] === ORDERS);
    expect(budget).toMatchObject({ limit: 20, per: { bucketMs: 1_197_605, burst: 20 }, scope: ['api', 'user'] });
  });

  it('may be that of this seller', () => {
    const platform = open({ plans: { [ORDERS]: { rate: 0.1, burst: 5 } } });
    expect(platform.budgets.find(({ name }) => name === 'get-orders-v0-orders')).toMatchObject({
      limit: 5,
      per: { bucketMs: 50_000, burst: 5 },
      source: 'config',
    });
    expect(classify(platform, replyOf({ errors: [{ code: 'QuotaExceeded' }] }, 429))).toMatchObject({ forMs: 10_000 });
  });

  it('is refused where it makes no sense', () => {
    expect(() => open({ plans: { [ORDERS]: { rate: 0, burst: 5 } } })).toThrow(/spApi\(\)\.plans/);
  });

  it('is what the replies say of it', () => {
    const { readings } = classify(open(), replyOf({ payload: {} }, 200, { 'x-amzn-ratelimit-limit': '0.0083' }));
    expect(readings).toEqual([
      { limit: 10, remaining: null, windowMs: 1_197_605, resetInMs: null, scope: { api: ORDERS, user: 'A1' } },
    ]);
  });

  it.each(['', 'many', '-1', '0'])('is not changed by a rate that cannot be read: %j', (rate) => {
    expect(
      classify(open(), replyOf({ payload: {} }, 200, { 'x-amzn-ratelimit-limit': rate })).readings,
    ).toBeUndefined();
  });
});

describe('an access token that expired', () => {
  it('is renewed where there are rules for it', () => {
    expect(classify(open({ tokens: TOKENS }), replyOf(EXPIRED, 403))).toMatchObject({
      kind: 'reauth',
      scope: { user: 'A1' },
    });
  });

  it('may be renewed where Amazon issues them', () => {
    expect(open().origins).toContain('https://api.amazon.com');
  });
});
