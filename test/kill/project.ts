import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox';

export const CLI = resolve(__dirname, '../../dist/cli.js');
export const USERS = ['3649418105', '3649418106', '3649418107'] as const;

/** A quota day that does not turn over in a test: it ends in May 2033. */
export const LONG_DAY_MS = 1_000_000_000_000;

const DAY_MS = 86_400_000;
/** The list takes at most seven days. */
const SPAN_MS = 6.9 * DAY_MS;

export interface KillProject {
  readonly dayMs: number;
  readonly pageSize: number;
  /** Default USERS. */
  readonly users?: readonly string[];
  /** End of the span of orders, epoch ms. Default now. */
  readonly untilMs?: number;
  /** Side by side. Default 8. */
  readonly partitionsInFlight?: number;
  readonly testUsers?: readonly string[];
  readonly budgets: Readonly<Record<string, number | false>>;
}

/** What the processes of such a project find in their environment. */
export function environment(sandbox: Sandbox): NodeJS.ProcessEnv {
  return { ...process.env, SANDBOX_URL: sandbox.kuaishou.url, SIGN_SECRET: sandbox.kuaishou.signSecret };
}

/** A project in a folder of its own with two jobs over the merchants of a sandbox: `orders` into a table, `lines` into files. */
export async function makeProject(sandbox: Sandbox, options: KillProject): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-kill-'));
  await mkdir(join(directory, 'jobs'));
  await mkdir(join(directory, 'tokens'));
  for (const user of options.users ?? USERS) {
    await writeFile(join(directory, tokenPath(user)), sandbox.kuaishou.tokens(user)?.accessToken ?? '', {
      mode: 0o600,
    });
  }
  await writeFile(join(directory, 'offpeak.config.ts'), configOf(sandbox, options));
  await writeFile(join(directory, 'jobs/orders.ts'), jobOf('orders', "upsert('orders', { key: 'oid' })", options));
  await writeFile(join(directory, 'jobs/lines.ts'), jobOf('lines', "jsonl('lines')", options));
  return directory;
}

function tokenPath(user: string): string {
  return `tokens/${user}`;
}

function configOf(sandbox: Sandbox, options: KillProject): string {
  const { dayMs, users = USERS, testUsers = [], budgets, partitionsInFlight = 8 } = options;
  const tokens = users.map((user) => `'${user}': secret('file:${tokenPath(user)}')`).join(', ');
  return `import { defineConfig, kuaishou, secret } from 'offpeak';
export default defineConfig({
  partitionsInFlight: ${partitionsInFlight},
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
`;
}

function jobOf(name: string, sink: string, { users = USERS, pageSize, untilMs = Date.now() }: KillProject): string {
  const query = { orderViewStatus: 1, queryType: 2, sort: 2, pageSize, beginTime: untilMs - SPAN_MS, endTime: untilMs };
  return `import { defineJob, jsonl, upsert, z } from 'offpeak';
export default defineJob({
  name: '${name}',
  platform: 'shop',
  partitions: () => ${JSON.stringify(users)}.map((user) => ({ key: user, scope: { user } })),
  cursor: z.object({ page: z.string() }),
  initial: () => ({ page: '' }),
  async *pages({ cursor, call }) {
    let { page } = cursor;
    while (page !== 'nomore') {
      const reply = await call('open.order.cursor.list', { ...${JSON.stringify(query)}, cursor: page });
      page = reply.data.cursor;
      yield { records: reply.data.orderList, cursor: { page } };
    }
  },
  sink: ${sink},
});
`;
}
