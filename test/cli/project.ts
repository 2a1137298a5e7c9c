import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/options';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { openStore } from '../../src/store/open';
import { type Ended, type Live, launch, type SpawnOptions } from './process';

/** The checkout, whose `dist/` is what a user runs. */
export const CHECKOUT = join(__dirname, '..', '..');
const CLI = join(CHECKOUT, 'dist', 'cli.js');

export const USERS = ['3649418105', '3649418106'] as const;

export interface TestProject {
  readonly directory: string;
  readonly sandbox: Sandbox;
  /** Runs a command to its end. */
  readonly offpeak: (args: readonly string[], options?: SpawnOptions) => Promise<Ended>;
  /** Begins a command and does not wait. */
  readonly begin: (args: readonly string[], options?: SpawnOptions) => Live;
  /** The JSON that a command prints; expects that it ended with 0. */
  readonly json: <Document>(args: readonly string[]) => Promise<Document>;
  readonly write: (path: string, text: string) => void;
  /** What the upsert sink kept in the table `orders`. */
  readonly stored: () => Promise<readonly string[]>;
}

export interface ProjectOptions {
  readonly config?: ConfigOptions | string;
  /** By file name under jobs/. */
  readonly jobs?: Readonly<Record<string, string>>;
  readonly sandbox?: SandboxOptions;
}

const cleanups: (() => Promise<void> | void)[] = [];

/** To be called after all tests, which run side by side: ends what a failed one left running, then takes the folders away. */
export async function removeAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A project in a folder of its own, against a sandbox in this process. Its secrets and the sandbox's address come by environment. */
export async function makeProject(options: ProjectOptions = {}): Promise<TestProject> {
  const directory = mkdtempSync(join(tmpdir(), 'offpeak-cli-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  const sandbox = await openSandbox({ kuaishou: { merchants: MERCHANTS }, ...options.sandbox });
  cleanups.push(() => sandbox.close());
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write('offpeak.config.ts', typeof options.config === 'string' ? options.config : configFile(options.config));
  mkdirSync(join(directory, 'jobs'));
  const jobs = options.jobs ?? { 'orders.ts': ordersJob() };
  for (const [name, text] of Object.entries(jobs)) write(`jobs/${name}`, text);
  const begin = (args: readonly string[], how: SpawnOptions = {}): Live => {
    const live = launch([how.script ?? CLI, ...args], {
      ...how,
      cwd: directory,
      env: { ...environment(sandbox), ...how.env },
    });
    cleanups.push(live.kill);
    return live;
  };
  const offpeak = (args: readonly string[], how?: SpawnOptions): Promise<Ended> => begin(args, how).ended;
  return {
    directory,
    sandbox,
    offpeak,
    begin,
    async json<Document>(args: readonly string[]) {
      const { code, stdout, stderr } = await offpeak([...args, '--json']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return JSON.parse(stdout) as Document;
    },
    write,
    async stored() {
      const store = await openStore(join(directory, 'data', 'offpeak.db'), { readOnly: true });
      try {
        return await store.records.keys('orders');
      } finally {
        await store.close();
      }
    },
  };
}

/** Two pages of 50 each, the second one half full. */
const MERCHANTS = { [USERS[0]]: { orders: 75, items: 0 }, [USERS[1]]: { orders: 75, items: 0 } };

export interface ConfigOptions {
  readonly dayMs?: number;
  readonly budgets?: Readonly<Record<string, number>>;
  readonly testUsers?: readonly string[];
  readonly shutdownTimeoutMs?: number;
  /** Further lines inside of defineConfig. */
  readonly more?: string;
}

/** A config file with one platform, `shop`. */
export function configFile({
  dayMs,
  budgets = {},
  testUsers = [],
  shutdownTimeoutMs = 5_000,
  more = '',
}: ConfigOptions = {}): string {
  const day = dayMs === undefined ? '' : `day: { kind: 'fixed', lengthMs: ${dayMs} }, resetGuardMs: 100,`;
  return `import { defineConfig, kuaishou, secret } from 'offpeak';
export default defineConfig({
  shutdownTimeoutMs: ${shutdownTimeoutMs},
  ${more}
  platforms: {
    shop: kuaishou({
      appKey: secret('env:APP_KEY'),
      signSecret: secret('env:SIGN_SECRET'),
      baseUrl: process.env.SHOP_URL,
      tokens: { ${USERS.map((user) => `'${user}': secret('env:TOKEN_${user}')`).join(', ')} },
      testUsers: ${JSON.stringify(testUsers)},
      budgets: ${JSON.stringify(budgets)},
      ${day}
    }),
  },
});
`;
}

export interface JobOptions {
  readonly name?: string;
  readonly platform?: string;
  readonly users?: readonly string[];
  /** Source text of the property, when there is one. */
  readonly schedule?: string;
  /** Source text that stands before each yield. */
  readonly before?: string;
  /** Source text of a sink. */
  readonly sink?: string;
  readonly cursor?: string;
  /** Source text of further properties, each with its comma. */
  readonly more?: string;
}

/** A job over the orders of the last week of each merchant: one yield a page. */
export function ordersJob(options: JobOptions = {}): string {
  const { name = 'orders', platform = 'shop', users = USERS, schedule, before = '' } = options;
  const { sink = "upsert('orders', { key: 'oid' })", cursor = '{ page }', more = '' } = options;
  return `import { defineJob, upsert, z } from 'offpeak';
const WEEK_MS = 7 * 86_400_000 - 3_600_000;
export default defineJob({
  name: ${JSON.stringify(name)},
  platform: ${JSON.stringify(platform)},
  ${schedule === undefined ? '' : `schedule: ${schedule},`}
  ${more}
  partitions: () => ${JSON.stringify(users)}.map((user) => ({ key: user, scope: { user } })),
  cursor: z.object({ page: z.string() }),
  initial: () => ({ page: '' }),
  async *pages({ cursor, partition, call, nowMs }) {
    let { page } = cursor;
    while (page !== 'nomore') {
      const window = { beginTime: nowMs - WEEK_MS, endTime: nowMs };
      const params = { orderViewStatus: 1, queryType: 2, sort: 2, pageSize: 50, cursor: page, ...window };
      const reply = await call('open.order.cursor.list', params);
      page = reply.data.cursor;
      ${before}
      yield { records: reply.data.orderList, cursor: ${cursor} };
    }
    yield { records: [], cursor: { page: '' } };
  },
  sink: ${sink},
});
`;
}

/** Every order of the sandbox that the job's week holds. */
export function orderKeys(sandbox: Sandbox): string[] {
  return [...sandbox.kuaishou.orderIds()].map(String).sort();
}

function environment({ kuaishou }: Sandbox): Record<string, string> {
  const tokens = USERS.map((user) => [`TOKEN_${user}`, kuaishou.tokens(user)?.accessToken ?? ''] as const);
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: tmpdir(),
    SHOP_URL: kuaishou.url,
    APP_KEY: kuaishou.appKey,
    SIGN_SECRET: kuaishou.signSecret,
    ...Object.fromEntries(tokens),
  };
}
