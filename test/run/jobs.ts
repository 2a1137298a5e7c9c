import { defineJob, type JobDefinition, upsert, z } from '../../src/index';
import type { Fault } from '../../src/job/faults';
import { type Job, parseJob } from '../../src/job/parse';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export type JobChanges = Partial<JobDefinition>;

/** What every call for a page of orders asks for: one week before the run, as one query. */
export function ordersQuery(nowMs: number): Record<string, unknown> {
  return {
    orderViewStatus: 1,
    queryType: 2,
    sort: 2,
    beginTime: nowMs - 7 * DAY_MS + HOUR_MS,
    endTime: nowMs,
    pageSize: 50,
  };
}

/** A job over the orders of these merchants, in one slice of a week. */
export function ordersJob(users: readonly string[], changes: JobChanges = {}): Job {
  const definition = defineJob({
    name: 'orders',
    platform: 'shop',
    partitions: () => partitionsOf(users),
    cursor: z.object({ page: z.string() }),
    initial: () => ({ page: '' }),
    async *pages({ cursor, call, nowMs }) {
      let { page } = cursor;
      while (page !== 'nomore') {
        const reply = await call('open.order.cursor.list', { ...ordersQuery(nowMs), cursor: page });
        page = reply.data.cursor;
        yield { records: reply.data.orderList, cursor: { page } };
      }
      yield { records: [], cursor: { page: '' } };
    },
    sink: upsert('orders', { key: 'oid' }),
  });
  return parsed({ ...definition, ...changes } as JobDefinition);
}

/** Pages of the week before one instant, whichever run asks; each page asks for itself `sideBySide` times. */
export function pagesOf(nowMs: number, sideBySide = 1): JobDefinition['pages'] {
  return async function* ({ cursor, call }) {
    let { page } = cursor as { page: string };
    while (page !== 'nomore') {
      const asked = { ...ordersQuery(nowMs), cursor: page };
      const replies = await Promise.all(
        Array.from({ length: sideBySide }, () => call('open.order.cursor.list', asked)),
      );
      const [reply] = replies;
      page = reply?.data.cursor ?? '';
      yield { records: reply?.data.orderList ?? [], cursor: { page } };
    }
    yield { records: [], cursor: { page: '' } };
  };
}

/** A job over the items of these merchants, by page number. */
export function itemsJob(users: readonly string[], changes: JobChanges = {}): Job {
  const definition = defineJob({
    name: 'items',
    platform: 'shop',
    partitions: () => partitionsOf(users),
    cursor: z.object({ page: z.number() }),
    initial: () => ({ page: 1 }),
    async *pages({ cursor, call }) {
      for (let { page } = cursor; ; page += 1) {
        const reply = await call('open.item.list.get', { pageNumber: page, pageSize: 20 });
        yield { records: reply.data.items, cursor: { page: page + 1 } };
        if (page >= reply.data.totalPage) return;
      }
    },
    sink: upsert('items', { key: 'kwaiItemId' }),
  });
  return parsed({ ...definition, ...changes } as JobDefinition);
}

/** A job over the lists behind a gateway, one partition each, page by page. */
export function listsJob(paths: readonly string[], changes: JobChanges = {}): Job {
  const definition = defineJob({
    name: 'lists',
    platform: 'shop',
    partitions: () => paths.map((path) => ({ key: path.slice(1).replaceAll('/', '-') })),
    cursor: z.object({ offset: z.number() }),
    initial: () => ({ offset: 0 }),
    async *pages({ cursor, call, partition }) {
      for (let next: number | null = cursor.offset; next !== null; ) {
        const reply = (await call(`GET /${partition.key.replaceAll('-', '/')}`, { offset: next, limit: 20 })) as {
          data: { items: Record<string, unknown>[]; next: number | null };
        };
        next = reply.data.next;
        yield { records: reply.data.items, cursor: { offset: next ?? 0 } };
      }
    },
    sink: upsert('records', { key: 'id' }),
  });
  return parsed({ ...definition, ...changes } as JobDefinition);
}

function partitionsOf(users: readonly string[]): { key: string; scope: { user: string } }[] {
  return users.map((user) => ({ key: user, scope: { user } }));
}

function parsed(definition: JobDefinition): Job {
  const checkSchedule = (): Fault[] => [];
  return parseJob(definition, { file: `jobs/${definition.name}.ts`, platforms: ['shop'], checkSchedule });
}
