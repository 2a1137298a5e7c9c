import { type ApigOptions, apig } from '../../../src/platform/bundled/apig';
import { CONFORMANCE_NOW_MS, replyOf } from '../../../src/platform/conformance';
import type { Platform } from '../../../src/platform/platform';
import { secret } from '../../../src/secrets';
import { auth } from '../setup';
import { DEMO } from './apig/demo';

const IAM = {
  kind: 'iam',
  endpoint: 'https://iam.example.com',
  domain: 'acme',
  user: 'sync',
  password: secret('env:YD_SECRET'),
  project: 'cn-north-4',
} as const;

function open(options: Partial<ApigOptions> = {}): Platform {
  return apig({
    baseUrl: 'https://api.example.com',
    auth: { kind: 'app-code', code: secret('env:YD_SECRET') },
    ...options,
  });
}

const SHARED = { ...DEMO, name: 'shared_demo', type: 2 };
const ORDERS = 'GET /v1/orders';

const scopeOf = (platform: Platform, api = ORDERS) => platform.scope({ api, params: {}, scope: {} });
const requestOf = (platform: Platform, api = ORDERS, params = {}) =>
  platform.request({ api, params, scope: {} }, auth());
const classify = (platform: Platform, reply: Parameters<typeof replyOf>[0], api = ORDERS) =>
  platform.classify(replyOf(reply), { scope: scopeOf(platform, api), nowMs: CONFORMANCE_NOW_MS });
const over = (policy: string) => ({
  status: 429,
  body: {
    error_code: 'APIG.0308',
    error_msg: `The throttling threshold has been reached: policy ${policy} over ratelimit,limit:10,time:1 second`,
  },
});

describe('a call through the gateway', () => {
  it.each([
    ['an AppCode', { kind: 'app-code', code: secret('env:YD_SECRET') }, { 'x-apig-appcode': 'yds-1b9c44' }],
    ['an IAM token by hand', { kind: 'token', token: secret('env:YD_SECRET') }, { 'x-auth-token': 'yds-1b9c44' }],
    ['an IAM token that is renewed', IAM, { 'x-auth-token': 'tok-3b4c5d' }],
    ['nothing', { kind: 'none' }, {}],
  ] as const)('shows whose it is with %s', (_, how, headers) => {
    expect(requestOf(open({ auth: how })).headers).toEqual(headers);
  });

  it('is signed with the key of the app', () => {
    const how = { kind: 'signature', key: 'app-key', secret: secret('env:YD_SECRET') } as const;
    const { headers } = requestOf(open({ auth: how }), 'POST /v1/orders/{id}', { id: 7, note: 'x' });
    expect(headers['authorization']).toMatch(
      /^SDK-HMAC-SHA256 Access=app-key, SignedHeaders=content-type;host;x-sdk-date, Signature=[0-9a-f]{64}$/,
    );
    expect(headers['x-sdk-date']).toBe('20260301T020000Z');
  });

  it('puts parameters into the path, and names the environment and the wish for headers', () => {
    const { url, headers } = requestOf(open({ stage: 'TEST', debug: true }), 'GET /v1/orders/{id}', { id: 7, page: 2 });
    expect(url).toBe('https://api.example.com/v1/orders/7?page=2');
    expect(headers).toMatchObject({ 'x-stage': 'TEST', 'x-apig-mode': 'debug' });
  });

  it('asks IAM for a token, and reads it from the header with its end', () => {
    const { tokens, origins } = open({ auth: IAM });
    expect(origins).toEqual(['https://api.example.com', 'https://iam.example.com']);
    const request = tokens?.renew?.request(null, auth());
    expect(request?.url).toBe('https://iam.example.com/v3/auth/tokens');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ auth: { scope: { project: { name: 'cn-north-4' } } } });
    const body = { token: { expires_at: '2026-03-02T02:00:00.701000Z' } };
    const reply = replyOf({ status: 201, headers: { 'x-subject-token': 'MIIx' }, body });
    expect(tokens?.renew?.parse(reply, CONFORMANCE_NOW_MS)).toEqual({
      accessToken: 'MIIx',
      refreshToken: null,
      expiresAtMs: Date.parse('2026-03-02T02:00:00.701Z'),
    });
    const wrong = replyOf({
      status: 401,
      body: { error: { code: 401, message: 'The username or password is wrong.' } },
    });
    expect(tokens?.renew?.parse(wrong, CONFORMANCE_NOW_MS)).toMatchObject({ kind: 'fatal', code: '401' });
  });

  it('renews a token that the gateway does not take', () => {
    const reply = { status: 401, body: { error_code: 'APIG.0307', error_msg: 'The token must be updated.' } };
    expect(classify(open({ auth: IAM }), reply)).toMatchObject({ kind: 'reauth', scope: { app: 'own' } });
    expect(classify(open(), reply)).toMatchObject({ kind: 'fatal' });
  });
});

describe('throttling policies of a platform', () => {
  it('are taken as they are, and take the place of the limit that the gateway has by itself', () => {
    const names = (throttles?: readonly object[]) =>
      open(throttles ? { throttles } : {}).budgets.map(({ name }) => name);
    expect(names()).toEqual(['api-qps', 'in-flight']);
    expect(names([DEMO])).toEqual([
      'in-flight',
      'throttle-demo-api',
      'throttle-demo-user',
      'throttle-demo-app',
      'throttle-demo-ip',
    ]);
    const [apiQps] = open({ throttles: [{ policy: DEMO, apis: [ORDERS] }] }).budgets;
    expect(apiQps).toMatchObject({ name: 'api-qps', limit: 200, except: { api: [ORDERS] } });
  });

  it('that are shared are stopped as a whole, and nothing else is', () => {
    const platform = open({ throttles: [{ policy: SHARED, apis: [ORDERS, 'GET /v1/items'] }] });
    expect(classify(platform, over('api'))).toMatchObject({ scope: { org: 'throttle:shared_demo' } });
    expect(classify(platform, over('user'))).toMatchObject({ scope: { org: 'throttle:shared_demo', user: 'own' } });
    expect(classify(platform, over('api'), 'GET /v1/other')).toMatchObject({ scope: { api: 'GET /v1/other' } });
  });

  it('are refused in the form of APIG.2011, with their place in the list', () => {
    expect(() => open({ throttles: [DEMO, { policy: { ...DEMO, name: 'x' } }] })).toThrow(
      'apig().throttles[1].policy: APIG.2011 Invalid parameter value,parameterName:name.',
    );
    expect(() => open({ throttles: [{ policy: DEMO, apis: ['orders'] }] })).toThrow(
      'apig().throttles[0].apis.0: expected',
    );
  });

  it('are refused where two shared ones count one API', () => {
    const two = [SHARED, { ...SHARED, name: 'other_demo' }].map((policy) => ({ policy, apis: [ORDERS] }));
    expect(() => open({ throttles: two })).toThrow(
      'expected one shared policy for GET /v1/orders, got shared_demo and',
    );
  });
});

it('counts the calls of a day to a domain that is for debugging', () => {
  const baseUrl = 'https://c77f5e81d9cb4424bf704ef2b0ac7600.apig.cn-north-4.huaweicloudapis.com';
  expect(open({ baseUrl }).budgets).toContainEqual(expect.objectContaining({ name: 'debug-domain-day', limit: 1_000 }));
});

it('reads each of the debug headers as that of its counter', () => {
  const headers = {
    'x-apig-ratelimit-api': 'remain:9,limit:10,time:10 second',
    'x-apig-ratelimit-app': 'remain:4,limit:5,time:10 second',
    'x-apig-ratelimit-api-allenv': 'remain:14999,limit:15000,time:1 second',
  };
  const { readings = [] } = classify(open(), { headers, body: {} });
  expect(readings.map(({ limit, scope }) => [limit, scope])).toEqual([
    [10, { api: ORDERS }],
    [5, { app: 'own', api: ORDERS }],
    [15_000, { api: ORDERS }],
  ]);
});
