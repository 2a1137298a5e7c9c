import { defineJob, listCursor, listPages, upsert, z } from 'offpeak';

const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];
const PAGE_SIZE = 50;

/** Every item of every merchant, once a night the whole list. */
export default defineJob({
  name: 'kuaishou-items',
  platform: 'kuaishou',
  schedule: { cron: 'H H(2-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] },
  partitions: () => MERCHANTS.map((user) => ({ key: user, scope: { user } })),
  cursor: listCursor(z.int().min(1)),
  initial: () => ({ page: 1 }),
  pages: ({ cursor, call }) =>
    listPages({
      cursor,
      pageSize: PAGE_SIZE,
      async fetch({ page }) {
        const { data } = await call('open.item.list.get', { pageNumber: page, pageSize: PAGE_SIZE });
        return { records: data.items, total: data.totalItemCount };
      },
    }),
  sink: upsert('items', { key: 'kwaiItemId' }),
});
