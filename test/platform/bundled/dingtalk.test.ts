import type { Outcome } from '../../../src/job/outcome';
import { drawsOf } from '../../../src/limit/budget';
import type { DingtalkOptions } from '../../../src/platform/bundled/dingtalk';
import type { HttpRequest, PlatformCall } from '../../../src/platform/platform';
import { auth, NOW_MS, replyOf, SECRETS, setupDingtalk } from '../setup';

const INSTANCES = 'POST /v1.0/workflow/processes/instanceIds/query';
const USERS = 'POST /topapi/v2/user/list';

function call(api: string, params: PlatformCall['params'] = {}): PlatformCall {
  return { api, params, scope: {} };
}

function countersOf(api: string, options: Partial<DingtalkOptions> = {}): string[] {
  const platform = setupDingtalk({ appKey: 'ding1', ...options });
  return drawsOf(platform.budgets, platform.scope(call(api))).map(
    ({ counter, budget }) => `${counter} ${budget.limit}`,
  );
}

describe('a request', () => {
  it('of the new API carries the token in its header', () => {
    const request = setupDingtalk().request(
      call('GET /v1.0/contact/users/{unionId}', { unionId: 'a/b', x: 1 }),
      auth(),
    );
    expect(request).toEqual({
      method: 'GET',
      url: 'https://api.dingtalk.com/v1.0/contact/users/a%2Fb?x=1',
      headers: { 'x-acs-dingtalk-access-token': 'tok-3b4c5d' },
      body: null,
    });
  });

  it('of the old API goes to the other host with the token in the query', () => {
    const request = setupDingtalk().request(call(USERS, { dept_id: 1, cursor: 0, size: 100 }), auth());
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://oapi.dingtalk.com/topapi/v2/user/list?access_token=tok-3b4c5d',
      headers: { 'content-type': 'application/json' },
    });
    expect(request.headers).not.toHaveProperty('x-acs-dingtalk-access-token');
    expect(JSON.parse(request.body ?? '')).toEqual({ dept_id: 1, cursor: 0, size: 100 });
  });

  it.each([
    ['GET /v2.0/x', 'https://api.dingtalk.com'],
    ['GET /v1.0/x', 'https://api.dingtalk.com'],
    ['GET /user/get', 'https://oapi.dingtalk.com'],
    ['GET /video/v1.0/x', 'https://oapi.dingtalk.com'],
  ])('%s goes to %s', (api, origin) => {
    const platform = setupDingtalk();
    expect(new URL(platform.request(call(api), auth()).url).origin).toBe(origin);
    expect(platform.origins).toContain(origin);
  });

  it.each([
    ['without a method', call('/v1.0/x'), /expected a method and a path/],
    ['without a name in its path', call('GET /v1.0/contact/users/{unionId}'), /\{unionId\}/],
  ])('%s is refused as a fault of the job', (_, wrong, message) => {
    const make = (): HttpRequest => setupDingtalk().request(wrong, auth());
    expect(make).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
    expect(make).toThrow(message);
  });
});

describe('the budgets', () => {
  it('are those of the standard edition, whose month is the lower figure', () => {
    expect(countersOf(INSTANCES)).toEqual([
      `api-qps|app=ding1;api=${INSTANCES} 20`,
      'org-month|org=own 5000',
      'ip-20s|ip=own 10000',
      'in-flight|app=ding1 10',
    ]);
  });

  it.each([
    ['professional', 40, 500_000],
    ['exclusive', 60, 5_000_000],
  ] as const)('of the %s edition are larger', (edition, perSecond, perMonth) => {
    const [qps, month] = setupDingtalk({ edition }).budgets;
    expect([qps?.limit, month?.limit]).toEqual([perSecond, perMonth]);
  });

  it.each([USERS, 'POST /topapi/v2/department/listsub', 'GET /v1.0/contact/users/{unionId}'])(
    'count no month for %s',
    (api) => {
      expect(countersOf(api).join()).not.toContain('org-month');
    },
  );

  it('count it where the organisation says so', () => {
    expect(countersOf(USERS, { unmetered: ['/v1.0/contact/'] })).toContain('org-month|org=own 5000');
  });

  it("take another figure from the organisation's own console", () => {
    expect(countersOf(INSTANCES, { budgets: { 'org-month': 10_000 } })).toContain('org-month|org=own 10000');
  });

  it("of a third party's app are 40 calls a second, and no month", () => {
    const counters = countersOf(INSTANCES, { appKind: 'third-party', corpId: 'ding9f' });
    expect(counters).toEqual([
      `api-qps|app=ding1;api=${INSTANCES} 40`,
      'ip-20s|ip=own 10000',
      'in-flight|app=ding1 10',
    ]);
  });

  it.each([
    [{ appKind: 'third-party' as const }, /dingtalk\(\)\.corpId: expected the organisation/],
    [{ unmetered: ['contact'] }, /dingtalk\(\)\.unmetered\[0\]: expected the beginning of a path/],
    [{ budgets: { 'org-moth': 3 } }, /did you mean "org-month"/],
  ])('and the other options are checked: %j', (options, message) => {
    expect(() => setupDingtalk(options)).toThrow(message);
  });
});

function refusedAt(now: string, body: object, api = INSTANCES): Outcome {
  const platform = setupDingtalk();
  return platform.classify(replyOf(body), { scope: platform.scope(call(api)), nowMs: Date.parse(now) });
}

describe("the organisation's month", () => {
  it.each([
    ['2026-03-31T15:59:59Z', '2026-04-01T00:00:00+08:00'],
    ['2026-03-31T16:00:00Z', '2026-05-01T00:00:00+08:00'], // April in Beijing already
    ['2026-02-28T12:00:00Z', '2026-03-01T00:00:00+08:00'],
    ['2028-02-28T16:00:00Z', '2028-03-01T00:00:00+08:00'], // 29 February in Beijing
    ['2026-12-31T23:59:59+08:00', '2027-01-01T00:00:00+08:00'],
    ['2026-12-31T16:30:00Z', '2027-02-01T00:00:00+08:00'],
  ])('that is spent at %s ends at %s', (now, until) => {
    expect(refusedAt(now, { errcode: 90020 })).toMatchObject({ kind: 'park', untilMs: Date.parse(until) });
  });

  it('tells how much of it was used', () => {
    const errmsg = '您的企业本月api调用量已超过限制,调用量:10001次,额度:10000次,请登录开发者后台';
    const told = 'the organisation has made 10001 of its 10000 calls of the month: 您的企业本月api调用量已超过限制';
    expect(refusedAt('2026-03-31T00:00:00Z', { errcode: 90020, errmsg })).toMatchObject({
      reason: expect.stringContaining(told) as string,
    });
  });
});

it('says in plain words what the ban of an address is', () => {
  const reason = "DingTalk has banned this machine's address for 5 minutes: more than 10,000 calls in 20 s";
  expect(refusedAt('2026-03-01T00:00:00Z', { status: 1111, punish: 'deny' })).toMatchObject({ reason });
});

describe('the access token', () => {
  it('is fetched from the new API with the key and secret alone', () => {
    const { tokens } = setupDingtalk();
    const request = tokens!.renew!.request(null, auth())!;
    expect(request).toMatchObject({ method: 'POST', url: 'https://api.dingtalk.com/v1.0/oauth2/accessToken' });
    expect(JSON.parse(request.body ?? '')).toEqual({ appKey: SECRETS['DT_APP_KEY'], appSecret: SECRETS['DT_SECRET'] });
  });

  it('is fetched for an organisation that is named', () => {
    const { tokens } = setupDingtalk({ corpId: 'ding9f' });
    const request = tokens!.renew!.request(null, auth())!;
    expect(request.url).toBe('https://api.dingtalk.com/v1.0/oauth2/ding9f/token');
    expect(JSON.parse(request.body ?? '')).toEqual({
      client_id: SECRETS['DT_APP_KEY'],
      client_secret: SECRETS['DT_SECRET'],
      grant_type: 'client_credentials',
    });
    expect(tokens!.renew!.parse(replyOf({ access_token: 'a', expires_in: 7_200 }), NOW_MS)).toEqual({
      accessToken: 'a',
      refreshToken: null,
      expiresAtMs: NOW_MS + 7_200_000,
    });
  });
});
