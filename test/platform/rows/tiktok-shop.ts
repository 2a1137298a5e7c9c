import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (code: number, message: string, status = 200): Row['reply'] => ({
  status,
  body: { code, data: null, message, request_id: '202603010200000102030405060708090A' },
});

const TOO_MANY = "Too many requests. You've made too many requests in a short period of time.";

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /order/202309/orders/search', scope: { user: '7001' } },
  success: { code: 0, message: 'Success', data: { orders: [], next_page_token: '' }, request_id: '20260301' },
  records: 'data.orders',
  rows: [
    {
      name: 'too many requests',
      reply: error(36_009_002, TOO_MANY, 429),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000, code: '36009002' },
    },
    {
      name: 'the same under 200',
      reply: error(36_009_002, TOO_MANY),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000 },
    },
    {
      name: 'a wait that is stated',
      reply: { ...error(36_009_002, TOO_MANY, 429), headers: { 'retry-after': '7' } },
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 7_000 },
    },
    {
      name: 'a code that is taken for a limit',
      reply: error(36_009_037, 'request limited'),
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    {
      name: 'a fault inside',
      reply: error(
        36_009_003,
        'Internal error. Please try again. If the issue persists after multiple attempts, please contact platform support.',
      ),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a token that has ended',
      reply: error(105_002, 'Expired credentials.', 401),
      want: { kind: 'reauth', scope: ['user'], code: '105002' },
    },
    { name: 'the same under 200', reply: error(105_002, 'Expired credentials.'), want: { kind: 'reauth' } },
    {
      name: 'a token that is not valid',
      reply: error(105_001, 'Access token is invalid', 401),
      want: { kind: 'fatal', scope: ['user'] },
    },
    {
      name: 'a scope that is missing',
      reply: error(105_005, 'Access denied', 401),
      want: { kind: 'fatal', scope: ['user', 'api'] },
    },
    {
      name: 'a wrong signature',
      reply: error(106_001, "Invalid credentials. The 'sign' query parameter is invalid.", 401),
      want: { kind: 'fatal', scope: ['app'], advice: /appSecret/ },
    },
    {
      name: 'a wrong parameter',
      reply: error(36_009_004, 'invalid param error'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: "Douyin's limit, which means nothing here",
      reply: error(60_000, 'busy'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'a page instead',
      reply: { status: 502, body: '<html></html>' },
      want: { kind: 'backoff', code: 'HTTP_502' },
    },
  ],
};
