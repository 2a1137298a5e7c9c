import { closeAll, DAY_MS, ITEMS, kuaishou, ORDERS, orderIds, setup, USER } from './calls';

const MERCHANTS = { [USER]: { orders: 133, items: 7 }, '42': { orders: 20, items: 0 } };
const LIMITLESS = { apiQps: null, apiQpsByApi: {}, appPerDay: null };

afterEach(closeAll);

describe('the signature', () => {
  it('is accepted as MD5 and as HMAC_SHA256, in a query and in a form body', async () => {
    const { sandbox } = await setup();
    for (const signMethod of ['MD5', 'HMAC_SHA256']) {
      for (const post of [false, true]) {
        const param = { title: '短袖 & "x"', pageSize: 5 };
        const { status, body } = await kuaishou(sandbox, { common: { signMethod }, post, param });
        expect([status, body.result, body.data.items.length]).toEqual([200, 1, 5]);
      }
    }
  });

  it('equals a digest that was worked out by hand', async () => {
    const { sandbox } = await setup({
      kuaishou: { appKey: 'ks1', signSecret: 's3', tokens: { [USER]: { accessToken: 'a' } } },
    });
    // printf 'access_token=a&appkey=ks1&method=open.item.list.get&param={}&signMethod=MD5&timestamp=1&version=1&signSecret=s3' | md5sum
    const query =
      'access_token=a&appkey=ks1&method=open.item.list.get&param=%7B%7D&signMethod=MD5&timestamp=1&version=1&sign=' +
      '462dfc307f1ae8d36f55f1b95549e9fa';
    const reply = await fetch(`${sandbox.kuaishou.url}/open/item/list/get?${query}`);
    expect(await reply.json()).toMatchObject({ result: 1 });
  });

  it.each([
    ['a changed parameter', { tamper: { param: '{"pageSize":6}' } }],
    ['upper-case hex', { tamper: { sign: 'ABCDEF0123456789ABCDEF0123456789' } }],
    ['an unknown method of signing', { common: { signMethod: 'SHA1' } }],
    ['a method that is not the path', { common: { method: 'open.order.cursor.list' } }],
    ['a version other than 1', { common: { version: '2' } }],
    ['a timestamp that is none', { common: { timestamp: 'soon' } }],
  ])('is refused with %s', async (_name, call) => {
    const { sandbox } = await setup();
    const { body } = await kuaishou(sandbox, call);
    expect(body).toMatchObject({ code: '803000', error_msg: '签名校验失败' });
    expect(sandbox.ledger.attempts()).toMatchObject([{ verdict: 'denied', budget: null }]);
  });

  it('is refused with the secret of another app', async () => {
    const { sandbox } = await setup();
    const other = { ...sandbox, kuaishou: { ...sandbox.kuaishou, signSecret: 'another' } };
    expect((await kuaishou(other)).body.error_msg).toBe('签名校验失败');
    expect((await kuaishou(sandbox, { common: { appkey: 'ks9' } })).body.error_msg).toBe('appkey无效');
  });
});

describe('the access token', () => {
  it('that is unknown or has expired gives 28 in the captured envelope', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { accessTokenLifetimeMs: 1_000 } });
    const expired = {
      result: 28,
      code: '803000',
      msg: '鉴权失败',
      error_msg: 'TOKEN过期',
      sub_code: '28',
      sub_msg: 'TOKEN过期',
    };
    expect((await kuaishou(sandbox, { token: 'made-up' })).body).toMatchObject(expired);
    await clock.advance(999);
    expect((await kuaishou(sandbox)).body.result).toBe(1);
    await clock.advance(1);
    expect((await kuaishou(sandbox)).body).toMatchObject(expired);
  });

  it('of a merchant who withdrew gives AUTHORIZATION_REVOKED, in the short form', async () => {
    const { sandbox } = await setup();
    sandbox.kuaishou.revoke(USER);
    expect((await kuaishou(sandbox)).body).toEqual({ result: 24, error_msg: 'AUTHORIZATION_REVOKED' });
    expect((await kuaishou(sandbox, { user: '3649418106' })).body.result).toBe(1);
  });
});

describe('the order list', () => {
  it('gives every order of seven days exactly once, sorted, whatever the page size', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS, limits: LIMITLESS } });
    const endTime = clock.nowMs();
    for (const pageSize of [1, 7, 50]) {
      const ids = await orderIds(sandbox, { beginTime: endTime - 7 * DAY_MS, endTime, pageSize });
      expect(ids).toEqual([...sandbox.kuaishou.orderIds(USER)]);
    }
    const orders = sandbox.ledger.totals().recordsServed;
    expect(orders).toBe(3 * 133);
  });

  it('gives every order exactly once over adjacent slices, by update and by creation', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS, limits: LIMITLESS } });
    const toMs = clock.nowMs();
    for (const queryType of [1, 2]) {
      const ids: number[] = [];
      for (let beginTime = toMs - 7 * DAY_MS; beginTime < toMs; beginTime += DAY_MS / 3) {
        const window = { beginTime, endTime: beginTime + DAY_MS / 3, pageSize: 9, queryType };
        ids.push(...(await orderIds(sandbox, window)));
      }
      expect(ids).toEqual([...sandbox.kuaishou.orderIds(USER)]);
    }
  });

  it('is half-open: an order lies in the window that begins at its instant, not in the one that ends there', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS } });
    const now = clock.nowMs();
    const { body } = await kuaishou(sandbox, {
      api: ORDERS,
      param: { beginTime: now - 7 * DAY_MS, endTime: now, pageSize: 1 },
    });
    const { oid, updateTime } = body.data.orderList[0]!;
    expect(await orderIds(sandbox, { beginTime: updateTime, endTime: updateTime + 1, pageSize: 5 })).toEqual([oid]);
    expect(await orderIds(sandbox, { beginTime: updateTime - 5, endTime: updateTime, pageSize: 5 })).toEqual([]);
  });

  it('still holds every order when the seven days start half a day after the opening', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS, limits: LIMITLESS } });
    await clock.advance(DAY_MS / 2);
    const endTime = clock.nowMs();
    expect(await orderIds(sandbox, { beginTime: endTime - 7 * DAY_MS, endTime, pageSize: 50 })).toHaveLength(133);
  });

  it.each([
    ['more than 7 days', { beginTime: -7 * DAY_MS - 1, endTime: 0 }, 300004, 'SEARCH TIME RANGE EXPAND 7 DAYS'],
    ['before 90 days', { beginTime: -90 * DAY_MS - 1, endTime: -89 * DAY_MS }, 300005, 'CAN NOT SEARCH BEFORE 90 DAYS'],
    ['an end before its beginning', { beginTime: 0, endTime: -1 }, 300003, 'ENDTIME MUST AFTER BEGINTIME'],
    ['pages of 51', { beginTime: -1, endTime: 0, pageSize: 51 }, 2001, 'pageSize无效'],
    ['a cursor that was made up', { beginTime: -1, endTime: 0, cursor: 'abc' }, 2001, 'cursor无效'],
  ])('refuses %s, and the error still carries an empty list', async (...[, relative, result, error_msg]) => {
    const { sandbox, clock } = await setup();
    const now = clock.nowMs();
    const param = { ...relative, beginTime: now + relative.beginTime, endTime: now + relative.endTime };
    const { status, body } = await kuaishou(sandbox, { api: ORDERS, param });
    expect(status).toBe(200);
    expect(body).toMatchObject({ result, code: '807000', msg: '业务处理失败', error_msg, data: { orderList: [] } });
    expect(sandbox.ledger.attempts()).toMatchObject([{ verdict: 'invalid' }]);
  });

  it('allows exactly 7 days and exactly 90 days back', async () => {
    const { sandbox, clock } = await setup();
    const beginTime = clock.nowMs() - 90 * DAY_MS;
    const { body } = await kuaishou(sandbox, { api: ORDERS, param: { beginTime, endTime: beginTime + 7 * DAY_MS } });
    expect(body).toMatchObject({ result: 1, data: { cursor: 'nomore', orderList: [] } });
  });

  it('binds a cursor to its merchant, window and page size', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS } });
    const query = { beginTime: clock.nowMs() - 7 * DAY_MS, endTime: clock.nowMs(), pageSize: 10 };
    const { body } = await kuaishou(sandbox, { api: ORDERS, param: query });
    const param = { ...query, cursor: body.data.cursor };
    expect((await kuaishou(sandbox, { api: ORDERS, param })).body.result).toBe(1);
    for (const other of [
      { user: '42', param },
      { param: { ...param, beginTime: query.beginTime + 1 } },
      { param: { ...param, endTime: query.endTime - 1 } },
      { param: { ...param, pageSize: 11 } },
      { param: { ...param, queryType: 1 } },
    ]) {
      expect((await kuaishou(sandbox, { api: ORDERS, ...other })).body.error_msg).toBe('cursor无效');
    }
  });

  it('refuses a cursor that is older than its lifetime', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { cursorLifetimeMs: 60_000 } });
    const query = { beginTime: clock.nowMs() - 7 * DAY_MS, endTime: clock.nowMs(), pageSize: 10 };
    const { body } = await kuaishou(sandbox, { api: ORDERS, param: query });
    const again = { api: ORDERS, param: { ...query, cursor: body.data.cursor } };
    await clock.advance(59_999);
    expect((await kuaishou(sandbox, again)).body.result).toBe(1);
    await clock.advance(1);
    expect((await kuaishou(sandbox, again)).body.error_msg).toBe('cursor无效');
  });
});

it('pages through every item by page number', async () => {
  const { sandbox } = await setup({ kuaishou: { merchants: { [USER]: { orders: 0, items: 230 } } } });
  const ids: number[] = [];
  for (let pageNumber = 1; pageNumber <= 4; pageNumber += 1) {
    const { body } = await kuaishou(sandbox, { api: ITEMS, param: { pageNumber, pageSize: 100 } });
    expect(body.data).toMatchObject({ totalItemCount: 230, totalPage: 3, currentPageNumber: pageNumber });
    ids.push(...body.data.items.map(({ kwaiItemId }) => kwaiItemId));
  }
  expect(ids).toEqual([...sandbox.kuaishou.itemIds()]);
  expect((await kuaishou(sandbox, { param: { pageSize: 101 } })).body.error_msg).toBe('pageSize无效');
});

it('gives every merchant record an id of its own that a number can hold', async () => {
  const { sandbox } = await setup();
  const ids = [...sandbox.kuaishou.orderIds(), ...sandbox.kuaishou.itemIds()];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(Number.isSafeInteger)).toBe(true);
});

it('answers a path that it does not know with 404', async () => {
  const { sandbox } = await setup();
  expect(await kuaishou(sandbox, { api: 'open.unknown.get' })).toMatchObject({
    status: 404,
    body: { error_msg: 'Invalid url' },
  });
});
