import forms from '../../jobs/yida-forms';
import {
  type BudgetsOption,
  type Call,
  dingtalk,
  type JobDefinition,
  type PartitionInput,
  secret,
  yida,
  z,
} from '../../src/index';
import { type Job, parseJob } from '../../src/job/parse';
import type { SandboxOptions } from '../../src/sandbox/options';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { type Bundle, type PlatformChanges, setup } from './setup';

/** The vault of the bundle knows Kuaishou's two secrets: the others' have their values here. */
const APP_SECRET = 'sandbox-app-secret';
const SYSTEM_TOKEN = 'sandbox-sign-secret';

/** Ten minutes before the month ends in Beijing: still March in UTC when it does. */
const START = '2026-03-31T23:50:00+08:00';
const NEXT_MONTH_MS = Date.parse('2026-04-01T00:00:02+08:00'); // with the guard for the difference of the clocks
const PAGES = 16;

let bundle: Bundle;
afterEach(() => bundle.close());

interface Limits {
  /** Of the twin. */
  readonly perMonth?: number | null;
  readonly ipPer20s?: number;
}

/** One vendor behind the gateway, and a job that reads a list of it. */
interface Vendor {
  readonly name: 'dingtalk' | 'yida';
  readonly api: string;
  readonly job: unknown;
  readonly partition: PartitionInput;
  readonly platform: (budgets: BudgetsOption) => PlatformChanges;
  readonly sandbox: (limits: Limits) => SandboxOptions;
  readonly idOf: (record: Readonly<Record<string, unknown>>) => string;
  readonly ids: (sandbox: Sandbox) => Iterable<string>;
}

const INSTANCES = 'POST /v1.0/workflow/processes/instanceIds/query';
const USERS = 'POST /topapi/v2/user/list';

const instancesReply = z.object({ result: z.object({ list: z.array(z.string()), nextToken: z.string().optional() }) });
const usersReply = z.object({
  result: z.object({
    has_more: z.boolean(),
    next_cursor: z.number().optional(),
    list: z.array(z.looseObject({ userid: z.string() })),
  }),
});

async function nextInstances(call: Call, next: number) {
  const asked = { processCode: 'PROC-A', startTime: 0, nextToken: next, maxResults: 20 };
  const { list, nextToken } = (await call(INSTANCES, asked, { reply: instancesReply })).result;
  return { records: list.map((id) => ({ id })), next: nextToken === undefined ? null : Number(nextToken) };
}

async function nextUsers(call: Call, next: number) {
  const { result } = await call(USERS, { dept_id: 1, cursor: next, size: 100 }, { reply: usersReply });
  const records = result.list.map(({ userid }) => ({ id: userid }));
  return { records, next: result.has_more ? (result.next_cursor ?? 0) : null };
}

/** The partition `users` reads contacts over the old API, any other one instances over the new. */
const lists: Partial<JobDefinition> = {
  name: 'lists',
  cursor: z.object({ next: z.number() }),
  initial: () => ({ next: 0 }),
  async *pages({ partition, cursor, call }) {
    const read = partition.key === 'users' ? nextUsers : nextInstances;
    let next: number | null = (cursor as { next: number }).next;
    while (next !== null) {
      const page: Awaited<ReturnType<typeof read>> = await read(call, next);
      next = page.next;
      yield { records: page.records, cursor: { next: next ?? 0 } };
    }
  },
};

const DINGTALK: Vendor = {
  name: 'dingtalk',
  api: 'workflow.processes.instanceIds.query',
  job: lists,
  partition: { key: 'instances' },
  platform: (budgets) => (_shop, sandbox) => {
    const { url, appKey } = sandbox.dingtalk;
    return dingtalk({ appKey, appSecret: secret('env:APP_SECRET'), baseUrl: url, oldBaseUrl: url, budgets });
  },
  sandbox: (limits) => ({
    dingtalk: {
      appSecret: APP_SECRET,
      processes: { 'PROC-A': { instances: PAGES * 20 } },
      departments: { '1': { users: 450 } },
      limits: { ...limits },
    },
  }),
  idOf: ({ id }) => String(id),
  ids: (sandbox) => sandbox.dingtalk.instanceIds(),
};

const YIDA: Vendor = {
  name: 'yida',
  api: 'yida.forms.instances.search',
  job: forms,
  partition: { key: 'FORM-A' },
  platform: (budgets) => (_shop, sandbox) =>
    yida({
      appKey: sandbox.yida.appKey,
      appSecret: secret('env:APP_SECRET'),
      systemToken: secret('env:SIGN_SECRET'),
      appType: sandbox.yida.appType,
      userId: 'user1',
      baseUrl: sandbox.yida.url,
      budgets,
    }),
  sandbox: (limits) => ({
    yida: {
      appSecret: APP_SECRET,
      systemToken: SYSTEM_TOKEN,
      forms: { 'FORM-A': { instances: PAGES * 100 } },
      limits: { ...limits },
    },
  }),
  idOf: ({ formInstanceId }) => String(formInstanceId),
  ids: (sandbox) => sandbox.yida.instanceIds(),
};

interface Case {
  readonly vendor: Vendor;
  readonly limits?: Limits;
  readonly budgets?: BudgetsOption;
  readonly more?: readonly PartitionInput[];
}

/** What the job delivered, each time. */
async function open({ vendor, limits = {}, budgets = {}, more = [] }: Case): Promise<string[]> {
  const delivered: string[] = [];
  const changes: Partial<JobDefinition> = {
    platform: 'shop',
    partitions: () => [vendor.partition, ...more],
    sink: (records) => {
      delivered.push(...records.map((record) => vendor.idOf(record)));
    },
  };
  const job: Job = parseJob(
    { ...(vendor.job as JobDefinition), ...changes },
    { file: 'jobs/example.ts', platforms: ['shop'], checkSchedule: () => [] },
  );
  bundle = await setup({
    startAt: START,
    sandbox: vendor.sandbox(limits),
    jobs: () => [job],
    platform: vendor.platform(budgets),
  });
  return delivered;
}

function expectOnce(delivered: readonly string[], ids: Iterable<string>): void {
  expect([...delivered].sort()).toEqual([...ids].sort());
}

function attempts(vendor: Vendor): number {
  return bundle.sandbox.ledger.attempts({ api: vendor.api }).length;
}

const perMonth = (limit: number): BudgetsOption => ({ 'org-month': { limit, per: 'month', scope: ['org'] } });

describe.each([DINGTALK, YIDA])('$name', (vendor) => {
  it('spends the month to the last call, and goes on at the same page on the 1st', async () => {
    const delivered = await open({ vendor, limits: { perMonth: 10 }, budgets: perMonth(10) });
    const first = await bundle.run();
    expect(first).toMatchObject({ state: 'parked', resumesAtMs: NEXT_MONTH_MS });
    expect(attempts(vendor)).toBe(10);
    await bundle.restart();
    await bundle.clock.advanceTo(NEXT_MONTH_MS);
    expect(await bundle.run()).toMatchObject({ state: 'done', id: first.id });
    expectOnce(delivered, vendor.ids(bundle.sandbox));
    expect(bundle.sandbox.ledger.overBudget()).toBe(0);
  });

  it('stops at the first refusal where others have spent the month, until the 1st', async () => {
    const delivered = await open({ vendor, limits: { perMonth: 10 }, budgets: perMonth(500) });
    expect(await bundle.run()).toMatchObject({ state: 'parked', resumesAtMs: NEXT_MONTH_MS });
    expect(bundle.sandbox.ledger.refusals()).toHaveLength(1);
    expect((await bundle.run()).state).toBe('parked');
    expect(attempts(vendor)).toBe(11);
    await bundle.clock.advanceTo(NEXT_MONTH_MS);
    expect((await bundle.run()).state).toBe('done');
    expectOnce(delivered, vendor.ids(bundle.sandbox));
  });

  it('loses nothing where tokens end early, again and again', async () => {
    const delivered = await open({ vendor });
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) % 5 === 0) bundle.sandbox[vendor.name].expireAccessTokens();
    };
    expect((await bundle.run()).state).toBe('done');
    expectOnce(delivered, vendor.ids(bundle.sandbox));
    const denied = bundle.sandbox.ledger.attempts({ api: vendor.api }).filter(({ verdict }) => verdict === 'denied');
    expect(denied.length).toBeGreaterThanOrEqual(3);
  });

  it('waits out the ban of its address and asks nothing in the meantime', async () => {
    const delivered = await open({ vendor, limits: { ipPer20s: 12 } });
    const run = await bundle.run();
    expect(run.state).toBe('done');
    expectOnce(delivered, vendor.ids(bundle.sandbox));
    const refused = bundle.sandbox.ledger.refusals();
    expect(refused.map(({ budget }) => budget)).toEqual(['ip-20s']);
    const after = bundle.sandbox.ledger.attempts().filter(({ n }) => n > (refused[0]?.n ?? 0));
    expect((after[0]?.atMs ?? 0) - (refused[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(300_000);
  });
});

it('reads contacts on while the month of the organisation is spent', async () => {
  const delivered = await open({ vendor: DINGTALK, limits: { perMonth: 3 }, more: [{ key: 'users' }] });
  expect(await bundle.run()).toMatchObject({ state: 'parked', resumesAtMs: NEXT_MONTH_MS });
  const users = [...bundle.sandbox.dingtalk.userIds()];
  expectOnce(
    delivered.filter((id) => id.startsWith('user-')),
    users,
  );
  expect(delivered).toHaveLength(users.length + 3 * 20);
});
