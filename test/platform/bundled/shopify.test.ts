import type { Outcome } from '../../../src/job/outcome';
import { headerKey } from '../../../src/platform/authentication';
import { type ShopifyOptions, shopify } from '../../../src/platform/bundled/shopify';
import type { Platform } from '../../../src/platform/platform';
import { secret } from '../../../src/secrets';
import { NOW_MS, replyOf } from '../setup';

const GRAPHQL = 'POST /admin/api/2026-07/graphql.json';
const REST = 'GET /admin/api/2026-07/orders.json';
const STORE = { app: 'own', user: 'parcels.myshopify.com' };

function setup(options: Partial<ShopifyOptions> = {}): {
  platform: Platform;
  reply: (api: string, body: unknown, headers?: Record<string, string>) => Outcome;
} {
  const platform = shopify({
    baseUrl: 'https://parcels.myshopify.com',
    credentials: [headerKey('x-shopify-access-token', secret('env:KS_SIGN'))],
    ...options,
  });
  const reply = (api: string, body: unknown, headers: Record<string, string> = {}): Outcome =>
    platform.classify(replyOf(body, 200, headers), {
      scope: platform.scope({ api, params: {}, scope: {} }),
      nowMs: NOW_MS,
    });
  return { platform, reply };
}

describe('what Shopify tells of its buckets', () => {
  it('is what is left of the calls', () => {
    expect(setup().reply(REST, { orders: [] }, { 'x-shopify-shop-api-call-limit': '32/40' }).readings).toEqual([
      { limit: 40, remaining: 8, windowMs: null, resetInMs: null, unit: 'rest-calls', scope: STORE },
    ]);
  });

  it('is what is left of the points', () => {
    const extensions = {
      cost: {
        actualQueryCost: 3,
        throttleStatus: { maximumAvailable: 2000.0, currentlyAvailable: 1985, restoreRate: 100.0 },
      },
    };
    expect(setup().reply(GRAPHQL, { data: {}, extensions }).readings).toEqual([
      { limit: 2_000, remaining: 1_985, windowMs: 20_000, resetInMs: null, unit: 'points', scope: STORE },
    ]);
  });

  it.each(['', '40', '4/', 'a/b', '3/0'])('is nothing where it cannot be read: %j', (limit) => {
    expect(setup().reply(REST, {}, { 'x-shopify-shop-api-call-limit': limit }).readings).toBeUndefined();
  });
});

describe('a call to Shopify', () => {
  it('costs points or a call, by its kind', () => {
    const { platform } = setup();
    expect(platform.cost?.({ api: GRAPHQL, params: {}, scope: {} })).toEqual({ points: 10 });
    expect(platform.cost?.({ api: REST, params: {}, scope: {} })).toEqual({ 'rest-calls': 1 });
  });

  it('is of the store that its partition names', () => {
    expect(setup().platform.scope({ api: REST, params: {}, scope: { user: 'other' } }).user).toBe('other');
  });
});

describe('the plan of a store', () => {
  it.each([
    ['standard', 2_000, 40],
    ['advanced', 4_000, 80],
    ['plus', 20_000, 400],
  ] as const)('%s sets its buckets', (plan, points, calls) => {
    const limits = Object.fromEntries(setup({ plan }).platform.budgets.map(({ name, limit }) => [name, limit]));
    expect(limits).toMatchObject({ graphql: points, rest: calls });
  });
});
