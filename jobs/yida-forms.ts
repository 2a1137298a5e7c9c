import { defineJob, slices, upsert, z } from 'offpeak';

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
  cursor: z.object({ sinceMs: z.number(), page: z.int().min(1) }),
  initial: ({ nowMs }) => ({ sinceMs: nowMs - 35 * DAY_MS, page: 1 }),
  async *pages({ cursor, partition, call, nowMs }) {
    // A search ends at 5,000 instances: five days at a time hold fewer, up to 1,000 changes a day.
    for (const { fromMs, toMs } of slices({ fromMs: cursor.sinceMs, toMs: nowMs, stepMs: 5 * DAY_MS })) {
      let page = fromMs === cursor.sinceMs ? cursor.page : 1;
      for (let isLast = false; !isLast; page += 1) {
        const reply = await call('yida.forms.instances.search', {
          formUuid: partition.key,
          modifiedFromTimeGMT: new Date(fromMs).toISOString(),
          modifiedToTimeGMT: new Date(toMs).toISOString(),
          currentPage: page,
          pageSize: PAGE_SIZE,
        });
        isLast = page * PAGE_SIZE >= reply.totalCount;
        const next = isLast ? { sinceMs: toMs, page: 1 } : { sinceMs: fromMs, page: page + 1 };
        yield { records: reply.data, cursor: next };
      }
    }
  },
  sink: upsert('form_instances', { key: 'formInstanceId' }),
});
