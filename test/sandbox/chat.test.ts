import type { ChatReply } from '../../src/platform/chat-reply';
import { unstreamed } from '../../src/platform/chat-stream';
import { openai, zhipu } from '../../src/platform/registry';
import { spanText } from '../../src/sandbox/openai-dialect';
import type { SandboxOptions } from '../../src/sandbox/options';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { secret } from '../../src/secrets';
import { closeAll, setup } from './calls';

const VENDORS = { openai, zhipu };
type VendorName = keyof typeof VENDORS;

afterEach(closeAll);

interface Said {
  status: number;
  headers: Record<string, string>;
  body: string;
}

async function say(sandbox: Sandbox, vendor: VendorName, given: Record<string, unknown> = {}): Promise<Said> {
  const { key = sandbox[vendor].apiKey, ...params } = given;
  const body = JSON.stringify({ model: 'm1', messages: [{ role: 'user', content: 'hello' }], ...params });
  const url = `${sandbox[vendor].baseUrl}/chat/completions`;
  const reply = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${String(key)}` }, body });
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() };
}

/** What our own classifier makes of it. */
function meaning(vendor: VendorName, said: Said, nowMs: number): unknown {
  const platform = VENDORS[vendor]({ apiKey: secret('env:KEY') });
  const scope = { app: 'own', api: 'chat', model: 'm1' };
  return platform.classify(said, { scope, nowMs });
}

const withLimits = (vendor: VendorName, limits: object): SandboxOptions => ({ [vendor]: { limits } });

describe.each(['openai', 'zhipu'] as const)('the twin of %s', (vendor) => {
  it('repeats what it is told, and says what it cost', async () => {
    const { sandbox } = await setup();
    const { status, body } = await say(sandbox, vendor);
    expect(status).toBe(200);
    const reply = JSON.parse(body) as ChatReply;
    expect(reply.choices).toEqual([
      { index: 0, message: { role: 'assistant', content: 'reply to hello' }, finish_reason: 'stop' },
    ]);
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = reply.usage ?? {};
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    expect((JSON.parse((await say(sandbox, vendor, { max_tokens: 3 })).body) as ChatReply).usage).toMatchObject({
      completion_tokens: 3,
    });
  });

  it('streams the same reply', async () => {
    const { sandbox } = await setup();
    const whole = JSON.parse((await say(sandbox, vendor)).body) as ChatReply;
    const streamed = await say(sandbox, vendor, { stream: true, stream_options: { include_usage: true } });
    expect(streamed.headers['content-type']).toMatch(/event-stream/);
    const { choices, usage } = JSON.parse(unstreamed(streamed).body) as ChatReply;
    expect({ choices, usage }).toEqual({ choices: whole.choices, usage: whole.usage });
  });

  it('gives embeddings', async () => {
    const { sandbox } = await setup();
    const { baseUrl, apiKey } = sandbox[vendor];
    const reply = await fetch(`${baseUrl}/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model: 'e1', input: ['hello'] }),
    });
    expect(await reply.json()).toMatchObject({ data: [{ index: 0, embedding: expect.any(Array) as number[] }] });
  });

  it('refuses a key that was replaced, and takes the new one', async () => {
    const { sandbox, clock } = await setup();
    const old = sandbox[vendor].apiKey;
    const key = sandbox[vendor].rotateKey();
    const refused = await say(sandbox, vendor, { key: old });
    expect(refused.status).toBe(401);
    expect(meaning(vendor, refused, clock.nowMs())).toMatchObject({ kind: 'fatal', scope: { app: 'own' } });
    expect((await say(sandbox, vendor, { key })).status).toBe(200);
  });

  it('refuses everything when the bill is not paid', async () => {
    const { sandbox, clock } = await setup();
    sandbox[vendor].setCredit(false);
    const refused = await say(sandbox, vendor);
    expect(refused.status).toBe(429);
    expect(meaning(vendor, refused, clock.nowMs())).toMatchObject({ kind: 'fatal', scope: { app: 'own' } });
    sandbox[vendor].setCredit(true);
    expect((await say(sandbox, vendor)).status).toBe(200);
  });

  it('tells a wrong request from a wrong path', async () => {
    const { sandbox, clock } = await setup();
    const wrong = await say(sandbox, vendor, { messages: [] });
    expect(wrong.status).toBe(400);
    expect(meaning(vendor, wrong, clock.nowMs())).toMatchObject({ kind: 'fatal', scope: null });
    expect((await say(sandbox, vendor, { model: '' })).status).toBe(400);
    const headers = { authorization: `Bearer ${sandbox[vendor].apiKey}` };
    expect((await fetch(`${sandbox[vendor].baseUrl}/images`, { method: 'POST', headers })).status).toBe(404);
  });
});

describe('the limits of OpenAI', () => {
  it('are told by headers on every reply', async () => {
    const { sandbox } = await setup(withLimits('openai', { rpm: 60, tpm: 1_000 }));
    const { headers } = await say(sandbox, 'openai', { max_tokens: 100 });
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '1000',
    });
  });

  it.each([
    { name: 'requests a minute', limits: { rpm: 1 }, want: { kind: 'pause', forMs: 60_000 } },
    {
      name: 'tokens a minute',
      limits: { tpm: 60 },
      params: { max_tokens: 40 },
      want: { kind: 'pause', forMs: 24_000 },
    },
    { name: 'requests a day', limits: { rpd: 1 }, want: { kind: 'park' } },
    { name: 'a call that never fits', limits: { tpm: 10 }, want: { kind: 'fatal', scope: null } },
  ])('are refused as documented: $name', async ({ limits, params = {}, want }) => {
    const { sandbox, clock } = await setup(withLimits('openai', limits));
    await say(sandbox, 'openai', params);
    const refused = await say(sandbox, 'openai', params);
    expect(refused.status).toBe(429);
    expect(meaning('openai', refused, clock.nowMs())).toMatchObject({ ...want, code: 'rate_limit_exceeded' });
  });

  it('refill evenly', async () => {
    const { sandbox, clock } = await setup(withLimits('openai', { rpm: 6 }));
    const burst = await Promise.all(Array.from({ length: 7 }, () => say(sandbox, 'openai')));
    expect(burst.filter(({ status }) => status === 200)).toHaveLength(6);
    await clock.advance(10_000);
    expect((await say(sandbox, 'openai')).status).toBe(200);
    expect((await say(sandbox, 'openai')).status).toBe(429);
  });

  it.each([
    [41, '41ms'],
    [8_640, '8.64s'],
    [432_000, '7m12s'],
    [360_000, '6m0s'],
    [3_600_000, '1h0m0s'],
  ])('are told in spans as Go writes them: %i ms', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});

describe('the limits of Zhipu', () => {
  it('are calls at once of each model', async () => {
    const { sandbox, clock } = await setup({ ...withLimits('zhipu', { inFlight: 1 }), latencyMs: [1_000, 1_000] });
    const first = say(sandbox, 'zhipu');
    while (sandbox.ledger.attempts().length === 0) await new Promise(setImmediate);
    const second = say(sandbox, 'zhipu');
    const other = say(sandbox, 'zhipu', { model: 'm2' });
    while (sandbox.ledger.attempts().length < 3) await new Promise(setImmediate);
    await clock.advance(1_000);
    expect([(await first).status, (await second).status, (await other).status]).toEqual([200, 429, 200]);
    expect(meaning('zhipu', await second, clock.nowMs())).toMatchObject({ kind: 'pause', code: '1302' });
    const again = say(sandbox, 'zhipu');
    while (sandbox.ledger.attempts().length < 4) await new Promise(setImmediate);
    await clock.advance(1_000);
    expect((await again).status).toBe(200);
  });

  it('are windows of a plan, whose reset is stated in Beijing time', async () => {
    const { sandbox, clock } = await setup(withLimits('zhipu', { plan: 1 }));
    await say(sandbox, 'zhipu');
    const refused = await say(sandbox, 'zhipu');
    expect(refused.body).toMatch(/已达到 5 小时的使用上限。您的限额将在 2026-03-02 \d\d:00:00 重置。/);
    const { untilMs } = meaning('zhipu', refused, clock.nowMs()) as { untilMs: number };
    await clock.advanceTo(untilMs - 1);
    expect((await say(sandbox, 'zhipu')).status).toBe(429);
    await clock.advanceTo(untilMs);
    expect((await say(sandbox, 'zhipu')).status).toBe(200);
  });

  it('are calls of a day', async () => {
    const { sandbox, clock } = await setup(withLimits('zhipu', { perDay: 1 }));
    await say(sandbox, 'zhipu');
    const refused = meaning('zhipu', await say(sandbox, 'zhipu'), clock.nowMs());
    expect(refused).toMatchObject({ kind: 'park', code: '1304', untilMs: Date.parse('2026-03-03T00:00:00+08:00') });
  });
});
