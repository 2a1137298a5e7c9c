import { defineJob, slicedCursor, slicedPages, upsert, z } from 'offpeak';

const DAY_MS = 86_400_000;

/** Put your merchants here, or read them from where you keep them. Each needs an access token of its own. */
const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];

/** Every order of every merchant, by the instant of its last change. */
export default defineJob({
  name: 'kuaishou-orders',
  platform: 'kuaishou',
  schedule: { cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] },
  partitions: () => MERCHANTS.map((user) => ({ key: user, scope: { user } })),
  cursor: slicedCursor(z.string()),
  initial: ({ nowMs }) => ({ sinceMs: nowMs - 30 * DAY_MS, page: '' }),
  backfill: ({ fromMs }) => ({ sinceMs: fromMs, page: '' }),
  pages: ({ cursor, call, nowMs }) =>
    slicedPages({
      cursor,
      toMs: nowMs,
      stepMs: 7 * DAY_MS, // the longest span of one query
      first: '',
      async fetch({ fromMs, toMs, page }) {
        const { data } = await call('open.order.cursor.list', {
          orderViewStatus: 1, // all of them
          queryType: 2, // by the instant of the last change
          sort: 2, // oldest first
          beginTime: fromMs,
          endTime: toMs,
          pageSize: 50,
          cursor: page,
        });
        return { records: data.orderList, next: data.cursor === 'nomore' ? null : data.cursor };
      },
    }),
  sink: upsert('orders', { key: 'oid' }),
});
