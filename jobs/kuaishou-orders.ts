import { defineJob, slices, upsert, z } from 'offpeak';

const DAY_MS = 86_400_000;

/** Put your merchants here, or read them from where you keep them. Each needs an access token of its own. */
const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];

/** Every order of every merchant, by the instant of its last change. */
export default defineJob({
  name: 'kuaishou-orders',
  platform: 'kuaishou',
  schedule: { cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] },
  partitions: () => MERCHANTS.map((user) => ({ key: user, scope: { user } })),
  // sinceMs is the bookmark, page the position inside the slice that starts there.
  cursor: z.object({ sinceMs: z.number(), page: z.string() }),
  initial: ({ nowMs }) => ({ sinceMs: nowMs - 30 * DAY_MS, page: '' }),
  async *pages({ cursor, call, nowMs }) {
    // The platform takes at most 7 days in one query.
    for (const { fromMs, toMs } of slices({ fromMs: cursor.sinceMs, toMs: nowMs, stepMs: 7 * DAY_MS })) {
      let page = fromMs === cursor.sinceMs ? cursor.page : '';
      while (page !== 'nomore') {
        const reply = await call('open.order.cursor.list', {
          orderViewStatus: 1, // all of them
          queryType: 2, // by the instant of the last change
          sort: 2, // oldest first
          beginTime: fromMs,
          endTime: toMs,
          pageSize: 50,
          cursor: page,
        });
        page = reply.data.cursor;
        // One yield is one commit; after the last page of a slice the bookmark moves to its end.
        const next = page === 'nomore' ? { sinceMs: toMs, page: '' } : { sinceMs: fromMs, page };
        yield { records: reply.data.orderList, cursor: next };
      }
    }
  },
  sink: upsert('orders', { key: 'oid' }),
});
