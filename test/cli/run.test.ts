import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Run, RunPartition } from '../../src/job/run';
import { configFile, makeProject, orderKeys, ordersJob, removeAll, USERS } from './project';

afterAll(removeAll);

/** A quota day that does not turn over while a test runs: it ends in May 2033. */
const LONG_DAY_MS = 1_000_000_000_000;

interface Shown {
  readonly run: Run;
  readonly stuck: readonly RunPartition[];
}

describe('run', () => {
  test.concurrent('syncs every record once, prints its table and ends with 0', async () => {
    const { offpeak, stored, sandbox } = await makeProject();
    const { code, stdout, stderr } = await offpeak(['run', 'orders']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^run +job +slot/);
    expect(stdout).toMatch(/\n1 +orders .* manual +done +2\/2 +6 +150 +4 /);
    expect([...(await stored())].sort()).toEqual(orderKeys(sandbox));
    expect(sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  test.concurrent('prints one JSON document with --json, and its progress beside it', async () => {
    const { offpeak } = await makeProject();
    const { code, stdout, stderr } = await offpeak(['run', 'orders', '--json']);
    expect(code).toBe(0);
    const { run, stuck } = JSON.parse(stdout) as Shown;
    expect(run).toMatchObject({ id: 1, job: 'orders', kind: 'manual', state: 'done', totals: { records: 150 } });
    expect(stuck).toEqual([]);
    expect(stderr).toContain(`complete  orders/${USERS[0]}`);
  });

  test.concurrent('takes only the partitions that --partition selects', async () => {
    const { json, sandbox } = await makeProject();
    const { run } = await json<Shown>(['run', 'orders', '--partition', '*105']);
    expect(run.totals).toMatchObject({ partitions: 1, records: 75 });
    expect(sandbox.ledger.attempts({ user: USERS[1] })).toEqual([]);
  });

  test.concurrent('refuses a --partition that matches nothing, and names what there is', async () => {
    const { offpeak, sandbox } = await makeProject();
    const { code, stdout, stderr } = await offpeak(['run', 'orders', '--partition', 'shop-*']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('orders: no partition matches "shop-*"');
    expect(stderr).toContain(`It has ${USERS.join(', ')}.`);
    expect(sandbox.ledger.attempts()).toEqual([]);
  });

  test.concurrent('stops after --max-calls, and the next run goes on with the same one', async () => {
    const { offpeak, json, stored, sandbox } = await makeProject();
    const first = await offpeak(['run', 'orders', '--max-calls', '3']);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/\n1 +orders .* queued /);
    expect(first.stderr).toContain('unfinished: `offpeak run orders`');
    expect(sandbox.ledger.attempts()).toHaveLength(3);
    const { run } = await json<Shown>(['run', 'orders']);
    expect(run).toMatchObject({ id: 1, state: 'done' });
    expect([...(await stored())].sort()).toEqual(orderKeys(sandbox));
    expect(sandbox.ledger.attempts()).toHaveLength(4);
  });

  test.concurrent('ends with 0 when the quota is gone, and says until when it is parked and why', async () => {
    const { offpeak, json, sandbox } = await makeProject({
      config: { dayMs: LONG_DAY_MS, budgets: { 'app-day': 3 } },
    });
    const { code, stdout, stderr } = await offpeak(['run', 'orders']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n1 +orders .* parked +1\/2 /);
    expect(stdout).toMatch(/ {2}orders\/\d+ {2}parked, resumes at 2033-05-18 03:33:20 UTC {2}app-day of 3 is spent/);
    expect(stderr).toContain('parked, resumes at 2033-05-18 03:33:20 UTC: `offpeak start` does it');
    const again = await json<Shown>(['run', 'orders']);
    expect(again).toMatchObject({ run: { id: 1, state: 'parked' }, stuck: [{ state: 'parked' }] });
    expect(sandbox.ledger.attempts()).toHaveLength(3);
  });

  test.concurrent('waits with --wait through a quota day, to the last record', async () => {
    const dayMs = 2_000;
    const { json, stored, sandbox } = await makeProject({
      config: { dayMs, budgets: { 'app-day': 3 } },
      sandbox: {
        day: { kind: 'fixed', lengthMs: dayMs },
        kuaishou: {
          merchants: { [USERS[0]]: { orders: 175, items: 0 }, [USERS[1]]: { orders: 175, items: 0 } },
          limits: { appPerDay: 3 },
        },
      },
    });
    const { run } = await json<Shown>(['run', 'orders', '--wait']);
    expect(run).toMatchObject({ id: 1, state: 'done', totals: { records: 350, partitionsParked: 0 } });
    expect(run.totals.parks).toBeGreaterThan(0);
    expect(run.totals.resumes).toBe(run.totals.parks);
    expect([...(await stored())].sort()).toEqual(orderKeys(sandbox));
    expect(sandbox.ledger.overBudget()).toBe(0);
  });

  test.concurrent('keeps to --max-calls and --partition also with --wait', async () => {
    const { json, sandbox } = await makeProject({ config: { dayMs: 1_000, budgets: { 'app-day': 1 } } });
    const { run } = await json<Shown>(['run', 'orders', '--wait', '--max-calls', '1', '--partition', USERS[0]]);
    expect(run).toMatchObject({ state: 'queued', totals: { partitions: 1, attempts: 1 } });
    expect(sandbox.ledger.attempts()).toHaveLength(1);
  });

  test.concurrent('ends with 1 when a partition fails, goes on with the others, and says why', async () => {
    const { offpeak, sandbox, stored } = await makeProject();
    sandbox.kuaishou.revoke(USERS[0]);
    const { code, stdout, stderr } = await offpeak(['run', 'orders']);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`  orders/${USERS[0]}  failed  .*\\S`));
    expect(stderr).toContain('1 failed: `offpeak runs 1` says why');
    expect(await stored()).toHaveLength(75);
    const runs = await offpeak(['runs', '1']);
    expect(runs.code).toBe(0);
    expect(runs.stdout).toMatch(new RegExp(`\n${USERS[0]} +failed .*AUTHORIZATION_REVOKED`));
    expect(runs.stdout).toMatch(new RegExp(`\n${USERS[1]} +done `));
  });

  test.concurrent('fails when the job cannot list its partitions, and `runs` keeps the reason', async () => {
    const job = ordersJob().replace(/partitions: .*/, "partitions: () => { throw new Error('no list of shops'); },");
    const { offpeak } = await makeProject({ jobs: { 'orders.ts': job } });
    const { code, stdout, stderr } = await offpeak(['run', 'orders']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n1 +orders .* failed /);
    expect(stderr).toContain('failed: jobs/orders.ts: no list of shops');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect((await offpeak(['runs', '1'])).stdout).toContain('jobs/orders.ts: no list of shops');
    expect((await offpeak(['status'])).stdout).toContain('jobs/orders.ts: no list of shops');
  });

  test.concurrent('fails a partition whose cursor does not fit its schema, and names the path', async () => {
    const job = ordersJob({ cursor: '{ page: 7 }' });
    const { offpeak, stored } = await makeProject({ jobs: { 'orders.ts': job } });
    const { code, stdout } = await offpeak(['run', 'orders']);
    expect(code).toBe(1);
    expect(stdout).toContain('cursor.page: expected string, got 7');
    expect(await stored()).toEqual([]);
  });
});

describe('run --dry', () => {
  test.concurrent('makes no call to the platform, asks for no secret, and leaves no store', async () => {
    const { offpeak, sandbox, directory } = await makeProject();
    const env = { SIGN_SECRET: '', APP_KEY: '', [`TOKEN_${USERS[0]}`]: '' };
    const { code, stdout, stderr } = await offpeak(['run', 'orders', '--dry'], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/\n1 +orders .* done +2\/2 /);
    expect(stderr).toContain('no call left this machine, nothing was kept');
    expect(sandbox.ledger.attempts()).toEqual([]);
    expect(existsSync(join(directory, 'data', 'offpeak.db'))).toBe(false);
  });

  test.concurrent('leaves a store that is there as it was', async () => {
    const { offpeak, json } = await makeProject();
    await offpeak(['run', 'orders', '--max-calls', '1']);
    const before = await json(['runs', '1']);
    expect((await offpeak(['run', 'orders', '--dry'])).code).toBe(0);
    expect(await json(['runs', '1'])).toEqual(before);
  });

  test.concurrent('gives the invented records to no sink outside', async () => {
    const sink = "async (records) => { (await import('node:fs')).writeFileSync('delivered', String(records.length)); }";
    const { offpeak, directory } = await makeProject({ jobs: { 'orders.ts': ordersJob({ sink }) } });
    expect((await offpeak(['run', 'orders', '--dry'])).code).toBe(0);
    expect(existsSync(join(directory, 'delivered'))).toBe(false);
    expect((await offpeak(['run', 'orders'])).code).toBe(0);
    expect(existsSync(join(directory, 'delivered'))).toBe(true);
  });

  test.concurrent('says that a platform without a sandbox cannot be tried dry', async () => {
    const config = configFile()
      .replace('shop: kuaishou(', "shop: (({ vendor, ...rest }) => ({ ...rest, vendor: 'acme' }))(kuaishou(")
      .replace('    }),\n  },\n});', '    })),\n  },\n});');
    const { offpeak } = await makeProject({ config });
    const { code, stderr } = await offpeak(['run', 'orders', '--dry']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no sandbox for the vendor "acme"');
  });
});
