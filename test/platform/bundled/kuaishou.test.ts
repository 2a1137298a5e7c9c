import { createHash, createHmac } from 'node:crypto';
import type { Outcome } from '../../../src/job/outcome';
import { drawsOf } from '../../../src/limit/budget';
import { kuaishou } from '../../../src/platform/bundled/kuaishou';
import { signFields } from '../../../src/platform/bundled/kuaishou/request';
import type { HttpRequest, Platform, TokenSet } from '../../../src/platform/platform';
import { tokenFile } from '../../../src/platform/tokens';
import { secret } from '../../../src/secrets';
import { auth, NOW_MS, replyOf, SECRETS, setupKuaishou } from '../setup';

const ORDERS = { api: 'open.order.cursor.list', params: { cursor: '', pageSize: 50 }, scope: { user: '3649418105' } };
const SHIP = {
  api: 'open.seller.order.goods.deliver',
  params: { orderId: 1, note: '短袖 a&b=c' },
  scope: { user: '3649418105' },
};

function queryOf(request: HttpRequest): Record<string, string> {
  return Object.fromEntries(new URL(request.url).searchParams);
}

describe('a request', () => {
  it('that reads is GET with everything in the query', () => {
    const request = setupKuaishou().request(ORDERS, auth());
    expect(request).toMatchObject({ method: 'GET', body: null });
    expect(request.url.split('?')[0]).toBe('https://openapi.kwaixiaodian.com/open/order/cursor/list');
    expect(request.headers).toEqual({ 'content-type': 'application/x-www-form-urlencoded' });
    expect(queryOf(request)).toEqual({
      appkey: 'ks6887777777777839',
      method: 'open.order.cursor.list',
      version: '1',
      access_token: 'tok-3b4c5d',
      timestamp: String(NOW_MS),
      signMethod: 'HMAC_SHA256',
      param: '{"cursor":"","pageSize":50}',
      sign: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string,
    });
  });

  it('that writes is POST with the parameters in the body', () => {
    const request = setupKuaishou().request(SHIP, auth());
    expect(request.method).toBe('POST');
    expect(Object.keys(queryOf(request))).not.toContain('param');
    expect(Object.fromEntries(new URLSearchParams(request.body ?? ''))).toEqual({
      param: '{"orderId":1,"note":"短袖 a&b=c"}',
    });
  });

  it.each([
    ['open.item.list.get', 'GET'],
    ['open.item.category.suggested.get', 'GET'],
    ['open.order.detail', 'GET'],
    ['open.seller.order.refund.pcursor.list', 'GET'],
    ['open.item.new', 'POST'],
    ['open.item.shelf.status.update', 'POST'],
    ['open.order.decrypt.batch', 'POST'],
    ['open.order.desensitise.batch', 'POST'],
    ['open.item.brand.list.get', 'POST'],
  ])('of %s is %s', (api, method) => {
    expect(setupKuaishou().request({ ...ORDERS, api }, auth()).method).toBe(method);
  });

  it('takes the method that the config states', () => {
    const platform = setupKuaishou({ methods: { 'open.address.seller.create': 'GET' } });
    expect(platform.request({ ...ORDERS, api: 'open.address.seller.create' }, auth()).method).toBe('GET');
  });

  it.each([
    ['MD5', 'md5'],
    ['HMAC_SHA256', 'sha256'],
  ] as const)('is signed with %s over the values before they are encoded', (signMethod, algorithm) => {
    const request = setupKuaishou({ signMethod }).request(SHIP, auth());
    const { sign, ...query } = queryOf(request);
    const fields = { ...query, ...Object.fromEntries(new URLSearchParams(request.body ?? '')) };
    const names = ['access_token', 'appkey', 'method', 'param', 'signMethod', 'timestamp', 'version'] as const;
    const signed = `${names.map((name) => `${name}=${fields[name]}`).join('&')}&signSecret=${SECRETS['KS_SIGN']}`;
    expect(sign).toBe(
      algorithm === 'md5'
        ? createHash('md5').update(signed).digest('hex')
        : createHmac('sha256', SECRETS['KS_SIGN'] ?? '')
            .update(signed)
            .digest('base64'),
    );
  });

  it.each([
    ['without a merchant', { ...ORDERS, scope: {} }, /expected a merchant/],
    ['of an API of somebody else', { ...ORDERS, api: '../admin' }, /expected an API of Kuaishou/],
    ['with parameters that are not JSON', { ...ORDERS, params: { oid: 1n } }, /not JSON/],
  ])('%s is refused as a fault of the job', (_, call, message) => {
    const make = (): HttpRequest => setupKuaishou().request(call, auth());
    expect(make).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
    expect(make).toThrow(message);
  });

  it('without a token is refused', () => {
    expect(() => setupKuaishou().request(ORDERS, auth({ accessToken: null }))).toThrow(
      /no access token for user 3649418105/,
    );
  });
});

/**
 * Computed with OpenSSL 3: printf '%s' "$TEXT" | openssl md5, and | openssl dgst -sha256 -hmac "$SECRET" -binary | base64,
 * where TEXT is the fields sorted and joined with & followed by &signSecret=$SECRET.
 */
describe('the signature', () => {
  const fields = {
    appkey: 'ks123',
    method: 'open.item.new',
    version: '1',
    access_token: 'tok',
    timestamp: '1583271919000',
    param: '{"title":"短袖", "relItemId":123456, "categoryId":12}',
  };

  it.each([
    ['MD5', 'b389d28df1fd19096936df6a4a39562f'],
    ['HMAC_SHA256', 'J0pL7qXiJdy7v/xD67AwtRu1Kj0jpFKdnQf9ucPWWzU='],
  ] as const)('by %s is what OpenSSL computes', (signMethod, expected) => {
    expect(signFields({ ...fields, signMethod }, { signMethod, signSecret: 'abc123' })).toBe(expected);
  });

  it('leaves out an earlier signature and does not care for the order of the fields', () => {
    const options = { signMethod: 'MD5', signSecret: 'abc123' } as const;
    const turned = Object.fromEntries(Object.entries(fields).reverse());
    expect(signFields({ sign: 'old', ...turned }, options)).toBe(signFields(fields, options));
  });
});

describe('the scope of a call', () => {
  it('names the app by its key', () => {
    expect(setupKuaishou().scope(ORDERS)).toEqual({ app: 'ks6887777777777839', api: ORDERS.api, user: '3649418105' });
  });

  it('names the app by the reference of its key where that is a secret', () => {
    const platform = setupKuaishou({ appKey: secret('env:KS_APP_KEY') });
    expect(platform.scope(ORDERS)).toMatchObject({ app: 'env:KS_APP_KEY' });
    expect(queryOf(platform.request(ORDERS, auth()))).toMatchObject({ appkey: 'ks6887777777777839' });
    const body = { result: 17, error_msg: 'Exceed quota limit, KEY [appkey:ks6887777777777839]' };
    const outcome = platform.classify(replyOf(body), { scope: platform.scope(ORDERS), nowMs: NOW_MS });
    expect(outcome).toMatchObject({ kind: 'park', scope: { app: 'env:KS_APP_KEY' } });
  });
});

function budgetNames(platform: Platform, api: string, user = '1'): string[] {
  const scope = platform.scope({ api, params: {}, scope: { user } });
  return drawsOf(platform.budgets, scope).map(({ counter, budget }) => `${counter} ${budget.limit}`);
}

describe('a page of orders', () => {
  it('has the order id at the top of each record, where a sink looks for its key', () => {
    const platform = setupKuaishou();
    const orderList = [{ orderBaseInfo: { oid: 2_110_100_045 } }, { oid: 7, orderBaseInfo: { oid: 8 } }, { other: 1 }];
    const reply = replyOf({ result: 1, error_msg: 'SUCCESS', data: { cursor: 'c2', orderList, pageSize: 3 } });
    const outcome = platform.classify(reply, { scope: platform.scope(ORDERS), nowMs: NOW_MS });
    expect(outcome).toEqual({
      kind: 'ok',
      body: {
        result: 1,
        error_msg: 'SUCCESS',
        data: {
          cursor: 'c2',
          orderList: [
            { oid: 2_110_100_045, orderBaseInfo: { oid: 2_110_100_045 } },
            { oid: 7, orderBaseInfo: { oid: 8 } },
            { other: 1 },
          ],
          pageSize: 3,
        },
      },
    });
  });
});

describe('the budgets', () => {
  it('of an API without a QPS of its own are those of the app', () => {
    expect(budgetNames(setupKuaishou({ appKey: 'ks1' }), 'open.item.get')).toEqual([
      'app-day|app=ks1 1000000',
      'api-qps|app=ks1;api=open.item.get 100',
      'in-flight|app=ks1 20',
    ]);
  });

  it('of an API with a QPS of its own are that one, by app and by user', () => {
    expect(budgetNames(setupKuaishou({ appKey: 'ks1' }), 'open.order.cursor.list')).toEqual([
      'app-day|app=ks1 1000000',
      'order-list-app-qps|app=ks1;api=open.order.cursor.list 300',
      'order-list-user-qps|api=open.order.cursor.list;user=1 300',
      'in-flight|app=ks1 20',
    ]);
  });

  it('of a test user are smaller, and of nobody else', () => {
    const platform = setupKuaishou({ appKey: 'ks1', testUsers: ['9'] });
    expect(budgetNames(platform, 'open.item.get', '9')).toContain('test-user-day|app=ks1;user=9 2000');
    expect(budgetNames(platform, 'open.item.get', '1').join()).not.toContain('test-user-day');
  });

  it('can be given other figures, dropped and added to', () => {
    const suggest = 'open.item.category.suggested.get';
    const { budgets } = setupKuaishou({
      budgets: {
        'app-day': 500_000,
        'in-flight': false,
        'api-qps': { limit: 300, per: '2s' },
        'suggest-user-day': { limit: 500, per: 'day', scope: ['api', 'user'], only: { api: [suggest] } },
      },
    });
    const find = (name: string): unknown => budgets.find((budget) => budget.name === name);
    expect(find('app-day')).toMatchObject({ limit: 500_000, per: 'day', scope: ['app'], source: 'config' });
    expect(find('in-flight')).toBeUndefined();
    expect(find('api-qps')).toMatchObject({ limit: 300, per: { rollingMs: 2_000 }, scope: ['app', 'api'] });
    expect(find('suggest-user-day')).toEqual({
      name: 'suggest-user-day',
      limit: 500,
      per: 'day',
      scope: ['api', 'user'],
      only: { api: [suggest] },
      source: 'config',
    });
  });
});

const DAY_MS = 86_400_000;
const HELD: TokenSet = { accessToken: 'old-access', refreshToken: 'ref&1', expiresAtMs: null };

describe('renewing tokens', () => {
  const renew = (): NonNullable<NonNullable<Platform['tokens']>['renew']> => setupKuaishou().tokens!.renew!;
  const parse = (body: unknown, status = 200): TokenSet | Outcome => renew().parse(replyOf(body, status), NOW_MS);

  it('sends the refresh token and the app secret in the body, never in the URL', () => {
    const request = renew().request(HELD, auth())!;
    expect(request).toMatchObject({ method: 'POST', url: 'https://openapi.kwaixiaodian.com/oauth2/refresh_token' });
    expect(Object.fromEntries(new URLSearchParams(request.body ?? ''))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'ref&1',
      app_id: 'ks6887777777777839',
      app_secret: SECRETS['KS_APP_SECRET'],
    });
  });

  it('needs a refresh token', () => {
    expect(renew().request(null, auth())).toBeNull();
    expect(renew().request({ ...HELD, refreshToken: null }, auth())).toBeNull();
  });

  it('gives the new pair and when the access token ends', () => {
    const body = {
      result: 1,
      access_token: 'a2',
      refresh_token: 'r2',
      expires_in: 172_800,
      refresh_token_expires_in: 86_400,
      scopes: ['x'],
    };
    expect(parse(body)).toEqual({
      accessToken: 'a2',
      refreshToken: 'r2',
      expiresAtMs: NOW_MS + 2 * DAY_MS,
      refreshExpiresAtMs: NOW_MS + DAY_MS,
    });
    expect(parse({ ...body, expires_in: undefined })).toMatchObject({ expiresAtMs: NOW_MS + 2 * DAY_MS });
  });

  it.each([
    [100200100, 'fatal'],
    [100200101, 'fatal'],
    [100200102, 'fatal'],
    [100200105, 'fatal'],
    [100200106, 'fatal'],
    [100200500, 'backoff'],
  ])('takes result %s for %s', (result, kind) => {
    const outcome = parse({ result, error: 'access_denied', error_msg: 'refreshToken.discarded' });
    expect(outcome).toMatchObject({ kind, code: String(result), reason: /access_denied: refreshToken.discarded/ });
  });

  it('takes what cannot be read for something passing', () => {
    expect(parse('<html>')).toMatchObject({ kind: 'backoff', code: 'MALFORMED_REPLY' });
    expect(parse('', 502)).toMatchObject({ kind: 'backoff', code: 'HTTP_502' });
    expect(parse({ result: 1 })).toMatchObject({ kind: 'backoff', code: 'MALFORMED_REPLY' });
  });

  it('is not for tokens that were issued by hand, or without the app secret', () => {
    const byHand = setupKuaishou({ tokens: { '1': secret('env:T1') } });
    expect(byHand.tokens).toMatchObject({ owner: 'user', renew: null, source: { kind: 'static-tokens' } });
    expect(byHand.secrets.map(String)).toContain('[secret env:T1]');
    const withoutSecret = kuaishou({
      appKey: 'ks1',
      signSecret: secret('env:KS_SIGN'),
      tokens: tokenFile('data/tokens.json'),
    });
    expect(withoutSecret.tokens).toMatchObject({ renew: null });
  });
});
