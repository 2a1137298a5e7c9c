import type { OpenaiOptions } from '../../src/platform/bundled/openai';
import { openai } from '../../src/platform/bundled/openai';
import { zhipu } from '../../src/platform/bundled/zhipu';
import type { Platform, PlatformCall } from '../../src/platform/platform';
import { secret } from '../../src/secrets';
import { auth } from './setup';

const KEY = secret('env:YD_SECRET');

const open = (options: Partial<OpenaiOptions> = {}): Platform => openai({ apiKey: KEY, ...options });

function chat(params: Record<string, unknown> = {}, api = 'chat'): PlatformCall {
  return { api, params: { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...params }, scope: {} };
}

function tokens(
  params: Record<string, unknown>,
  api?: string,
  options: Partial<OpenaiOptions> = {},
): number | undefined {
  return open(options).cost?.(chat({ max_tokens: 100, ...params }, api))['tokens'];
}

describe('a request', () => {
  it('goes to the base URL, with the key and the parameters as they are', () => {
    const platform = open({ baseUrl: 'https://llm.example/openai/v1/', headers: { 'x-project': 'p1' } });
    const request = platform.request(chat(), auth());
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://llm.example/openai/v1/chat/completions',
      headers: { authorization: 'Bearer yds-1b9c44', 'content-type': 'application/json', 'x-project': 'p1' },
      timeoutMs: 600_000,
    });
    expect(JSON.parse(request.body ?? '')).toEqual(chat().params);
    expect(platform.origins).toEqual(['https://llm.example']);
  });

  it('asks for the usage of a streamed reply where it must be asked for', () => {
    const body = (platform: Platform, params: object): unknown =>
      JSON.parse(platform.request(chat({ stream: true, ...params }), auth()).body ?? '');
    expect(body(open(), {})).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(body(open(), { stream_options: { include_usage: false } })).toMatchObject({
      stream_options: { include_usage: false },
    });
    expect(body(zhipu({ apiKey: KEY }), {})).not.toHaveProperty('stream_options');
  });

  it('may be any other of the API', () => {
    expect(open().request(chat({}, 'embeddings'), auth()).url).toBe('https://api.openai.com/v1/embeddings');
    expect(zhipu({ apiKey: KEY }).request(chat({}, 'POST /images/generations'), auth()).url).toBe(
      'https://open.bigmodel.cn/api/paas/v4/images/generations',
    );
  });

  it('without a model is a fault of the job', () => {
    expect(() => open().request({ api: 'chat', params: {}, scope: {} }, auth())).toThrow(/params\.model/);
  });
});

describe('the options', () => {
  it.each(['http://llm.example/v1', 'https://me@llm.example/v1', 'https://llm.example/v1?x=1', 'llm.example'])(
    'refuse the base URL %s',
    (baseUrl) => {
      expect(() => open({ baseUrl })).toThrow(/baseUrl: expected https/);
    },
  );

  it.each([{ rpm: 0 }, { tpm: 1.5 }, { rpd: { 'gpt-4o': -1 } }, { rps: 3 }])('refuse the limits %j', (limits) => {
    expect(() => open({ limits })).toThrow(/limits/);
  });
});

describe('the budgets', () => {
  it('are calls at once of each model where no figure is known', () => {
    const inFlight = { name: 'in-flight', per: 'in-flight', scope: ['app', 'model'], source: 'offpeak default' };
    expect(open().budgets).toEqual([{ ...inFlight, limit: 10 }]);
    expect(zhipu({ apiKey: KEY }).budgets).toEqual([{ ...inFlight, limit: 2 }]);
  });

  it('are the figures of the tier, in any minute and any 24 hours', () => {
    const budgets = open({ limits: { rpm: 500, tpm: 30_000, rpd: 10_000, tpd: 90_000 }, inFlight: 20 }).budgets;
    expect(budgets).toMatchObject([
      { name: 'in-flight', limit: 20, source: 'config' },
      { name: 'rpm', limit: 500, per: { rollingMs: 60_000 }, scope: ['app', 'model'] },
      { name: 'tpm', limit: 30_000, per: { rollingMs: 60_000 }, unit: 'tokens' },
      { name: 'rpd', limit: 10_000, per: { rollingMs: 86_400_000 } },
      { name: 'tpd', limit: 90_000, per: { rollingMs: 86_400_000 }, unit: 'tokens' },
    ]);
  });

  it('may differ from model to model', () => {
    const { budgets } = zhipu({ apiKey: KEY, inFlight: { 'glm-4.6': 5, 'glm-4.5-air': 30, '*': 2 } });
    expect(budgets).toMatchObject([
      { name: 'in-flight-1', limit: 5, only: { model: ['glm-4.6'] } },
      { name: 'in-flight-2', limit: 30, only: { model: ['glm-4.5-air'] } },
      { name: 'in-flight', limit: 2, except: { model: ['glm-4.6', 'glm-4.5-air'] } },
    ]);
  });
});

describe('what a call may cost', () => {
  it('grows with its text: a token for 3 signs of ASCII, 2 for any other', () => {
    const of = (content: string): number => tokens({ messages: [{ role: 'user', content }] }) ?? 0;
    expect(of('a'.repeat(300)) - of('')).toBe(100);
    expect(of('你好') - of('')).toBe(4);
  });

  it('holds the longest reply of every choice', () => {
    expect((tokens({ n: 3 }) ?? 0) - (tokens({}) ?? 0)).toBe(200);
    expect((tokens({ max_completion_tokens: 900 }) ?? 0) - (tokens({}) ?? 0)).toBe(800);
    expect((tokens({ max_tokens: undefined }) ?? 0) - (tokens({}) ?? 0)).toBe(4_096 - 100);
    expect(tokens({ max_tokens: undefined }, 'chat', { replyTokens: 100 })).toBe(tokens({}));
  });

  it('takes an image for what it is, not for its base64', () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(900_000)}` } };
    expect(tokens({ messages: [{ role: 'user', content: [image] }] })).toBeLessThan(2_000);
  });

  it('counts tools, and the input of embeddings', () => {
    const tools = [{ type: 'function', function: { name: 'find', description: 'x'.repeat(3_000) } }];
    expect((tokens({ tools }) ?? 0) - (tokens({}) ?? 0)).toBeGreaterThan(1_000);
    expect(tokens({ input: ['a'.repeat(30), 'b'.repeat(30)] }, 'embeddings')).toBe(28);
    expect(tokens({}, 'POST /moderations')).toBeUndefined();
  });
});
