import type { Run } from '../../src/job/run';
import { type ApigOptions, apig } from '../../src/platform/bundled/apig';
import { parseThrottlePolicy, type ThrottlePolicy } from '../../src/platform/bundled/apig/policy';
import { bindPolicy, createPolicy } from '../../src/platform/bundled/apig/throttles';
import type { SandboxOptions } from '../../src/sandbox/options';
import { secret } from '../../src/secrets';
import { controlOf } from '../sandbox/apig-client';
import { listsJob } from './jobs';
import { type Bundle, RESUME_AT, setup } from './setup';

const PATHS = ['/v1/orders', '/v1/items'];
const RECORDS = 300;
const WINDOW_MS = 600_000;

let bundle: Bundle;
afterEach(() => bundle.close());

interface Given {
  readonly platform?: Partial<ApigOptions>;
  readonly sandbox?: NonNullable<SandboxOptions['apig']>;
}

async function open({ platform = {}, sandbox = {} }: Given = {}): Promise<Bundle> {
  const apis = Object.fromEntries(PATHS.map((path) => [path, { records: RECORDS }]));
  bundle = await setup({
    sandbox: { latencyMs: [5, 10], apig: { apis, ...sandbox } },
    platform: (_, { apig: twin }) =>
      apig({
        baseUrl: twin.url,
        auth: {
          kind: 'iam',
          endpoint: twin.url,
          domain: twin.domain,
          user: twin.userName,
          password: secret('env:APIG_PASSWORD'),
          project: 'sandbox',
        },
        user: twin.userId,
        ...platform,
      }),
    jobs: () => [listsJob(PATHS)],
  });
  return bundle;
}

/** Creates a policy in the twin, and binds it to both lists. */
async function throttle({ sandbox, play }: Bundle, policy: ThrottlePolicy): Promise<void> {
  const control = controlOf(sandbox);
  const { id } = await play(control(createPolicy(policy)));
  await play(control(bindPolicy(id, Object.values(sandbox.apig.publishIds))));
}

/** Takes the run on until it is done, moving to each reset. */
async function toTheEnd(): Promise<{ last: Run; parks: number }> {
  const { clock, run } = bundle;
  let last = await run();
  let parks = 0;
  for (; last.state === 'parked' && parks < 10; parks += 1) {
    await clock.advanceTo(last.resumesAtMs ?? 0);
    last = await run();
  }
  return { last, parks };
}

const verdicts = (verdict: 'served' | 'refused' | 'denied'): number =>
  bundle.sandbox.ledger.attempts({ verdict }).filter(({ api }) => api.startsWith('GET ')).length;

async function everyRecordIsThere(): Promise<void> {
  const stored = await bundle.store.records.keys('records');
  expect(new Set(stored)).toEqual(new Set(bundle.sandbox.apig.recordIds()));
}

const POLICY = parseThrottlePolicy({ name: 'few', api_call_limits: 6, time_interval: 10, time_unit: 'MINUTE' });

describe('a sync through a gateway', () => {
  it('keeps to a policy that it was given: nothing is refused, and nothing is lost', async () => {
    await throttle(await open({ platform: { throttles: [POLICY] } }), POLICY);
    const { last, parks } = await toTheEnd();
    expect([last.state, parks > 0, verdicts('refused')]).toEqual(['done', true, 0]);
    await everyRecordIsThere();
  });

  it('waits for a whole window where it meets a policy that it did not know of', async () => {
    const { clock } = await open();
    await throttle(bundle, POLICY);
    const first = await bundle.run();
    expect(first.state).toBe('parked');
    expect((first.resumesAtMs ?? 0) - clock.nowMs()).toBeGreaterThan(WINDOW_MS - 60_000);
    expect((await toTheEnd()).last.state).toBe('done');
    await everyRecordIsThere();
  });

  it("goes on at the same page after the day's quota, without a page served twice", async () => {
    const { sandbox } = await open({ sandbox: { limits: { modelPerDay: 20 } } });
    const first = await bundle.run();
    expect([first.state, first.resumesAtMs]).toEqual(['parked', RESUME_AT]);
    const { last } = await toTheEnd();
    expect(last).toMatchObject({ state: 'done', totals: { records: 2 * RECORDS, partitionsFailed: 0 } });
    expect(sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
    await everyRecordIsThere();
  });

  it('renews a token that ends in the middle, and the run does not notice', async () => {
    const opened = await open();
    let pages = 0;
    opened.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) === 5) opened.sandbox.apig.expireTokens();
    };
    const done = await opened.run();
    expect(done).toMatchObject({ state: 'done', totals: { records: 2 * RECORDS, partitionsFailed: 0 } });
    expect(verdicts('denied')).toBeGreaterThan(0);
    expect(opened.sandbox.ledger.attempts({ api: 'iam.tokens', verdict: 'served' })).toHaveLength(2);
    await everyRecordIsThere();
  });

  it('learns what the headers say of a limit of seconds, and keeps to it', async () => {
    const { store } = await open({ platform: { debug: true } });
    await throttle(bundle, { ...POLICY, api_call_limits: 20, time_interval: 1, time_unit: 'SECOND' });
    expect((await bundle.run()).state).toBe('done');
    const learned = await store.learned.list({ budget: 'api-qps' });
    expect(learned.map(({ said }) => said)).toEqual([20, 20]);
    await everyRecordIsThere();
  });
});
