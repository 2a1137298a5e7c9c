import { type JobDefinition, openai, secret, z, zhipu } from '../../src/index';
import { type Job, parseJob } from '../../src/job/parse';
import type { Platform } from '../../src/platform/platform';
import type { SandboxOptions } from '../../src/sandbox/options';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { type Bundle, setup } from './setup';

const KEY = secret('env:SIGN_SECRET');
const PARTITIONS = ['a', 'b', 'c', 'd'];
type VendorName = 'openai' | 'zhipu';

let bundle: Bundle;
afterEach(() => bundle.close());

interface Batch {
  readonly vendor: VendorName;
  /** Of each partition. */
  readonly items: number;
  readonly sandbox: SandboxOptions;
  readonly options?: Partial<Parameters<typeof openai>[0]>;
  readonly stream?: boolean;
}

/** What a process of the job holds: its key is read with every call, as that of a secret file is. */
let key = '';

/** A batch of prompts in partitions side by side, one call a page. Returns what is delivered, each time. */
async function open({ vendor, items, sandbox, options, stream = false }: Batch): Promise<string[]> {
  const delivered: string[] = [];
  bundle = await setup({
    sandbox: { latencyMs: [200, 900], ...sandbox },
    jobs: () => [batch(items, { stream, delivered })],
    platform: (_, opened) => platformOf(vendor, opened, options),
  });
  key = bundle.sandbox[vendor].apiKey;
  return delivered;
}

function platformOf(vendor: VendorName, opened: Sandbox, options: Batch['options']): Platform {
  const given = { apiKey: KEY, baseUrl: opened[vendor].baseUrl, ...options };
  const platform = vendor === 'openai' ? openai(given) : zhipu(given);
  return { ...platform, request: (call, auth) => platform.request(call, { ...auth, reveal: () => key }) };
}

function batch(items: number, { stream, delivered }: { stream: boolean; delivered: string[] }): Job {
  const definition: JobDefinition = {
    name: 'batch',
    platform: 'shop',
    partitions: () => PARTITIONS.map((name) => ({ key: name })),
    cursor: z.object({ next: z.number() }),
    initial: () => ({ next: 0 }),
    async *pages({ cursor, call, partition }) {
      for (let { next } = cursor as { next: number }; next < items; next += 1) {
        const messages = [{ role: 'user', content: `${partition.key}-${next}` }];
        const reply = await call('chat', { model: 'glm-4.6', messages, max_tokens: 200, stream });
        const [choice] = reply.choices;
        yield { records: [{ text: choice?.message.content ?? '' }], cursor: { next: next + 1 } };
      }
    },
    sink: (records) => {
      delivered.push(...records.map(({ text }) => String(text)));
    },
  };
  return parseJob(definition, { file: 'jobs/batch.ts', platforms: ['shop'], checkSchedule: () => [] });
}

function replies(items: number): string[] {
  return PARTITIONS.flatMap((name) => Array.from({ length: items }, (_, n) => `reply to ${name}-${n}`)).sort();
}

/** Until the run is no longer parked; how often it was. */
async function runOn(parksMax: number): Promise<{ parks: number; state: string }> {
  let run = await bundle.run();
  let parks = 0;
  for (; run.state === 'parked' && parks < parksMax; parks += 1) {
    await resume(run.resumesAtMs);
    run = await bundle.run();
  }
  return { parks, state: run.state };
}

/** Another process, at the instant of the resume; nobody beats time meanwhile. */
async function resume(atMs: number | null): Promise<void> {
  await bundle.play(bundle.process.close());
  await bundle.clock.advanceTo(atMs ?? 0);
  await bundle.restart();
}

/** Nothing is lost, and nothing is paid for twice. */
function expectEachOnce(delivered: readonly string[], items: number): void {
  expect([...delivered].sort()).toEqual(replies(items));
  const pages = bundle.sandbox.ledger.pagesServed();
  expect(pages).toHaveLength(PARTITIONS.length * items);
  expect(pages.every(({ times }) => times === 1)).toBe(true);
}

describe('a batch on Zhipu', () => {
  const TEN_MINUTES = { plan: 30, planMs: 600_000, inFlight: 5 };

  it('parks when a window of the plan is used up, until the instant that the refusal names', async () => {
    await open({ vendor: 'zhipu', items: 20, sandbox: { zhipu: { limits: TEN_MINUTES } } });
    const parked = await bundle.run();
    expect(parked).toMatchObject({ state: 'parked', totals: { partitionsFailed: 0 } });
    // 23:50 in Shanghai, windows of 10 minutes; the guard for the difference of the clocks on top.
    expect(parked.resumesAtMs).toBe(Date.parse('2026-03-03T00:00:02+08:00'));
    expect(bundle.sandbox.ledger.attempts({ verdict: 'served' })).toHaveLength(30);
  });

  it.each([false, true])('goes on window by window until every reply is there once (streamed: %s)', async (stream) => {
    const delivered = await open({ vendor: 'zhipu', items: 20, stream, sandbox: { zhipu: { limits: TEN_MINUTES } } });
    expect(await runOn(5)).toEqual({ parks: 2, state: 'done' });
    expectEachOnce(delivered, 20);
    expect(bundle.sandbox.ledger.overBudget()).toBeLessThanOrEqual(2 * 2); // as many as were in flight, each time
  });

  it('keeps within the calls at once that it is told', async () => {
    const sandbox = { zhipu: { limits: { inFlight: 3 } } };
    const delivered = await open({ vendor: 'zhipu', items: 10, sandbox, options: { inFlight: { 'glm-4.6': 3 } } });
    expect(await runOn(0)).toEqual({ parks: 0, state: 'done' });
    expectEachOnce(delivered, 10);
    expect(bundle.sandbox.ledger.overBudget()).toBe(0);
  });

  it('gets through with more calls at once than the platform takes: those wait, and fail nothing', async () => {
    const delivered = await open({
      vendor: 'zhipu',
      items: 10,
      sandbox: { zhipu: { limits: { inFlight: 2 } } },
      options: { inFlight: 4 },
    });
    expect(await runOn(0)).toEqual({ parks: 0, state: 'done' });
    expectEachOnce(delivered, 10);
    expect(bundle.sandbox.ledger.refusals({ budget: 'in-flight' }).length).toBeGreaterThan(0);
  });
});

describe('a batch on OpenAI', () => {
  it('parks when the requests of a day are used up, and goes on as they refill', async () => {
    const sandbox = { openai: { limits: { rpd: 48 } } }; // one in half an hour
    const delivered = await open({ vendor: 'openai', items: 13, sandbox });
    const { parks, state } = await runOn(10);
    expect(state).toBe('done');
    expect(parks).toBeGreaterThanOrEqual(3);
    expectEachOnce(delivered, 13);
  });

  it('keeps within the calls and the tokens of a minute that it is told', async () => {
    const limits = { rpm: 60, tpm: 9_000 };
    const sandbox = { openai: { limits } };
    const delivered = await open({ vendor: 'openai', items: 20, stream: true, sandbox, options: { limits } });
    expect(await runOn(0)).toEqual({ parks: 0, state: 'done' });
    expectEachOnce(delivered, 20);
    expect(bundle.sandbox.ledger.overBudget()).toBe(0);
  });

  it('finds its way with no figures at all: it waits as it is told', async () => {
    const sandbox = { openai: { limits: { rpm: 30, tpm: 3_000 } } };
    const delivered = await open({ vendor: 'openai', items: 15, sandbox });
    expect(await runOn(0)).toEqual({ parks: 0, state: 'done' });
    expectEachOnce(delivered, 15);
  });
});

describe.each(['openai', 'zhipu'] as const)('a key that is replaced in the middle of a batch on %s', (vendor) => {
  it('fails the run with what to do, and the next run goes on with the new one', async () => {
    const delivered = await open({ vendor, items: 10, sandbox: {} });
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) === 12) bundle.sandbox[vendor].rotateKey();
    };
    expect((await bundle.run()).state).toBe('failed');
    expect(delivered.length).toBeLessThan(40);
    const failed = bundle.events.find(({ kind }) => kind === 'failed');
    expect(JSON.stringify(failed)).toMatch(/put a good one where apiKey refers to/);
    await bundle.restart();
    key = bundle.sandbox[vendor].apiKey;
    expect((await bundle.run()).state).toBe('done');
    expectEachOnce(delivered, 10);
  });

  it('is not noticed when it is replaced while the run is parked', async () => {
    const sandbox = { openai: { limits: { rpd: 38 } }, zhipu: { limits: { plan: 30, planMs: 600_000 } } };
    const delivered = await open({ vendor, items: 10, sandbox });
    const parked = await bundle.run();
    expect(parked.state).toBe('parked');
    key = bundle.sandbox[vendor].rotateKey();
    await resume(parked.resumesAtMs);
    expect((await runOn(5)).state).toBe('done');
    expectEachOnce(delivered, 10);
  });
});

describe.each(['openai', 'zhipu'] as const)('a bill that is not paid on %s', (vendor) => {
  it('fails the run instead of waiting, and costs nothing when it is paid', async () => {
    const delivered = await open({ vendor, items: 5, sandbox: {} });
    bundle.sandbox[vendor].setCredit(false);
    expect((await bundle.run()).state).toBe('failed');
    expect(delivered).toEqual([]);
    expect(bundle.sandbox.ledger.attempts().length).toBeLessThanOrEqual(PARTITIONS.length);
    bundle.sandbox[vendor].setCredit(true);
    await bundle.restart();
    expect((await bundle.run()).state).toBe('done');
    expectEachOnce(delivered, 5);
  });
});
