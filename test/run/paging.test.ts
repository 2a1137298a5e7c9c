import items from '../../jobs/kuaishou-items';
import orders from '../../jobs/kuaishou-orders';
import forms from '../../jobs/yida-forms';
import { type JobDefinition, secret, yida } from '../../src/index';
import { type Job, parseJob } from '../../src/job/parse';
import type { SandboxOptions } from '../../src/sandbox/options';
import { type Bundle, type PlatformChanges, setup } from './setup';

const USER = '101';
const FORM = 'FORM-A';
const FORM_API = 'yida.forms.instances.search';

let bundle: Bundle;
afterEach(() => bundle.close());

interface Example {
  readonly definition: unknown;
  readonly key: string;
  readonly idField: string;
  readonly sandbox: SandboxOptions;
  readonly platform?: PlatformChanges;
}

/** One of the example jobs over one partition; what it delivers is noted, each time. */
async function open({ definition, key, idField, sandbox, platform }: Example): Promise<string[]> {
  const delivered: string[] = [];
  const scope = key === USER ? { user: USER } : {};
  const changes: Partial<JobDefinition> = {
    platform: 'shop',
    partitions: () => [{ key, scope }],
    sink: (records) => {
      delivered.push(...records.map((record) => String(record[idField])));
    },
  };
  const job: Job = parseJob(
    { ...(definition as JobDefinition), ...changes },
    { file: 'jobs/example.ts', platforms: ['shop'], checkSchedule: () => [] },
  );
  bundle = await setup({ sandbox, jobs: () => [job], ...(platform && { platform }) });
  return delivered;
}

/** A run that is stopped after so many pages and taken up by another process. */
async function runInTwo(pages: number): Promise<void> {
  bundle.stopAfterPages(pages);
  expect(await bundle.run()).toMatchObject({ state: 'queued' });
  await bundle.restart();
  expect(await bundle.run()).toMatchObject({ state: 'done' });
}

function expectOnce(delivered: readonly string[], ids: Iterable<string | number>): void {
  expect(new Set(delivered)).toEqual(new Set([...ids].map(String)));
  expect(delivered).toHaveLength(new Set(delivered).size);
}

/** The vault of the bundle knows Kuaishou's two secrets: Yida's have their values here. */
const YIDA_SECRETS = { appSecret: 'sandbox-app-secret', systemToken: 'sandbox-sign-secret' };

const yidaPlatform: PlatformChanges = (_shop, sandbox) =>
  yida({
    appKey: sandbox.yida.appKey,
    appSecret: secret('env:APP_SECRET'),
    systemToken: secret('env:SIGN_SECRET'),
    appType: sandbox.yida.appType,
    userId: 'user1',
    baseUrl: sandbox.yida.url,
  });

function formsOf(instances: number): Example {
  return {
    definition: forms,
    key: FORM,
    idField: 'formInstanceId',
    sandbox: { yida: { ...YIDA_SECRETS, forms: { [FORM]: { instances } } } },
    platform: yidaPlatform,
  };
}

describe('yida-forms', () => {
  it('delivers each of 12,000 instances once, through a search that ends at 5,000', async () => {
    const delivered = await open(formsOf(12_000));
    await runInTwo(30);
    expectOnce(delivered, bundle.sandbox.yida.instanceIds());
    const asked = bundle.sandbox.ledger.attempts({ api: FORM_API });
    expect(asked.every(({ verdict }) => verdict === 'served')).toBe(true);
    // 120 full pages; the rest are the last pages of slices, cuts, and a page of the stop.
    expect(asked.length).toBeLessThanOrEqual(130);
  });

  it('needs one call for a form with few changes', async () => {
    await open(formsOf(80));
    expect(await bundle.run()).toMatchObject({ state: 'done' });
    expect(bundle.sandbox.ledger.attempts({ api: FORM_API })).toHaveLength(1);
  });
});

describe('kuaishou-orders', () => {
  it('delivers each order once over slices of 7 days, also when it is stopped inside of one', async () => {
    const sandbox = { kuaishou: { merchants: { [USER]: { orders: 700, items: 0 } } } };
    const delivered = await open({ definition: orders, key: USER, idField: 'oid', sandbox });
    await runInTwo(6);
    expectOnce(delivered, bundle.sandbox.kuaishou.orderIds());
  });
});

describe('kuaishou-items', () => {
  it('delivers each item once, downwards, also when it is stopped in the middle', async () => {
    const sandbox = { kuaishou: { merchants: { [USER]: { orders: 0, items: 430 } } } };
    const delivered = await open({ definition: items, key: USER, idField: 'kwaiItemId', sandbox });
    await runInTwo(4);
    expect(new Set(delivered).size).toBe(430);
    expect(delivered).toHaveLength(430);
  });
});
