import { join } from 'node:path';
import { EVERYTHING } from '../src/cli/engine';
import type { Project } from '../src/cli/project';
import { kuaishou, secret, upsert, z } from '../src/index';
import { type Job, parseJob } from '../src/job/parse';
import { openStore } from '../src/store/open';
import { nextTurn } from '../src/time/system-clock';
import { benchProject, openBenchEngine } from './engine';
import type { Load } from './order-load';

/** A run of Offpeak that no limit binds, ready to go: opening the store and the lease is not part of the measure. */
export async function openOffpeak(load: Load): Promise<{ run: () => Promise<unknown>; close: () => Promise<void> }> {
  const job = orderJob(load);
  const store = await openStore(join(load.directory, 'offpeak.db'), { nextTurn });
  const engine = await openBenchEngine({ project: orderProject(load, job), store });
  const run = await store.runs.open({ job: job.name, slotAtMs: Date.now(), kind: 'manual', fence: engine.lease.fence });
  if (!run) throw new Error('the run exists already');
  return {
    run: async () => {
      const { state } = await engine.runOnce(job, run, EVERYTHING);
      if (state !== 'done') throw new Error(`the run ended as ${state}`);
    },
    close: async () => {
      await engine.close();
      await store.close();
    },
  };
}

function orderJob({ partitions, pagesEach, recordsPerPage }: Load): Job {
  return parseJob(
    {
      name: 'bench',
      platform: 'stub',
      partitions: () => Array.from({ length: partitions }, (_, n) => ({ key: String(n), scope: { user: String(n) } })),
      cursor: z.object({ page: z.number() }),
      initial: () => ({ page: 0 }),
      async *pages({ call }: { call: (api: string, params: object) => Promise<{ data: { orderList: object[] } }> }) {
        for (let page = 1; page <= pagesEach; page += 1) {
          const reply = await call('open.order.cursor.list', { cursor: String(page), pageSize: recordsPerPage });
          yield { records: reply.data.orderList, cursor: { page } };
        }
      },
      sink: upsert('orders', { key: 'oid' }),
      partitionsInFlight: partitions,
    },
    { file: 'bench/order-sync.ts', platforms: ['stub'], checkSchedule: () => [] },
  );
}

function orderProject({ directory, url, partitions }: Load, job: Job): Project {
  const tokens = Object.fromEntries(Array.from({ length: partitions }, (_, n) => [String(n), secret('env:TOKEN')]));
  const platform = kuaishou({
    appKey: 'ks0',
    signSecret: secret('env:SECRET'),
    tokens,
    baseUrl: url,
    // The ledger still counts every call; nothing binds.
    budgets: {
      'app-day': 1_000_000_000,
      'order-list-app-qps': false,
      'order-list-user-qps': false,
      'in-flight': partitions,
    },
  });
  return benchProject(directory, { platforms: { stub: platform }, partitionsInFlight: partitions }, [job]);
}
