import { closeAll, DAY_MS, kuaishou, type Reply, setup, USER } from './calls';

const REFUNDS = 'open.seller.order.refund.pcursor.list';
const MERCHANTS = { [USER]: { orders: 133, items: 0 } };

interface RefundPage {
  result: number;
  error_msg?: string;
  data: { pcursor: string; refundOrderInfoList: { refundId: number; updateTime: number }[] };
}

afterEach(closeAll);

async function open() {
  const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS } });
  const ask = async (param: Record<string, unknown>): Promise<RefundPage> =>
    ((await kuaishou(sandbox, { api: REFUNDS, param })) as unknown as Reply<RefundPage>).body;
  return { sandbox, nowMs: clock.nowMs(), ask };
}

describe('the list of refunds', () => {
  it('gives every refund once over the days of a week, page by page until nomore', async () => {
    const { sandbox, nowMs, ask } = await open();
    const found: number[] = [];
    for (let day = 7; day > 0; day -= 1) {
      const window = { beginTime: nowMs - day * DAY_MS, endTime: nowMs - (day - 1) * DAY_MS, pageSize: 3 };
      for (let pcursor = ''; pcursor !== 'nomore'; ) {
        const { data } = await ask({ ...window, pcursor });
        expect(data.refundOrderInfoList.length).toBeLessThanOrEqual(3);
        found.push(...data.refundOrderInfoList.map(({ refundId }) => refundId));
        ({ pcursor } = data);
      }
    }
    expect(found).toEqual([...sandbox.kuaishou.refundIds(USER)]);
    expect(found).toHaveLength(34);
  });

  it.each([
    ['more than a day at once', { beginTime: -DAY_MS - 1, endTime: 0 }, 300019],
    ['a day that is too long ago', { beginTime: -91 * DAY_MS, endTime: -90 * DAY_MS }, 300005],
    ['an end before its beginning', { beginTime: 0, endTime: -1 }, 300003],
    ['more than 100 on a page', { beginTime: -DAY_MS, endTime: 0, pageSize: 101 }, 2001],
    ['a cursor of another query', { beginTime: -DAY_MS, endTime: 0, pcursor: 'x' }, 2001],
  ])('refuses %s', async (_, { beginTime, endTime, ...rest }, result) => {
    const { nowMs, ask } = await open();
    const body = await ask({ beginTime: nowMs + beginTime, endTime: nowMs + endTime, ...rest });
    expect(body).toMatchObject({ result, data: { refundOrderInfoList: [] } });
  });
});

describe("the button that resets today's traffic", () => {
  it('works only when more than 60 % is used, and three times a day', async () => {
    const { sandbox, clock } = await setup({ kuaishou: { merchants: MERCHANTS, limits: { appPerDay: 10 } } });
    const use = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call += 1) expect((await kuaishou(sandbox)).body.result).toBe(1);
    };
    await use(6);
    expect(sandbox.kuaishou.resetTraffic()).toBe('too-early');
    await use(4);
    expect((await kuaishou(sandbox)).body.result).toBe(17);
    for (let times = 0; times < 3; times += 1) {
      expect(sandbox.kuaishou.resetTraffic()).toBe('reset');
      await use(10);
    }
    expect(sandbox.kuaishou.resetTraffic()).toBe('too-often');
    await clock.advance(DAY_MS);
    await use(7);
    expect(sandbox.kuaishou.resetTraffic()).toBe('reset');
  });
});
