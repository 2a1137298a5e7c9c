import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSandbox, type Sandbox } from '../src/sandbox/sandbox';

const USERS = ['3649418105', '3649418106', '3649418107'];
/** What the sandbox enforces, and what Offpeak is told. */
const QPS = 60;
const TOLD_QPS = 55;
const PAGE_SIZE = 10;
/** Of all merchants together they take most of the minute after which a run begins anew. */
const PAGES_EACH = 850;

export interface SoakProject {
  readonly directory: string;
  readonly sandbox: Sandbox;
}

/** A project of one job that is nearly always under way, and the sandbox that it calls over HTTP. */
export async function openSoakProject(): Promise<SoakProject> {
  const sandbox = await openSandbox({
    latencyMs: [5, 40],
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders: PAGES_EACH * PAGE_SIZE, items: 0 }])),
      limits: { appPerDay: 100_000_000, apiQpsByApi: { 'open.order.cursor.list': QPS } },
    },
  });
  const { url, signSecret, tokens } = sandbox.kuaishou;
  process.env['SOAK_SECRET'] = signSecret;
  for (const user of USERS) process.env[`SOAK_TOKEN_${user}`] = tokens(user)?.accessToken;
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-soak-'));
  await mkdir(join(directory, 'jobs'));
  await writeFile(join(directory, 'offpeak.config.ts'), config(url, sandbox.kuaishou.appKey));
  await writeFile(join(directory, 'jobs', 'orders.ts'), JOB);
  return { directory, sandbox };
}

function config(url: string, appKey: string): string {
  const tokens = USERS.map((user) => `'${user}': secret('env:SOAK_TOKEN_${user}')`).join(', ');
  return `import { defineConfig, kuaishou, secret } from 'offpeak';
export default defineConfig({
  logLevel: 'warn',
  platforms: {
    shop: kuaishou({
      appKey: '${appKey}',
      signSecret: secret('env:SOAK_SECRET'),
      tokens: { ${tokens} },
      baseUrl: '${url}',
      budgets: { 'app-day': 100_000_000, 'order-list-app-qps': ${TOLD_QPS}, 'order-list-user-qps': false },
    }),
  },
});
`;
}

const JOB = `import { defineJob, upsert, z } from 'offpeak';
const DAY_MS = 86_400_000;
export default defineJob({
  name: 'orders',
  platform: 'shop',
  schedule: { every: '1m', offset: '0m' },
  partitions: () => ${JSON.stringify(USERS)}.map((user) => ({ key: user, scope: { user } })),
  cursor: z.object({ page: z.string() }),
  initial: () => ({ page: '' }),
  async *pages({ cursor, call, nowMs }) {
    let { page } = cursor;
    while (page !== 'nomore') {
      const span = { beginTime: nowMs - 6.9 * DAY_MS, endTime: nowMs };
      const query = { ...span, orderViewStatus: 1, queryType: 2, sort: 2, pageSize: ${PAGE_SIZE}, cursor: page };
      const reply = await call('open.order.cursor.list', query);
      page = reply.data.cursor;
      yield { records: reply.data.orderList, cursor: { page } };
    }
    yield { records: [], cursor: { page: '' } };
  },
  sink: upsert('orders', { key: 'oid' }),
});
`;
