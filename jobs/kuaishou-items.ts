import { defineJob, upsert, z } from 'offpeak';

const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];

/** Every item of every merchant, once a night from the first page to the last. */
export default defineJob({
  name: 'kuaishou-items',
  platform: 'kuaishou',
  schedule: { cron: 'H H(2-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] },
  partitions: () => MERCHANTS.map((user) => ({ key: user, scope: { user } })),
  cursor: z.object({ page: z.int().min(1) }),
  initial: () => ({ page: 1 }),
  async *pages({ cursor, call }) {
    let { page } = cursor;
    for (;;) {
      const { data } = await call('open.item.list.get', { pageNumber: page, pageSize: 50 });
      const isLast = page >= data.totalPage;
      page = isLast ? 1 : page + 1;
      yield { records: data.items, cursor: { page } };
      if (isLast) return;
    }
  },
  sink: upsert('items', { key: 'kwaiItemId' }),
});
