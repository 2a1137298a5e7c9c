import { drawsOf } from '../../../src/limit/budget';
import type { HttpRequest } from '../../../src/platform/platform';
import { auth, NOW_MS, replyOf, SECRETS, setupYida } from '../setup';

const SEARCH = {
  api: 'yida.forms.instances.search',
  params: { formUuid: 'FORM-1', currentPage: 1, pageSize: 100 },
  scope: {},
};

describe('a request', () => {
  it('is POST with the app, its secret and the user beside the parameters', () => {
    const request = setupYida().request(SEARCH, auth());
    expect(request).toMatchObject({ method: 'POST', url: 'https://api.dingtalk.com/v1.0/yida/forms/instances/search' });
    expect(request.headers).toEqual({
      'x-acs-dingtalk-access-token': 'tok-3b4c5d',
      'content-type': 'application/json',
    });
    expect(JSON.parse(request.body ?? '')).toEqual({
      formUuid: 'FORM-1',
      currentPage: 1,
      pageSize: 100,
      appType: 'APP_X1X2X3X4',
      systemToken: SECRETS['YD_SYSTEM'],
      userId: 'manager01',
    });
  });

  it('writes a filter out as the text that Yida expects', () => {
    const params = { ...SEARCH.params, searchFieldJson: { textField_1: '甲' } };
    const request = setupYida().request({ ...SEARCH, params }, auth());
    expect(JSON.parse(request.body ?? '')).toMatchObject({ searchFieldJson: '{"textField_1":"甲"}' });
  });

  it('may be of an API that the config adds', () => {
    const platform = setupYida({ apis: { 'yida.apps.list': { method: 'GET', path: '/v1.0/yida/apps' } } });
    const request = platform.request(
      { api: 'yida.apps.list', params: { pageNumber: 2, token: undefined }, scope: {} },
      auth(),
    );
    expect(request).toMatchObject({ method: 'GET', body: null });
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({
      pageNumber: '2',
      appType: 'APP_X1X2X3X4',
      systemToken: SECRETS['YD_SYSTEM'],
      userId: 'manager01',
    });
  });

  it.each([
    [
      'of an unknown API',
      { ...SEARCH, api: 'yida.form.instances.search' },
      /did you mean "yida.forms.instances.search"/,
    ],
    ['with parameters that are not JSON', { ...SEARCH, params: { id: 1n } }, /not JSON/],
  ])('%s is refused as a fault of the job', (_, call, message) => {
    const make = (): HttpRequest => setupYida().request(call, auth());
    expect(make).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
    expect(make).toThrow(message);
  });
});

describe('the scope and the budgets', () => {
  it('name the app, the API, the organisation and this address', () => {
    const platform = setupYida({ appKey: 'ding1', org: 'mill' });
    const scope = platform.scope(SEARCH);
    expect(scope).toEqual({ app: 'ding1', api: SEARCH.api, org: 'mill', ip: 'own' });
    expect(drawsOf(platform.budgets, scope).map(({ counter, budget }) => `${counter} ${budget.limit}`)).toEqual([
      'api-qps|app=ding1;api=yida.forms.instances.search 40',
      'ip-20s|ip=own 10000',
      'in-flight|app=ding1 10',
    ]);
  });

  it("can hold DingTalk's calls per month", () => {
    const { budgets } = setupYida({ budgets: { 'org-month': { limit: 5_000, per: 'month', scope: ['org'] } } });
    expect(budgets).toContainEqual({ name: 'org-month', limit: 5_000, per: 'month', scope: ['org'], source: 'config' });
  });
});

describe('the access token', () => {
  const { tokens } = setupYida();
  const parse = (body: unknown, status = 200): unknown => tokens!.renew!.parse(replyOf(body, status), NOW_MS);

  it('belongs to the app and is kept in memory', () => {
    expect(tokens).toMatchObject({ owner: 'app', source: 'memory' });
  });

  it('is fetched with the key and secret alone', () => {
    const request = tokens!.renew!.request(null, auth())!;
    expect(request).toMatchObject({ method: 'POST', url: 'https://api.dingtalk.com/v1.0/oauth2/accessToken' });
    expect(JSON.parse(request.body ?? '')).toEqual({ appKey: SECRETS['YD_APP_KEY'], appSecret: SECRETS['YD_SECRET'] });
  });

  it('comes with its end', () => {
    expect(parse({ accessToken: 'a', expireIn: 7_200 })).toEqual({
      accessToken: 'a',
      refreshToken: null,
      expiresAtMs: NOW_MS + 7_200_000,
    });
  });

  it.each([
    [
      400,
      { code: 'invalidClientIdOrSecret', message: '无效的clientId或者clientSecret' },
      { kind: 'fatal', code: 'invalidClientIdOrSecret' },
    ],
    [400, { code: 'a.b', message: 'no' }, { kind: 'fatal', code: 'a.b' }],
    [403, { code: 'Forbidden.AccessDenied.QpsLimitForApi', message: 'x' }, { kind: 'pause', forMs: 1_000 }],
    [500, { code: 'a.b', message: 'no' }, { kind: 'backoff', code: 'a.b' }],
    [200, '<html>', { kind: 'backoff', code: 'MALFORMED_REPLY' }],
    [200, { expireIn: 7_200 }, { kind: 'backoff', code: 'MALFORMED_REPLY' }],
    [403, '<i>{"status":1111,"punish":"deny"}</i>', { kind: 'pause', code: 'IP_BANNED' }],
  ])('as HTTP %s %j is %j', (status, body, want) => {
    expect(parse(body, status)).toMatchObject(want);
  });
});
