import type { Conformance, Row } from '../../../src/platform/conformance';

interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const error = (code: string | number, message: string, { status = 429, headers = {} }: Given = {}): Row['reply'] => ({
  status,
  headers,
  body: { error: { code, message } },
});

const nameless = (message: string): Row['reply'] => ({ status: 429, body: { error: { message } } });

/** The endpoint in Anthropic's form. */
const anthropic = (code: string | undefined, message: string): Row['reply'] => ({
  status: 429,
  body: { type: 'error', error: { type: 'rate_limit_error', code, message }, request_id: '20260922232915e8288c66' },
});

/** A stream whose only event tells of an error. */
const streamed = (data: object): Row['reply'] => ({
  headers: { 'content-type': 'text/event-stream' },
  body: `data: ${JSON.stringify(data)}\n\ndata: [DONE]\n\n`,
});

const busy = { kind: 'pause', scope: ['app', 'model'], forMs: 3_000, hidden: true } as const;
const often = { kind: 'pause', scope: ['app', 'model'], forMs: 10_000, hidden: true } as const;
const parked = { kind: 'park', scope: ['app'] } as const;
const overloaded = { kind: 'backoff', scope: ['app', 'model'] } as const;
const closed = { kind: 'fatal', scope: ['app'] } as const;
const refused = { kind: 'fatal', scope: null } as const;

const THROTTLES: readonly Row[] = [
  {
    name: 'too many calls at once',
    reply: error('1302', '您的账户已达到速率限制，请您控制请求频率'),
    want: { ...busy, code: '1302' },
  },
  {
    name: 'too many calls at once, in English, with a request id',
    reply: {
      status: 429,
      body: {
        error: { code: '1302', message: 'Rate limit reached for requests' },
        request_id: '20260212064144579f5b8f457f4e06',
      },
    },
    want: { ...busy, code: '1302' },
  },
  {
    name: 'too many calls at once, in the older wording',
    reply: error('1302', '您当前使用该 API 的并发数过高，请降低并发，或联系客服增加限额'),
    want: { ...busy, advice: /15:00/ },
  },
  {
    name: 'too many calls at once, with a wait that is stated',
    reply: error('1302', 'Rate limit reached for requests', { headers: { 'retry-after': '7' } }),
    want: { ...busy, forMs: 7_000 },
  },
  {
    name: 'too many calls at once, without a code',
    reply: nameless('您的账户已达到速率限制，请您控制请求频率'),
    want: { ...busy, code: 'HTTP_429' },
  },
  { name: 'the same in English, without a code', reply: nameless('Rate limit reached for requests'), want: busy },
  {
    name: 'too many calls at once, on the endpoint in the form of Anthropic',
    reply: anthropic('1302', '[1302][您的账户已达到速率限制]'),
    want: { ...busy, code: '1302' },
  },
  {
    name: 'the same with the code in the message only',
    reply: anthropic(undefined, '[1302][rate][20260922232915e8288c66f9ff4aaa]'),
    want: busy,
  },
  {
    name: 'calls too often',
    reply: error('1303', '您当前使用该 API 的频率过高，请降低频率，或联系客服增加限额'),
    want: { ...often, code: '1303' },
  },
  {
    name: 'calls too often, without a code',
    reply: nameless('您当前使用该 API 的频率过高，请降低频率，或联系客服增加限额'),
    want: often,
  },
  { name: 'a model that is overloaded', reply: error('1305', '该模型当前访问量过大，请您稍后再试'), want: overloaded },
  {
    name: 'a model that is overloaded, in English',
    reply: error('1305', 'The service may be temporarily overloaded, please try again later'),
    want: { ...overloaded, code: '1305' },
  },
  {
    name: 'a model that is overloaded, in the older wording',
    reply: error('1305', '该 API 已触发流量限制'),
    want: overloaded,
  },
  {
    name: 'a model that is overloaded, with the name of another one',
    reply: error('1312', '该模型当前访问量过大，请您稍后再试，或切换其他模型如 glm-4.5-air 等'),
    want: { ...overloaded, code: '1312' },
  },
  {
    name: 'a model that is overloaded, without a code',
    reply: nameless('该模型当前访问量过大，请您稍后再试'),
    want: overloaded,
  },
  {
    name: 'an error in a stream',
    reply: streamed({ error: { code: '1305', message: '该模型当前访问量过大，请您稍后再试' } }),
    want: { ...overloaded, code: '1305' },
  },
  {
    name: 'too many calls at once, in a stream',
    reply: streamed({ error: { code: 1302, message: 'Rate limit reached for requests' } }),
    want: busy,
  },
  {
    name: 'a stream that the model broke off',
    reply: streamed({ choices: [{ index: 0, delta: { content: 'Hal' }, finish_reason: 'network_error' }] }),
    want: { ...overloaded, code: 'network_error' },
  },
  {
    name: 'a code that is new, with 429',
    reply: error('1399', '新的限制'),
    want: { kind: 'pause', code: '1399', unrecognised: true },
  },
];

/** 10:00 in Beijing is now. */
const QUOTAS: readonly Row[] = [
  {
    name: 'the 5 hours of a plan, in English',
    reply: error('1308', 'Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 13:38:28'),
    want: { ...parked, code: '1308', until: '2026-03-01T13:38:28+08:00' },
  },
  {
    name: 'the 5 hours of a plan, in Chinese, over two lines',
    reply: error('1308', '已达到 5\n小时的使用上限。您的限额将在 2026-03-01 14:41:44 重置。'),
    want: { ...parked, until: '2026-03-01T14:41:44+08:00' },
  },
  {
    name: 'the 5 hours of a plan, in a wording of another year',
    reply: error('1308', '已达到 5 小时使用上限，2026-03-01 12:00:04 后可继续使用。如需更多额度，请升级套餐'),
    want: { ...parked, until: '2026-03-01T12:00:04+08:00' },
  },
  {
    name: 'the 5 hours of a plan, without a code',
    reply: nameless('Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 13:38:28'),
    want: { ...parked, until: '2026-03-01T13:38:28+08:00' },
  },
  {
    name: 'the 5 hours of a plan, on the endpoint in the form of Anthropic',
    reply: anthropic('1308', '[1308][已达到 5 小时的使用上限。您的限额将在 2026-03-01 14:41:44 重置。][2026030110]'),
    want: { ...parked, until: '2026-03-01T14:41:44+08:00' },
  },
  {
    name: 'the 5 hours of a plan, in a stream',
    reply: streamed({
      error: { code: '1308', message: 'Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 13:38:28' },
    }),
    want: { ...parked, until: '2026-03-01T13:38:28+08:00' },
  },
  {
    name: 'a window of a plan whose reset cannot be read',
    reply: error('1308', 'Usage limit reached for 3 hours. Your limit will reset soon'),
    want: { ...parked, until: '2026-03-01T13:00:00+08:00' },
  },
  {
    name: 'a window of a plan that is not even named',
    reply: error('1308', '已达到使用上限'),
    want: { ...parked, until: '2026-03-01T15:00:00+08:00' },
  },
  {
    name: 'a window of a plan whose reset is past',
    reply: error('1308', 'Usage limit reached for 5 hour. Your limit will reset at 2026-03-01 09:59:59'),
    want: { ...parked, until: '2026-03-01T10:01:00+08:00' },
  },
  {
    name: 'the week or month of a plan',
    reply: error('1310', '您已达到每周/每月使用上限，您的限额将在 2026-03-05 08:00:00 重置'),
    want: { ...parked, code: '1310', until: '2026-03-05T08:00:00+08:00' },
  },
  {
    name: 'the week or month of a plan, in English',
    reply: error('1310', 'Weekly/Monthly Limit Exhausted. Your limit will reset at 2026-03-05 08:00:00'),
    want: { ...parked, until: '2026-03-05T08:00:00+08:00' },
  },
  {
    name: 'the week or month of a plan, without a code and a reset',
    reply: nameless('Weekly/Monthly Limit Exhausted.'),
    want: { ...parked, until: '2026-03-02T00:00:00+08:00' },
  },
  ...['1316', '1317', '1318', '1319', '1320', '1321'].map(
    (code): Row => ({
      name: `the window of a plan, and no balance for more: ${code}`,
      reply: error(code, '已达到 7 天使用上限，余额不足。您的限额将在 2026-03-04 06:30:00 重置。'),
      want: { ...parked, code, until: '2026-03-04T06:30:00+08:00' },
    }),
  ),
  {
    name: 'a window of a plan, and no balance for more, in English and without a code: no arrears',
    reply: nameless(
      'Usage limit reached for the past 5 hours. Insufficient balance for extra usage. Reset at 2026-03-01 11:00:00',
    ),
    want: { ...parked, until: '2026-03-01T11:00:00+08:00' },
  },
  {
    name: 'the calls of a day',
    reply: error('1304', '该 API 已达今日调用次数限额，如有更多需求，请联系客服购买'),
    want: { kind: 'park', scope: ['app', 'api'], code: '1304', until: '2026-03-02T00:00:00+08:00' },
  },
  {
    name: 'the calls of a day, without a code',
    reply: nameless('该 API 已达今日调用次数限额，如有更多需求，请联系客服购买'),
    want: { kind: 'park', scope: ['app', 'api'], until: '2026-03-02T00:00:00+08:00' },
  },
];

const HOPELESS: readonly Row[] = [
  { name: 'arrears', reply: error('1113', '您的账户已欠费，请充值后重试'), want: { ...closed, code: '1113' } },
  {
    name: 'no balance, in English',
    reply: error('1113', 'Insufficient balance or no resource package. Please recharge.'),
    want: closed,
  },
  {
    name: 'no balance, on the endpoint in the form of Anthropic',
    reply: anthropic('1113', '[1113][Insufficient balance or no resource package. Please recharge.][20260922]'),
    want: { ...closed, advice: /coding base URL/ },
  },
  { name: 'no balance, in the newer wording', reply: nameless('余额不足或无可用资源包,请充值。'), want: closed },
  {
    name: 'a plan that has expired',
    reply: error('1309', '您的 GLM Coding Plan 套餐已到期，暂无法使用，前往官方续订后即可恢复'),
    want: { ...closed, code: '1309' },
  },
  {
    name: 'a model that is not in the plan',
    reply: error('1311', '当前订阅套餐暂未开放该模型权限'),
    want: { kind: 'fatal', scope: ['app', 'model'], code: '1311' },
  },
  {
    name: 'a model that is not in the plan, with the code in the message only and blanks around it',
    reply: anthropic(undefined, '[ 1311 ][ 当前订阅套餐暂未开放该模型权限 ]'),
    want: { kind: 'fatal', scope: ['app', 'model'] },
  },
  { name: 'a company plan that is not valid', reply: error('1314', '企业套餐无效'), want: { ...closed, code: '1314' } },
  { name: 'a key of the wrong kind', reply: error('1315', 'API Key 类型错误'), want: { ...closed, code: '1315' } },
  {
    name: 'a fair use policy, which no wait lifts',
    reply: error('1313', '您的账户当前使用模式不符合公平使用策略，请求频率已受到限制。如需恢复，请联系客服'),
    want: { ...closed, code: '1313' },
  },
  {
    name: 'a fair use policy, without a code',
    reply: nameless('您的账户当前使用模式不符合公平使用策略，请求频率已受到限制。'),
    want: closed,
  },
  ...['1000', '1001', '1003', '1005'].map(
    (code): Row => ({
      name: `a key that is not good: ${code}`,
      reply: error(code, '身份验证失败。', { status: 401 }),
      want: { ...closed, code },
    }),
  ),
  {
    name: 'a key that is not good, as the documentation shows it',
    reply: error('1002', 'Authorization Token非法，请确认Authorization Token正确传递。', { status: 401 }),
    want: { ...closed, code: '1002' },
  },
  {
    name: 'a key that is not good, with HTTP 200',
    reply: { body: { code: 401, msg: '令牌已过期或验证不正确', success: false } },
    want: { ...closed, code: '401' },
  },
  { name: 'no word but the status', reply: { status: 401, body: '' }, want: { ...closed, code: 'HTTP_401' } },
  { name: 'an account that is locked', reply: error('1112', '您的账户已被锁定，请联系客服解锁'), want: closed },
];

const REQUESTS: readonly Row[] = [
  ...['1210', '1212', '1213', '1214', '1215', '1221', '1222', '1261', '1300', '1301'].map(
    (code): Row => ({
      name: `a request that is not taken: ${code}`,
      reply: error(code, '参数有误，请检查文档', { status: 400 }),
      want: { ...refused, code },
    }),
  ),
  {
    name: 'content that is not taken, without a code',
    reply: { status: 400, body: { error: { message: '系统检测到输入或生成内容可能包含不安全或敏感内容' } } },
    want: refused,
  },
  {
    name: 'a model that does not exist',
    reply: error('1211', '模型不存在，请检查模型代码', { status: 400 }),
    want: { kind: 'fatal', scope: ['app', 'model'], code: '1211' },
  },
  {
    name: 'an API that the account may not use',
    reply: error('1220', '您无权访问 embeddings', { status: 403 }),
    want: { kind: 'fatal', scope: ['app', 'api'], code: '1220' },
  },
  ...['1200', '1230', '1234'].map(
    (code): Row => ({
      name: `trouble on the other side: ${code}`,
      reply: error(code, 'API 调用流程出错', { status: 500 }),
      want: { kind: 'backoff', scope: null, code },
    }),
  ),
  {
    name: 'an account that cannot be reached for a moment',
    reply: error('1120', '无法成功访问您的账户，请稍后重试'),
    want: { kind: 'backoff', scope: null },
  },
  { name: 'a page of a proxy', reply: { status: 502, body: '<html>Bad Gateway</html>' }, want: { kind: 'backoff' } },
  {
    name: 'a number that means a limit at OpenAI-like platforms, and nothing here',
    reply: error('rate_limit_exceeded', 'x', { status: 400 }),
    want: { kind: 'fatal', unrecognised: true },
  },
];

const GOOD: readonly Row[] = [
  {
    name: 'a reply that speaks of limits',
    reply: {
      body: {
        choices: [
          { index: 0, message: { content: '{"error":{"code":"1302","message":"使用上限"}}' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 },
      },
    },
    want: { kind: 'ok', spent: { tokens: 42 } },
  },
  {
    name: 'a text that the filter cut: for the job to judge',
    reply: { body: { choices: [{ index: 0, message: { content: '' }, finish_reason: 'sensitive' }] } },
    want: { kind: 'ok' },
  },
  {
    name: 'a streamed reply',
    reply: {
      headers: { 'content-type': 'text/event-stream;charset=UTF-8' },
      body: [
        'data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":"你"}}]}',
        'data: {"id":"1","choices":[{"index":0,"delta":{"content":"好"},"finish_reason":"stop"}],"usage":{"total_tokens":9}}',
        'data: [DONE]',
        '',
      ].join('\n\n'),
    },
    want: { kind: 'ok', spent: { tokens: 9 } },
  },
];

export const CONFORMANCE: Conformance = {
  call: { api: 'chat', params: { model: 'glm-4.6', messages: [{ role: 'user', content: 'hello' }] } },
  success: {
    id: '20260301100000',
    model: 'glm-4.6',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10 },
    web_search: [],
  },
  records: 'web_search',
  rows: [...THROTTLES, ...QUOTAS, ...HOPELESS, ...REQUESTS, ...GOOD],
};
