import type { Conformance, Row } from '../../../src/platform/conformance';

const REST = { api: 'GET /admin/api/2026-07/orders.json' };

const cost = (
  requestedQueryCost: number,
  currentlyAvailable: number,
  actualQueryCost: number | null = null,
): object => ({
  cost: {
    requestedQueryCost,
    actualQueryCost,
    throttleStatus: { maximumAvailable: 1000, currentlyAvailable, restoreRate: 50 },
  },
});

function graphql(codeName: string, message: string, extensions?: object): Row['reply'] {
  return { body: { errors: [{ message, extensions: { code: codeName } }], ...(extensions ? { extensions } : {}) } };
}

function rest(status: number, errors: unknown, headers: Record<string, string> = {}): Row['reply'] {
  return { status, headers, body: { errors } };
}

const pauses = (forMs: number): Row['want'] => ({ kind: 'pause', scope: ['app', 'user'], forMs });

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /admin/api/2026-07/graphql.json' },
  success: { data: { orders: { nodes: [] } }, extensions: cost(12, 985, 3) },
  records: 'data.orders.nodes',
  rows: [
    {
      name: 'a query that must wait for its points',
      reply: graphql('THROTTLED', 'Throttled', cost(502, 498)),
      want: { ...pauses(100), code: 'THROTTLED' },
    },
    {
      name: 'a query that must wait for many points',
      reply: graphql('THROTTLED', 'Throttled', cost(752, 2)),
      want: pauses(15_000),
    },
    {
      name: 'a query that must wait, with status 429',
      reply: { ...graphql('THROTTLED', 'Throttled', cost(752, 2)), status: 429 },
      want: pauses(15_000),
    },
    { name: 'a query that is not told why', reply: graphql('THROTTLED', 'Throttled'), want: pauses(1_000) },
    {
      name: 'a query that no bucket can hold, called throttled',
      reply: graphql('THROTTLED', 'Throttled', cost(1_723, 1_000)),
      want: { kind: 'fatal', scope: null, code: 'MAX_COST_EXCEEDED', advice: /bulk operation/ },
    },
    {
      name: 'a query that no bucket can hold',
      reply: graphql('MAX_COST_EXCEEDED', 'Query cost is 1723, which exceeds the single query max cost limit (1000).'),
      want: { kind: 'fatal', scope: null, code: 'MAX_COST_EXCEEDED' },
    },
    {
      name: 'an access scope that lacks',
      reply: graphql('ACCESS_DENIED', 'Access denied for orders field.'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a store that is frozen',
      reply: graphql('SHOP_INACTIVE', 'The shop is not active.'),
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'trouble on their side',
      reply: graphql('INTERNAL_SERVER_ERROR', 'Internal error. Looks like something went wrong on our end.'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a fault in the query, which no rule knows',
      reply: graphql('undefinedField', "Field 'nmae' doesn't exist on type 'Shop'"),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'what a query cost',
      reply: { body: { data: { shop: { name: 'Throttled' } }, extensions: cost(12, 985, 3) } },
      want: { kind: 'ok', spent: { points: 3 } },
    },
    {
      name: 'REST, too fast, with decimals',
      reply: rest(
        429,
        'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.',
        { 'retry-after': '2.0', 'x-shopify-shop-api-call-limit': '40/40' },
      ),
      scope: REST,
      want: pauses(2_000),
    },
    {
      name: 'REST, too fast, without a wait',
      reply: rest(429, 'Exceeded 2 calls per second for api client.'),
      scope: REST,
      want: pauses(1_000),
    },
    {
      name: 'REST, a token that is not accepted',
      reply: rest(401, '[API] Invalid API key or access token (unrecognized login or wrong password)'),
      scope: REST,
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'REST, a permission, which is no throttle',
      reply: rest(403, '[API] This action requires merchant approval for read_orders scope.'),
      scope: REST,
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'REST, a bill of the merchant',
      reply: rest(402, 'This shop is unavailable'),
      scope: REST,
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'REST, wrong parameters',
      reply: rest(422, { title: ["can't be blank"] }),
      scope: REST,
      want: { kind: 'fatal', scope: null },
    },
    { name: 'REST, a list', reply: { body: { orders: [], errors: [] } }, scope: REST, want: { kind: 'ok' } },
  ],
};
