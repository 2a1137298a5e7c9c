import type { Sandbox } from '../../src/sandbox/sandbox';
import { closeAll, search, setup, yidaToken } from './calls';
import { ask, type DingtalkReply, dingtalkToken, instances, users } from './dingtalk-calls';

afterEach(closeAll);

type Options = NonNullable<Parameters<typeof setup>[0]>;
const LIMITLESS = { apiQps: null, perMonth: null, ipPer20s: null };

async function withToken(dingtalk: Options['dingtalk'] = {}) {
  const { sandbox, clock } = await setup({
    dingtalk: {
      departments: { '1': { users: 250 }, '7': { users: 3 } },
      processes: { 'PROC-A': { instances: 45 } },
      ...dingtalk,
      limits: { ...LIMITLESS, ...dingtalk.limits },
    },
  });
  return { sandbox, clock, token: await dingtalkToken(sandbox) };
}

interface List {
  readonly list: readonly unknown[];
  readonly has_more?: boolean;
  readonly next_cursor?: number;
  readonly nextToken?: string;
}

function listOf({ body }: DingtalkReply): List {
  return body['result'] as List;
}

async function userIdsOf(sandbox: Sandbox, token: string, dept: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const { list, has_more, next_cursor } = listOf(await users(sandbox, token, { dept_id: dept, cursor }));
    ids.push(...(list as { userid: string }[]).map(({ userid }) => userid));
    cursor = has_more ? next_cursor : undefined;
  }
  return ids;
}

it('pages through the users of every department exactly once', async () => {
  const { sandbox, token } = await withToken();
  const ids = [...(await userIdsOf(sandbox, token, 1)), ...(await userIdsOf(sandbox, token, 7))];
  expect(ids).toEqual([...sandbox.dingtalk.userIds()]);
});

it('pages through the instances of a process by nextToken, which the last page lacks', async () => {
  const { sandbox, token } = await withToken();
  const ids: unknown[] = [];
  for (let nextToken: string | undefined = '0'; nextToken !== undefined; ) {
    const found: List = listOf(await instances(sandbox, token, { nextToken }));
    ids.push(...found.list);
    nextToken = found.nextToken;
  }
  expect(ids).toEqual([...sandbox.dingtalk.instanceIds()]);
});

it('gives every instance once over time ranges that touch', async () => {
  const { sandbox, clock, token } = await withToken();
  const now = clock.nowMs();
  const ids: unknown[] = [];
  for (let startTime = now - 31 * 86_400_000; startTime < now; startTime += 2 * 86_400_000) {
    const range = { startTime, endTime: startTime + 2 * 86_400_000 };
    ids.push(...listOf(await instances(sandbox, token, range)).list);
  }
  expect(ids).toEqual([...sandbox.dingtalk.instanceIds()]);
});

describe('access', () => {
  it('is by one token for both APIs, for two hours', async () => {
    const { sandbox, clock, token } = await withToken();
    await clock.advance(7_199_999);
    expect((await users(sandbox, token)).body['errcode']).toBe(0);
    expect((await instances(sandbox, token)).status).toBe(200);
    await clock.advance(1);
    const [old, recent] = [await users(sandbox, token), await instances(sandbox, token)];
    expect([old.status, old.body['errcode'], old.body['sub_code']]).toEqual([200, 88, '40014']);
    expect([recent.status, recent.body['code']]).toEqual([400, 'InvalidAuthentication']);
  });

  it('is given by three calls', async () => {
    const { sandbox } = await withToken();
    const { appKey, appSecret, corpId } = sandbox.dingtalk;
    const old = await ask(sandbox, `/gettoken?appkey=${appKey}&appsecret=${appSecret}`, { method: 'GET' });
    const credentials = { client_id: appKey, client_secret: appSecret, grant_type: 'client_credentials' };
    const ofCorp = await ask(sandbox, `/v1.0/oauth2/${corpId}/token`, { body: credentials });
    for (const { body } of [old, ofCorp]) {
      expect(body).toMatchObject({ expires_in: 7_200 });
      expect((await users(sandbox, String(body['access_token']))).body['errcode']).toBe(0);
    }
  });

  it('is denied in the form of each call', async () => {
    const { sandbox } = await withToken();
    const body = { appKey: sandbox.dingtalk.appKey, appSecret: 'guess' };
    expect(await ask(sandbox, '/v1.0/oauth2/accessToken', { body })).toMatchObject({
      status: 400,
      body: { code: 'invalidClientIdOrSecret' },
    });
    expect(await ask(sandbox, '/gettoken?appkey=x&appsecret=y', { method: 'GET' })).toMatchObject({
      status: 200,
      body: { errcode: 40_089 },
    });
    expect((await ask(sandbox, '/v1.0/oauth2/othercorp/token', { body })).status).toBe(400);
  });

  it('ends early on demand', async () => {
    const { sandbox, token } = await withToken();
    sandbox.dingtalk.expireAccessTokens();
    expect((await instances(sandbox, token)).body['code']).toBe('InvalidAuthentication');
  });
});

describe('limits', () => {
  it('refuse too fast calls of the app on one API, in both forms', async () => {
    const { sandbox, clock, token } = await withToken({ limits: { apiQps: 1 } });
    for (const call of [users, instances]) await call(sandbox, token);
    expect(await users(sandbox, token)).toMatchObject({
      status: 200,
      body: { errcode: 88, sub_code: '90018', errmsg: expect.stringContaining('subcode=90018') as string },
    });
    expect(await instances(sandbox, token)).toMatchObject({
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi' },
    });
    await clock.advance(1_000);
    expect((await instances(sandbox, token)).status).toBe(200);
  });

  it('tell in Beijing time when a limit over all callers ends', async () => {
    const { sandbox, token } = await withToken({ limits: { allQps: 1 } });
    for (const call of [users, instances]) await call(sandbox, token);
    const [old, recent] = [await users(sandbox, token), await instances(sandbox, token)];
    expect(old.body).toMatchObject({ errcode: 90_002 });
    expect(old.text).toMatch(/处罚将在 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d 结束/);
    expect(recent.body).toMatchObject({ code: 'Forbidden.AccessDenied.QpsLimitForApi' });
  });

  it('count the month over all metered APIs, and leave tokens and contacts alone', async () => {
    const { sandbox, clock, token } = await withToken({ limits: { perMonth: 2 } });
    for (let n = 0; n < 2; n += 1) expect((await instances(sandbox, token)).status).toBe(200);
    const spent = await instances(sandbox, token);
    expect([spent.status, spent.body['code']]).toEqual([403, 'Forbidden.AccessDenied.ApiCountLimitForOrg']);
    expect(spent.text).toContain('调用量:3次,额度:2次');
    expect((await users(sandbox, token)).body['errcode']).toBe(0);
    await clock.advanceTo(Date.parse('2026-04-01T00:00:00+08:00'));
    expect((await instances(sandbox, await dingtalkToken(sandbox))).status).toBe(200);
  });
});

describe('the ban of an address', () => {
  it.each([200, 403] as const)('is a page with HTTP %s for 5 minutes, whatever is asked', async (banStatus) => {
    const { sandbox, clock, token } = await withToken({ banStatus, limits: { ipPer20s: 3 } });
    for (let n = 0; n < 2; n += 1) await users(sandbox, token);
    const banned = await users(sandbox, token);
    expect(banned).toMatchObject({ status: banStatus, type: expect.stringContaining('text/html') as string });
    expect(banned.text).toContain('"status":1111');
    await clock.advance(299_999);
    expect((await ask(sandbox, '/v1.0/oauth2/accessToken')).text).toContain('"punish":"deny"');
    await clock.advance(1);
    expect((await users(sandbox, token)).body['errcode']).toBe(0);
    expect(sandbox.ledger.refusals().map(({ budget }) => budget)).toEqual(['ip-20s', 'ip-20s']);
  });

  it('does not come to who stays under it', async () => {
    const { sandbox, clock, token } = await withToken({ limits: { ipPer20s: 3 } });
    await clock.advance(20_000);
    for (let n = 0; n < 9; n += 1) {
      expect((await users(sandbox, token)).body['errcode']).toBe(0);
      await clock.advance(7_000);
    }
  });

  it('comes to callers of Yida as well', async () => {
    const { sandbox } = await setup({ yida: { limits: { ipPer20s: 1 } } });
    const token = (await yidaToken(sandbox)).body.accessToken!;
    await expect(search(sandbox, token)).rejects.toThrow(/not valid JSON/);
  });
});

it.each([
  { what: 'a department that is not there', call: users, fields: { dept_id: 99 }, want: 200 },
  { what: 'pages of 101 users', call: users, fields: { size: 101 }, want: 200 },
  { what: 'a process that is not there', call: instances, fields: { processCode: 'PROC-X' }, want: 400 },
  { what: 'pages of 21 instances', call: instances, fields: { maxResults: 21 }, want: 400 },
])('answers $what as an error of its API', async ({ call, fields, want }) => {
  const { sandbox, token } = await withToken();
  const reply = await call(sandbox, token, fields);
  expect(reply.status).toBe(want);
  expect(reply.body).not.toHaveProperty('result');
  expect(sandbox.ledger.attempts().at(-1)?.verdict).toBe('invalid');
});

it('does not know other paths', async () => {
  const { sandbox, token } = await withToken();
  expect(await ask(sandbox, '/v1.0/none', { token })).toMatchObject({
    status: 404,
    body: { code: 'InvalidAction.NotFound' },
  });
});
