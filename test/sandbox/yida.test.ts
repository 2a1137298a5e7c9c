import { closeAll, DAY_MS, search, setup, yidaToken } from './calls';

const LIMITLESS = { apiQps: null };

afterEach(closeAll);

async function withToken(instances = 250) {
  const { sandbox, clock } = await setup({ yida: { forms: { 'FORM-A': { instances } }, limits: LIMITLESS } });
  const { body } = await yidaToken(sandbox);
  return { sandbox, clock, token: body.accessToken! };
}

it('gives an access token for the app secret, for two hours', async () => {
  const { sandbox, clock } = await setup();
  const { status, body } = await yidaToken(sandbox);
  expect(status).toBe(200);
  expect(body.expireIn).toBe(7_200);
  await clock.advance(7_199_999);
  expect((await search(sandbox, body.accessToken!)).status).toBe(200);
  await clock.advance(1);
  const expired = await search(sandbox, body.accessToken!);
  expect(expired).toMatchObject({
    status: 400,
    body: { code: 'InvalidAuthentication', message: '不合法的access_token' },
  });
  expect(expired.body.requestid).toBeTruthy();
});

it('answers a wrong secret with 400 invalidClientIdOrSecret', async () => {
  const { sandbox } = await setup();
  expect(await yidaToken(sandbox, 'guess')).toMatchObject({ status: 400, body: { code: 'invalidClientIdOrSecret' } });
});

it('ends its tokens early on demand', async () => {
  const { sandbox, token } = await withToken();
  sandbox.yida.expireAccessTokens();
  expect((await search(sandbox, token)).body.code).toBe('InvalidAuthentication');
});

it('pages through every instance exactly once', async () => {
  const { sandbox, token } = await withToken();
  const ids: string[] = [];
  for (const currentPage of [1, 2, 3, 4]) {
    const { body } = await search(sandbox, token, { currentPage, pageSize: 100 });
    expect(body).toMatchObject({ currentPage, totalCount: 250 });
    ids.push(...body.data.map(({ formInstanceId }) => formInstanceId));
  }
  expect(ids).toEqual([...sandbox.yida.instanceIds()]);
});

it.each([
  ['days, the closing one included', (ms: number) => new Date(ms).toISOString().slice(0, 10), DAY_MS],
  ['instants, the closing one excluded', (ms: number) => new Date(ms).toISOString(), 0],
])('gives every instance exactly once over slices by %s', async (_name, format, closingMs) => {
  const { sandbox, clock, token } = await withToken();
  const ids: string[] = [];
  const lastMs = Math.ceil(clock.nowMs() / DAY_MS) * DAY_MS;
  for (let fromMs = lastMs - 32 * DAY_MS; fromMs < lastMs; fromMs += 2 * DAY_MS) {
    const modifiedToTimeGMT = format(fromMs + 2 * DAY_MS - closingMs);
    const window = { modifiedFromTimeGMT: format(fromMs), modifiedToTimeGMT, pageSize: 100 };
    const { body } = await search(sandbox, token, window);
    expect(body.data).toHaveLength(body.totalCount);
    ids.push(...body.data.map(({ formInstanceId }) => formInstanceId));
  }
  expect(ids).toEqual([...sandbox.yida.instanceIds()]);
});

it('filters by creation as well', async () => {
  const { sandbox, clock, token } = await withToken();
  const createFromTimeGMT = new Date(clock.nowMs() - 11 * DAY_MS).toISOString();
  const { body } = await search(sandbox, token, { createFromTimeGMT, pageSize: 100 });
  // 250 instances over 30 days, created a day before they were modified.
  expect(body.totalCount).toBeGreaterThanOrEqual(82);
  expect(body.totalCount).toBeLessThanOrEqual(85);
});

it('pages no deeper than 5000 records', async () => {
  const { sandbox, token } = await withToken(6_000);
  expect((await search(sandbox, token, { currentPage: 50, pageSize: 100 })).body.data).toHaveLength(100);
  const { status, body } = await search(sandbox, token, { currentPage: 51, pageSize: 100 });
  expect([status, body.code]).toEqual([400, 'invalidState.openSearch.cursorExceedFiveThousand']);
  expect(body.message).toMatch(/^搜索接口翻页不能超过5000，请细化过滤条件缩小查询范围:/);
});

it.each([
  ['pages of 101', { pageSize: 101 }],
  ['an unknown form', { formUuid: 'FORM-X' }],
  ['another app', { appType: 'APP_X' }],
  ['a wrong system token', { systemToken: 'guess' }],
  ['a date that is none', { modifiedFromTimeGMT: 'yesterday' }],
])('answers %s with 400', async (_name, fields) => {
  const { sandbox, token } = await withToken();
  expect((await search(sandbox, token, fields)).status).toBe(400);
  expect(sandbox.ledger.attempts().at(-1)?.verdict).toBe('invalid');
});
