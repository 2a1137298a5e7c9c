import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox';

export const CLI = resolve(__dirname, '../../dist/cli.js');
export const USERS = ['3649418105', '3649418106', '3649418107'] as const;

export interface KillProject {
  readonly dayMs: number;
  readonly pageSize: number;
  readonly testUsers?: readonly string[];
  readonly budgets: Readonly<Record<string, number | false>>;
}

/** What the processes of such a project find in their environment. */
export function environment(sandbox: Sandbox): NodeJS.ProcessEnv {
  return {
    ...process.env,
    SANDBOX_URL: sandbox.kuaishou.url,
    SIGN_SECRET: sandbox.kuaishou.signSecret,
    ...Object.fromEntries(USERS.map((user) => [`TOKEN_${user}`, sandbox.kuaishou.tokens(user)?.accessToken])),
  };
}

/** A project in a folder of its own with one job, `orders`, over the merchants of a sandbox. */
export async function makeProject(
  sandbox: Sandbox,
  { dayMs, pageSize, testUsers = [], budgets }: KillProject,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-kill-'));
  await mkdir(join(directory, 'jobs'));
  const tokens = USERS.map((user) => `'${user}': secret('env:TOKEN_${user}')`).join(', ');
  await writeFile(
    join(directory, 'offpeak.config.ts'),
    `import { defineConfig, kuaishou, secret } from 'offpeak';
export default defineConfig({
  platforms: {
    shop: kuaishou({
      appKey: '${sandbox.kuaishou.appKey}',
      signSecret: secret('env:SIGN_SECRET'),
      tokens: { ${tokens} },
      baseUrl: process.env.SANDBOX_URL,
      day: { kind: 'fixed', lengthMs: ${dayMs} },
      resetGuardMs: 200,
      testUsers: ${JSON.stringify(testUsers)},
      budgets: ${JSON.stringify(budgets)},
    }),
  },
});
`,
  );
  await writeFile(
    join(directory, 'jobs', 'orders.ts'),
    `import { defineJob, upsert, z } from 'offpeak';
const DAY_MS = 86_400_000;
export default defineJob({
  name: 'orders',
  platform: 'shop',
  partitions: () => ${JSON.stringify(USERS)}.map((user) => ({ key: user, scope: { user } })),
  cursor: z.object({ page: z.string() }),
  initial: () => ({ page: '' }),
  async *pages({ cursor, call, nowMs }) {
    let { page } = cursor;
    while (page !== 'nomore') {
      const query = { orderViewStatus: 1, queryType: 2, sort: 2, beginTime: nowMs - 6.9 * DAY_MS, endTime: nowMs, pageSize: ${pageSize} };
      const reply = await call('open.order.cursor.list', { ...query, cursor: page });
      page = reply.data.cursor;
      yield { records: reply.data.orderList, cursor: { page } };
    }
  },
  sink: upsert('orders', { key: 'oid' }),
});
`,
  );
  return directory;
}
