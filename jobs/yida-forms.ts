import { defineJob, slicedCursor, slicedPages, upsert, z } from 'offpeak';

const DAY_MS = 86_400_000;
const PAGE_SIZE = 100;

/** The forms to keep in step, by their formUuid. */
const FORMS = ['FORM-SANDBOX-0001', 'FORM-SANDBOX-0002'];

/** Every form instance by the instant of its last change. Starts ten past the hour, as the vendor advises. */
export default defineJob({
  name: 'yida-forms',
  platform: 'yida',
  schedule: { cron: '10 H(1-5) * * *', timezone: 'Asia/Shanghai' },
  partitions: () => FORMS.map((formUuid) => ({ key: formUuid })),
  cursor: slicedCursor(z.int().min(1)),
  initial: ({ nowMs }) => ({ sinceMs: nowMs - 35 * DAY_MS, page: 1 }),
  backfill: ({ fromMs }) => ({ sinceMs: fromMs, page: 1 }),
  pages: ({ cursor, partition, call, nowMs }) =>
    slicedPages({
      cursor,
      toMs: nowMs,
      stepMs: 60 * DAY_MS,
      pageSize: PAGE_SIZE,
      // 30,000 with the new storage: https://docs.aliwork.com/docs/yida_support/lbtl0t/rrwdug/athbne
      depthMax: 5_000,
      async fetch({ fromMs, toMs, page }) {
        const reply = await call('yida.forms.instances.search', {
          formUuid: partition.key,
          modifiedFromTimeGMT: new Date(fromMs).toISOString(),
          modifiedToTimeGMT: new Date(toMs).toISOString(),
          currentPage: page,
          pageSize: PAGE_SIZE,
        });
        return { records: reply.data, total: reply.totalCount };
      },
    }),
  sink: upsert('form_instances', { key: 'formInstanceId' }),
});
