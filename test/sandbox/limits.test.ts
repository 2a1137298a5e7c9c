import { closeAll, ITEMS, kuaishou, ORDERS, search, setup, USER, yidaToken } from './calls';

const OTHER = '3649418106';
const APP = 'ks600000000000000001';

afterEach(closeAll);

describe('the messages of K1008', () => {
  it('name the app alone when its day is spent, for every merchant and API', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { appPerDay: 2 } } });
    await kuaishou(sandbox);
    await kuaishou(sandbox, { user: OTHER });
    for (const call of [{}, { user: OTHER }, { api: ORDERS }]) {
      const { status, body } = await kuaishou(sandbox, call);
      expect(status).toBe(200);
      expect(body).toMatchObject({ result: 17, error_msg: `Exceed quota limit, KEY [appkey:${APP}]` });
    }
    expect(sandbox.ledger.totals().overBudget).toEqual({ 'app-day': 3 });
  });

  it('name the app and the user when a test user spent the day, and spare the others', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { userPerDay: 1 }, testUsers: [USER] } });
    await kuaishou(sandbox);
    const { body } = await kuaishou(sandbox);
    expect(body.error_msg).toBe(`Exceed quota limit, KEY [appkey:${APP};primaryUserId:${USER}]`);
    await kuaishou(sandbox, { user: OTHER });
    expect((await kuaishou(sandbox, { user: OTHER })).body.result).toBe(1);
  });

  it('name the API and the user, with 1017, when a user spent the day of one API', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { apiUserPerDay: 1 } } });
    await kuaishou(sandbox);
    const { body } = await kuaishou(sandbox);
    expect(body.result).toBe(1017);
    expect(body.error_msg).toBe(`[1017] exceed quota limit,[apiId:${ITEMS};primaryUserId:${USER}]`);
    expect((await kuaishou(sandbox, { api: ORDERS, param: { beginTime: 1, endTime: 2 } })).body.result).toBe(300005);
    expect((await kuaishou(sandbox, { user: OTHER })).body.result).toBe(1);
  });

  it('name the API, the app and the limit when calls come too fast', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { apiQpsByApi: { [ITEMS]: 1 } } } });
    await kuaishou(sandbox);
    const { body } = await kuaishou(sandbox, { user: OTHER });
    expect(body.error_msg).toBe(`Exceed qps limit, KEY [apiId:${ITEMS};appkey:${APP}], MAX_QPS [1.0]`);
  });

  it('name the user too when one merchant calls too fast', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { userQps: 1 } } });
    await kuaishou(sandbox);
    const text = `Exceed qps limit, KEY [apiId:${ITEMS};appkey:${APP};primaryUserId:${USER}], MAX_QPS [1.0]`;
    expect((await kuaishou(sandbox)).body.error_msg).toBe(text);
    expect((await kuaishou(sandbox, { user: OTHER })).body.result).toBe(1);
  });

  it('come in the order app, user, user and API, second', async () => {
    const limits = { appPerDay: 1, userPerDay: 1, apiUserPerDay: 1, apiQps: 1 };
    const { sandbox } = await setup({ kuaishou: { limits } });
    await kuaishou(sandbox);
    const budgets: unknown[] = [];
    for (const budget of ['app-day', 'user-day', 'api-user-day', 'api-qps'] as const) {
      await kuaishou(sandbox);
      budgets.push(sandbox.ledger.refusals().at(-1)?.budget);
      sandbox.restoreQuota({ budget });
    }
    expect(budgets).toEqual(['app-day', 'user-day', 'api-user-day', 'api-qps']);
    expect((await kuaishou(sandbox)).body.result).toBe(1);
  });

  it('come with another status when one is configured', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { appPerDay: 1 }, refusalStatus: 429 } });
    await kuaishou(sandbox);
    expect((await kuaishou(sandbox)).status).toBe(429);
  });
});

describe('a day', () => {
  it('ends at midnight in Shanghai and brings the whole quota back, not a millisecond before', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { limits: { appPerDay: 2 } } });
    await kuaishou(sandbox);
    await kuaishou(sandbox);
    await clock.advanceTo(Date.parse('2026-03-02T23:59:59.999+08:00'));
    expect((await kuaishou(sandbox)).body.result).toBe(17);
    await clock.advance(1);
    expect((await kuaishou(sandbox)).body.result).toBe(1);
    expect((await kuaishou(sandbox)).body.result).toBe(1);
    expect((await kuaishou(sandbox)).body.result).toBe(17);
  });

  it('may last 30 seconds', async () => {
    const { sandbox, clock } = await setup({
      day: { kind: 'fixed', lengthMs: 30_000 },
      kuaishou: { limits: { apiUserPerDay: 1 } },
    });
    for (let day = 1; day <= 3; day += 1) {
      expect((await kuaishou(sandbox)).body.result).toBe(1);
      expect((await kuaishou(sandbox)).body.result).toBe(1017);
      await clock.advance(30_000);
    }
  });

  it('is not given twice by a clock that steps back over midnight', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { limits: { appPerDay: 1 } } });
    await kuaishou(sandbox);
    clock.step(-1);
    expect((await kuaishou(sandbox)).body.result).toBe(17);
  });

  it('is not shortened by refusals: what was refused draws on nothing', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { limits: { appPerDay: 2, apiQps: 1 } } });
    await kuaishou(sandbox);
    for (let again = 1; again <= 3; again += 1) expect((await kuaishou(sandbox)).body.result).toBe(1016);
    await clock.advance(1_000);
    expect((await kuaishou(sandbox)).body.result).toBe(1);
  });

  it('can be restored by its owner, for one merchant or for all', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { userPerDay: 1 } } });
    for (const user of [USER, OTHER]) await kuaishou(sandbox, { user });
    sandbox.restoreQuota({ platform: 'kuaishou', scope: { user: USER } });
    expect((await kuaishou(sandbox)).body.result).toBe(1);
    expect((await kuaishou(sandbox, { user: OTHER })).body.result).toBe(17);
    sandbox.restoreQuota();
    expect((await kuaishou(sandbox, { user: OTHER })).body.result).toBe(1);
  });
});

describe('a second', () => {
  it('slides: what came 1000 ms ago is out of it, what came 999 ms ago is not', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { limits: { apiQps: 2 } } });
    const results: number[] = [];
    // At 0, 600, 999, 1000, 1001, 1600 ms.
    for (const waitMs of [0, 600, 399, 1, 1, 599]) {
      await clock.advance(waitMs);
      results.push((await kuaishou(sandbox)).body.result);
    }
    expect(results).toEqual([1, 1, 1016, 1, 1016, 1]);
    expect(sandbox.ledger.maxInAnyWindow(1_000, { verdict: 'served' })).toBe(2);
  });

  it('admits exactly its limit of a burst, however the requests overlap', async () => {
    const { sandbox } = await setup({ kuaishou: { limits: { apiQps: 20 } } });
    const replies = await Promise.all(Array.from({ length: 50 }, () => kuaishou(sandbox)));
    expect(replies.filter(({ body }) => body.result === 1)).toHaveLength(20);
    expect(sandbox.ledger.overBudget()).toBe(30);
    expect(sandbox.ledger.maxInAnyWindow(1_000)).toBe(50);
  });
});

it('counts an attempt on arrival, before its latency and also when a fault spoils the reply', async () => {
  const { sandbox, clock } = await setup({ latencyMs: [500, 500], kuaishou: { limits: { appPerDay: 1 } } });
  sandbox.failNext(1, 'http-503');
  const first = kuaishou(sandbox).catch(() => null);
  const second = kuaishou(sandbox);
  const [, { body }] = await clock.run(Promise.all([first, second]));
  expect(sandbox.ledger.attempts().map(({ verdict }) => verdict)).toEqual(['fault', 'refused']);
  expect(body.result).toBe(17);
});

describe('Yida', () => {
  it('refuses too fast calls of the app or the organization with 400 requestTooFast', async () => {
    for (const limits of [{ apiQps: 1 }, { apiQps: null, orgQps: 1 }]) {
      const { sandbox, clock } = await setup({ yida: { limits } });
      const token = (await yidaToken(sandbox)).body.accessToken!;
      await search(sandbox, token);
      const { status, body } = await search(sandbox, token);
      expect([status, body.code]).toEqual([400, 'failure.operation.requestTooFast']);
      expect(body.message).toMatch(/^请求过于频繁，请稍后重试:/);
      await clock.advance(1_000);
      expect((await search(sandbox, token)).status).toBe(200);
    }
  });

  const forbidden = 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi';
  const busy = 'failure.operation.tooManyVisitors';
  const cases: { whose: string; limits: Record<string, number>; busyStatus?: 400 | 500; want: [number, string] }[] = [
    { whose: 'the gateway', limits: { gatewayQps: 1 }, want: [403, forbidden] },
    { whose: 'all its customers', limits: { allQps: 1 }, want: [400, busy] },
    { whose: 'all its customers', limits: { allQps: 1 }, busyStatus: 500, want: [500, busy] },
  ];
  it.each(cases)('refuses by a limit of $whose: $want', async ({ limits, want, busyStatus = 400 }) => {
    const { sandbox } = await setup({ yida: { limits, busyStatus } });
    const token = (await yidaToken(sandbox)).body.accessToken!;
    await search(sandbox, token);
    const { status, body } = await search(sandbox, token);
    expect([status, body.code]).toEqual(want);
  });

  it('refuses with 403 ApiCountLimitForOrg until the next month, tokens excepted', async () => {
    const { sandbox, clock } = await setup({ yida: { limits: { perMonth: 1 } } });
    const token = (await yidaToken(sandbox)).body.accessToken!;
    await search(sandbox, token);
    const { status, body } = await search(sandbox, token);
    expect([status, body.code]).toEqual([403, 'Forbidden.AccessDenied.ApiCountLimitForOrg']);
    expect(body.message).toContain('调用量:2次,额度:1次');
    await clock.advanceTo(Date.parse('2026-04-01T00:00:00+08:00'));
    const next = await yidaToken(sandbox);
    expect((await search(sandbox, next.body.accessToken!)).status).toBe(200);
  });
});
