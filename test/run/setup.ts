import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, EVERYTHING, openEngine, type RunSelection } from '../../src/cli/engine';
import type { Project } from '../../src/cli/project';
import { parseConfig } from '../../src/config';
import { defineJob, type JobDefinition, type Platform, upsert, z } from '../../src/index';
import { type Job, parseJob } from '../../src/job/parse';
import type { Run } from '../../src/job/run';
import { type KuaishouOptions, kuaishou } from '../../src/platform/kuaishou';
import { memoryTokens } from '../../src/platform/token-source';
import type { RunEvent } from '../../src/run/event';
import { type StopControl, stopControl } from '../../src/run/stop';
import type { SandboxOptions } from '../../src/sandbox/options';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { SecretVault, secret } from '../../src/secrets';
import { openStore, type Store } from '../../src/store/open';
import { type FakeClock, fakeClock } from '../fake-clock';

export const DAY_MS = 86_400_000;
const SHANGHAI = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' } as const;

/** One process's worth of Offpeak on a fake clock, against a sandbox over real HTTP and a real SQLite file. */
export interface Bundle {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly events: RunEvent[];
  readonly directory: string;
  readonly job: Job;
  engine: Engine;
  stop: StopControl;
  /** Takes the job's unfinished run, or a new one, as far as it goes now. */
  readonly run: (selection?: Partial<RunSelection>) => Promise<Run>;
  /** Ends the engine and begins another one, as a restart would. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface SetupOptions {
  readonly sandbox?: SandboxOptions;
  readonly kuaishou?: Partial<KuaishouOptions>;
  readonly job?: Partial<JobDefinition>;
  readonly users?: readonly string[];
}

/** A job over the orders of these merchants, in one slice of a week. */
function ordersJob(users: readonly string[], overrides: Partial<JobDefinition> = {}): JobDefinition {
  return {
    ...defineJob({
      name: 'orders',
      platform: 'shop',
      partitions: () => users.map((user) => ({ key: user, scope: { user } })),
      cursor: z.object({ page: z.string() }),
      initial: () => ({ page: '' }),
      async *pages({ cursor, call, nowMs }) {
        let { page } = cursor;
        while (page !== 'nomore') {
          const params = {
            orderViewStatus: 1,
            queryType: 2,
            sort: 2,
            beginTime: nowMs - 7 * DAY_MS + 3_600_000,
            endTime: nowMs,
            pageSize: 50,
          };
          const reply = await call('open.order.cursor.list', { ...params, cursor: page });
          page = reply.data.cursor;
          yield { records: reply.data.orderList, cursor: { page } };
        }
        yield { records: [], cursor: { page: '' } };
      },
      sink: upsert('orders', { key: 'oid' }),
    }),
    ...overrides,
  } as JobDefinition;
}

export async function setup({
  sandbox: sandboxOptions,
  kuaishou: platformOptions,
  job: overrides,
  users,
}: SetupOptions = {}): Promise<Bundle> {
  const clock = fakeClock(Date.parse('2026-03-02T12:00:00+08:00'));
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-run-'));
  const sandbox = await openSandbox({ clock, ...sandboxOptions });
  const platform = await shopOf(sandbox, platformOptions);
  const merchants = users ?? sandbox.kuaishou.userIds;
  const job = parseJob(ordersJob(merchants, overrides), {
    file: 'jobs/orders.ts',
    platforms: ['shop'],
    checkSchedule: () => [],
  });
  const project = projectOf({ directory, platform, job, sandbox });
  const store = await openStore(join(directory, 'test.db'), { clock });
  const events: RunEvent[] = [];
  const open = async (stop: StopControl): Promise<Engine> =>
    openEngine({
      project,
      store,
      stop,
      clock,
      command: 'test',
      log: silent,
      random: () => 0.5,
      onEvent: (event) => void events.push(event),
    });
  const stop = stopControl(clock, 5_000);
  const bundle: Bundle = {
    clock,
    sandbox,
    store,
    events,
    directory,
    job,
    stop,
    engine: await open(stop),
    async run(selection = {}) {
      const unfinished = await store.runs.unfinished(job.name);
      const slot = {
        job: job.name,
        slotAtMs: clock.nowMs(),
        kind: 'manual',
        fence: bundle.engine.lease.fence,
      } as const;
      const run = unfinished ?? (await store.runs.open(slot));
      if (!run) throw new Error('no run');
      return clock.run(bundle.engine.runOnce(job, run, { ...EVERYTHING, ...selection }), { turns: 40 });
    },
    async restart() {
      await clock.run(bundle.engine.close());
      bundle.stop = stopControl(clock, 5_000);
      bundle.engine = await open(bundle.stop);
    },
    async close() {
      await clock.run(bundle.engine.close());
      await store.close();
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return bundle;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function shopOf(sandbox: Sandbox, options: Partial<KuaishouOptions> = {}): Promise<Platform> {
  const tokens = memoryTokens();
  for (const user of sandbox.kuaishou.userIds) {
    const pair = sandbox.kuaishou.tokens(user);
    if (pair) await tokens.save(user, { ...pair, expiresAtMs: null });
  }
  return kuaishou({
    appKey: sandbox.kuaishou.appKey,
    signSecret: secret('env:SIGN_SECRET'),
    appSecret: secret('env:APP_SECRET'),
    baseUrl: sandbox.kuaishou.url,
    tokens,
    day: SHANGHAI,
    ...options,
  });
}

function projectOf({
  directory,
  platform,
  job,
  sandbox,
}: {
  directory: string;
  platform: Platform;
  job: Job;
  sandbox: Sandbox;
}): Project {
  const values: Record<string, string> = {
    SIGN_SECRET: sandbox.kuaishou.signSecret,
    APP_SECRET: sandbox.kuaishou.appSecret,
  };
  const vault = new SecretVault({ env: (name) => values[name], file: () => '' });
  const config = parseConfig({ platforms: { shop: platform } }, 'offpeak.config.ts');
  return { directory, config, jobs: [job], broken: [], warnings: [], vault };
}
