import type { Scope } from '../../../src/job/scope';
import type { Conformance, Row } from '../../../src/platform/conformance';
import { NOW_MS, setupKuaishou, TOMORROW_MS } from '../setup';

const SUGGEST = 'open.item.category.suggested.get';
const SENSITIVE = 'open.order.desensitise.batch';
const ORDERS = 'open.order.cursor.list';

const APP_QUOTA = 'Exceed quota limit, KEY [appkey:ks6887777777777839]';
const USER_QUOTA = 'Exceed quota limit, KEY [appkey:ks6887777777777839;primaryUserId:20009988843]';
const QPS = 'Exceed qps limit, KEY [apiId:open.order.desensitise.batch;appkey:ks669347498428231705], MAX_QPS [300.0]';
const USER_API_QUOTA = '[1017] exceed quota limit,[apiId:open.item.category.suggested.get;primaryUserId:3649418105]';

const APP = { app: 'ks6887777777777839' };
const USER = { user: '3649418105' };

const parksApp: Row['want'] = {
  kind: 'park',
  scope: APP,
  untilMs: TOMORROW_MS,
  code: 'QUOTA_APP',
  advice: /larger daily quota.*pageSign=9b1f829d/,
};
const parksUser: Row['want'] = {
  kind: 'park',
  scope: { ...APP, ...USER },
  untilMs: TOMORROW_MS,
  code: 'QUOTA_TEST_USER',
  advice: /test users.*pageSign=9b1f829d/,
};
const pausesApi: Row['want'] = {
  kind: 'pause',
  scope: { ...APP, api: SENSITIVE },
  forMs: 1_000,
  code: 'QPS',
  learned: 300,
};
/** Nothing is learned from the figure of a limit that is not ours. */
const pausesApiOfAll: Row['want'] = {
  kind: 'pause',
  scope: { api: SENSITIVE },
  forMs: 1_000,
  code: 'QPS',
  learned: undefined,
  hidden: true,
} as const;
const parksUserApi: Row['want'] = {
  kind: 'park',
  scope: { api: SUGGEST, ...USER },
  untilMs: TOMORROW_MS,
  code: 'QUOTA_USER_API',
  advice: /other users may.*pageSign=9b1f829d/,
};

type Message = readonly [name: string, text: string, want: Row['want'], api: string];

/** The four messages of page K1008, as printed and in every way in which they have been seen or may come to differ. */
const MESSAGES: readonly Message[] = [
  ['the app quota', APP_QUOTA, parksApp, ORDERS],
  ['the app quota of another app key', 'Exceed quota limit, KEY [appkey:ks1]', parksApp, ORDERS],
  ['the app quota in lower case', APP_QUOTA.toLowerCase(), parksApp, ORDERS],
  ['the app quota in capitals', APP_QUOTA.toUpperCase(), parksApp, ORDERS],
  ['the app quota over two lines', APP_QUOTA.replace(', ', ',\r\n  '), parksApp, ORDERS],
  [
    'the app quota with text inserted',
    APP_QUOTA.replace(', KEY', '，当天调用额度超限，请申请额度, KEY'),
    parksApp,
    ORDERS,
  ],
  ['the app quota in full-width signs', 'Exceed quota limit，KEY ［appkey：ks6887777777777839］', parksApp, ORDERS],
  ['the app quota without blanks', APP_QUOTA.replaceAll(' ', ''), parksApp, ORDERS],
  ['the app quota in Chinese', 'APP已达到当天调用额度限制，请申请额度', parksApp, ORDERS],
  ['the test user quota', USER_QUOTA, parksUser, ORDERS],
  [
    'the test user quota with the names swapped',
    'Exceed quota limit, KEY [primaryUserId:20009988843; appkey:ks6]',
    parksUser,
    ORDERS,
  ],
  ['the test user quota in lower case', USER_QUOTA.toLowerCase(), parksUser, ORDERS],
  ['the QPS limit', QPS, pausesApi, SENSITIVE],
  ['the QPS limit as Markdown escapes it', QPS.replace('MAX_QPS', 'MAX\\_QPS'), pausesApi, SENSITIVE],
  ['the QPS limit in lower case', QPS.toLowerCase(), pausesApi, SENSITIVE],
  ['the QPS limit over two lines', QPS.replace(', MAX', ',\nMAX'), pausesApi, SENSITIVE],
  ['the QPS limit as a whole number', QPS.replace('300.0', '300'), pausesApi, SENSITIVE],
  [
    'the QPS limit without its figure',
    QPS.replace(', MAX_QPS [300.0]', ''),
    { ...pausesApi, learned: undefined },
    SENSITIVE,
  ],
  [
    'the QPS limit with a figure of nought',
    QPS.replace('300.0', '0.0'),
    { ...pausesApi, learned: undefined },
    SENSITIVE,
  ],
  [
    'the QPS limit over all callers',
    'Exceed qps limit, KEY [apiId:open.order.desensitise.batch]',
    pausesApiOfAll,
    SENSITIVE,
  ],
  [
    'the QPS limit over all callers with its figure',
    'Exceed qps limit, KEY [apiId:open.order.desensitise.batch], MAX_QPS [20000.0]',
    pausesApiOfAll,
    SENSITIVE,
  ],
  [
    'the QPS limit of a user',
    'Exceed qps limit, KEY [apiId:open.order.desensitise.batch;primaryUserId:3649418105], MAX_QPS [50.0]',
    { ...pausesApi, scope: { api: SENSITIVE, ...USER }, learned: 50 },
    SENSITIVE,
  ],
  [
    'a QPS limit that names nothing',
    'Exceed qps limit, MAX_QPS [50.0]',
    { ...pausesApi, scope: { ...APP, api: SENSITIVE, ...USER }, learned: 50 },
    SENSITIVE,
  ],
  ['the quota of an API by user', USER_API_QUOTA, parksUserApi, SUGGEST],
  [
    'the quota of an API by user with text inserted',
    '[1017] exceed quota limit，APP已达到当天调用额度限制，请申请额度，[apiId:open.item.category.suggested.get;primaryUserId:3649418105]',
    parksUserApi,
    SUGGEST,
  ],
  ['the quota of an API by user without its number', USER_API_QUOTA.replace('[1017] ', ''), parksUserApi, SUGGEST],
  ['the quota of an API by user with a capital', USER_API_QUOTA.replace('exceed', 'Exceed'), parksUserApi, SUGGEST],
  ['the quota of an API by user over lines', USER_API_QUOTA.replace(',[', ',\n['), parksUserApi, SUGGEST],
  [
    'a quota that names nothing',
    'Exceed quota limit',
    { kind: 'park', scope: { ...APP, ...USER, api: ORDERS }, untilMs: TOMORROW_MS, code: 'QUOTA' },
    ORDERS,
  ],
  [
    'a quota with a name that is new',
    'Exceed quota limit, KEY [appkey:ks6;constructor:7]',
    { kind: 'park', scope: { ...APP, ...USER, api: ORDERS }, untilMs: TOMORROW_MS, code: 'QUOTA' },
    ORDERS,
  ],
];

const IN_EVERY_FIELD: Row[] = MESSAGES.flatMap(([name, text, want, api]) =>
  ['error_msg', 'errorMsg', 'sub_msg', 'subMsg', 'msg'].map(
    (field): Row => ({
      name: `${name}, said in ${field}`,
      reply: { body: { result: field === 'msg' ? 17 : 2, [field]: text } },
      want,
      scope: { api },
    }),
  ),
);

const asks = (advice: RegExp, scope: Scope | null, code: string): Row['want'] => ({
  kind: 'fatal',
  scope,
  code,
  advice,
});

/** An error that no rule knows. */
const unknown = (code: string): Row['want'] => ({
  kind: 'fatal',
  scope: null,
  code,
  advice: /No rule knows/,
  unrecognised: true,
});

const CODES: Row[] = [
  {
    name: 'the QPS limit in the envelope of a throttle',
    reply: { body: { result: 1016, code: '802000', error_msg: QPS } },
    want: { ...pausesApi, scope: { ...APP, api: ORDERS } },
  },
  { name: 'the app quota with its result', reply: { body: { result: 17, error_msg: APP_QUOTA } }, want: parksApp },
  {
    name: 'the quota of an API by user with its result',
    reply: { body: { result: 1017, error_msg: USER_API_QUOTA } },
    want: parksUserApi,
    scope: { api: SUGGEST },
  },
  ...[15, 16, 17, 1016, '15', '16', '17', '1016'].map(
    (result): Row => ({
      name: `result ${JSON.stringify(result)} without a known text`,
      reply: { body: { result, error_msg: 'too fast' } },
      want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 60_000, code: String(result) },
    }),
  ),
  ...[802000, '802000'].map(
    (code): Row => ({
      name: `code ${JSON.stringify(code)} without a text`,
      reply: { body: { result: 2, code } },
      want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 60_000, code: '802000' },
    }),
  ),
  ...[
    { result: 2, sub_code: 802006 },
    { result: 2, code: '802006', msg: '流控' },
  ].map(
    (body): Row => ({
      name: `802006 in ${JSON.stringify(body)}`,
      reply: { body },
      want: { kind: 'pause', scope: APP, forMs: 60_000, code: '802006' },
    }),
  ),
  {
    name: '802006 with its text',
    reply: { body: { result: 17, code: '802006', msg: 'APP已达到当天调用额度限制' } },
    want: parksApp,
  },
  ...[1017, '1017'].map(
    (result): Row => ({
      name: `result ${JSON.stringify(result)} without a known text`,
      reply: { body: { result } },
      want: { kind: 'park', scope: { api: ORDERS, ...USER }, untilMs: TOMORROW_MS, code: 'QUOTA_USER_API' },
    }),
  ),
  {
    name: 'a throttle that comes as HTTP 429 all the same',
    reply: { status: 429, body: { result: 1016, code: '802000', error_msg: QPS } },
    want: { ...pausesApi, scope: { ...APP, api: ORDERS } },
  },
  {
    name: 'a throttle that comes as HTTP 500 all the same',
    reply: { status: 500, body: { error_msg: APP_QUOTA } },
    want: parksApp,
  },
];

const ACCESS: Row[] = [
  {
    name: 'an expired token',
    reply: {
      body: {
        result: 28,
        code: '803000',
        msg: '鉴权失败',
        error_msg: 'TOKEN过期',
        sub_code: '28',
        sub_msg: 'TOKEN过期',
        request_id: '776590362845217844',
      },
    },
    want: { kind: 'reauth', scope: USER, code: '28' },
  },
  {
    name: 'result 21',
    reply: { body: { result: 21, error_msg: '' } },
    want: { kind: 'reauth', scope: USER, code: '21' },
  },
  { name: 'result "28" alone', reply: { body: { result: '28' } }, want: { kind: 'reauth', scope: USER, code: '28' } },
  {
    name: 'a token error in the words of OAuth',
    reply: { body: { result: 100200102, error: 'access_denied', error_msg: 'invalid token' } },
    want: { kind: 'reauth', scope: USER, code: '100200102' },
  },
  {
    name: 'a consent that was withdrawn',
    reply: { body: '{"result":24,"error_msg":"AUTHORIZATION_REVOKED"}' },
    want: asks(/authorise the app again.*pageSign=b364ea31/, USER, '24'),
  },
  {
    name: 'a consent that was withdrawn, in the words of OAuth',
    reply: { body: { result: 100200102, error_msg: 'refreshToken.revokedAuthorization' } },
    want: asks(/authorise the app again/, USER, '100200102'),
  },
  {
    name: 'an account that is gone',
    reply: { body: '{"result":26,"data":null,"error_msg":"主账号不存在"}' },
    want: asks(/pageSign=0091dfcb/, USER, '26'),
  },
  {
    name: 'a permission that the merchant did not grant',
    reply: { body: { result: 803, code: '803000', error_msg: 'token中无scope权限' } },
    want: asks(/pageSign=0fadf84b/, { api: ORDERS, ...USER }, '803'),
  },
  {
    name: 'a wrong signature',
    reply: { body: { result: 5, msg: '签名校验失败' } },
    want: asks(/signSecret.*pageSign=b396b8b7/, APP, '5'),
  },
  { name: 'an app that is not online', reply: { body: { result: 100200101 } }, want: asks(/appKey/, APP, '100200101') },
];

const BUSINESS: Row[] = [
  {
    name: 'a refused parameter, although there is data',
    reply: {
      body: '{"code":"807000","data":{"beginTime":0,"cursor":"","endTime":0,"orderList":[],"pageSize":0},"errorMsg":"endTime无效","msg":"业务处理失败","result":2001,"subCode":"2001","subMsg":"endTime无效","success":false}',
    },
    want: asks(/parameters/, null, '2001'),
  },
  {
    name: 'a range of more than 7 days',
    reply: { body: { result: 300004, error_msg: 'SEARCH TIME RANGE EXPAND 7 DAYS' } },
    want: asks(/slices/, null, '300004'),
  },
  {
    name: 'a range of more than 90 days ago',
    reply: { body: { result: 300005, error_msg: 'CAN NOT SEARCH BEFORE 90 DAYS' } },
    want: asks(/90 days/, null, '300005'),
  },
  {
    name: 'a refused parameter as HTTP 400',
    reply: { status: 400, body: { result: 2001 } },
    want: unknown('2001'),
  },
  {
    name: 'an end that is before the beginning',
    reply: { body: { result: 300003, error_msg: 'ENDTIME MUST AFTER BEGINTIME' } },
    want: asks(/parameters.*pageSign=5de448fe/, null, '300003'),
  },
  {
    name: 'a range that is too long for refunds',
    reply: { body: { result: 300019, error_msg: 'SEARCH TIME RANGE EXPAND LIMIT' } },
    want: asks(/at most a day/, null, '300019'),
  },
  {
    name: 'a range of more than 7 days, told without its code',
    reply: { body: { result: 2, error_msg: 'SEARCH TIME RANGE EXPAND 7 DAYS' } },
    want: asks(/slices/, null, '2'),
  },
  { name: 'a number that is on no page', reply: { body: { result: 300001 } }, want: unknown('300001') },
  {
    name: "another vendor's throttle code",
    reply: { body: { result: 60000, error_msg: 'App Call Limited' } },
    want: unknown('60000'),
  },
  {
    name: 'an address that the platform does not know',
    reply: { status: 404, body: { result: 2001, code: '807000', error_msg: 'Invalid url' } },
    want: unknown('2001'),
  },
  ...['cursor无效', 'pcursor已过期', 'Invalid cursor', 'cursor expired'].map(
    (message): Row => ({
      name: `a page token that is no longer taken: ${message}`,
      reply: { body: { result: 2001, code: '807000', error_msg: message } },
      want: { kind: 'rewind', code: '2001' },
    }),
  ),
  {
    name: 'a code that is spelt like a method',
    reply: { body: { result: 'constructor' } },
    want: unknown('constructor'),
  },
  {
    name: 'a server that is busy',
    reply: { body: { result: 10, error_msg: '系统繁忙，请稍后重试' } },
    want: { kind: 'backoff', code: '10' },
  },
  {
    name: 'an error of the server',
    reply: { body: { result: 100200500 } },
    want: { kind: 'backoff', code: '100200500' },
  },
  {
    name: 'an end time that is out of range, which is no time-out',
    reply: { body: { result: 2002, error_msg: 'endTime out of range' } },
    want: unknown('2002'),
  },
];

const page = { result: 1, error_msg: 'SUCCESS', data: { cursor: 'nomore', orderList: [{ oid: 1 }] } };

const SUCCESSES: Row[] = [
  { name: 'a page of orders', reply: { body: page }, want: { kind: 'ok' } },
  { name: 'a result written as text', reply: { body: { ...page, result: '1' } }, want: { kind: 'ok' } },
  {
    name: 'a page without a list',
    reply: { body: { result: 1, data: { cursor: 'nomore', orderList: null } } },
    want: { kind: 'ok' },
  },
  {
    name: 'an API whose reply is not known',
    reply: { body: { result: 1 } },
    want: { kind: 'ok' },
    scope: { api: 'open.x.y' },
  },
  {
    name: 'orders that quote a refusal',
    reply: { body: { ...page, data: { cursor: 'c', orderList: [{ oid: 1, note: APP_QUOTA }] } } },
    want: { kind: 'ok' },
  },
  {
    name: 'a page without data',
    reply: { body: { result: 1, data: null } },
    want: { kind: 'backoff', code: 'UNEXPECTED_REPLY', unrecognised: true },
  },
  {
    name: 'a success as HTTP 500',
    reply: { status: 500, body: page },
    want: { kind: 'backoff', code: '1', unrecognised: true },
  },
  {
    name: 'data without a result',
    reply: { body: { data: page.data } },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  {
    name: 'success in another word',
    reply: { body: { success: true, data: page.data } },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
];

const TRANSPORT: Row[] = [
  {
    name: 'a page of HTML',
    reply: { body: '<html>busy</html>' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  {
    name: 'a body that breaks off',
    reply: { body: '{"result":1,"da' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  {
    name: 'an empty body',
    reply: { body: '' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  { name: 'a list', reply: { body: [page] }, want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true } },
  ...[500, 502, 503, 504, 403, 404, 408].map(
    (status): Row => ({
      name: `HTTP ${status} without an envelope`,
      reply: { status, body: 'no' },
      want: { kind: 'backoff', code: `HTTP_${status}` },
    }),
  ),
  ...[301, 302, 307].map(
    (status): Row => ({
      name: `HTTP ${status}`,
      reply: { status, body: '', headers: { location: 'https://login.example' } },
      want: asks(/[Rr]edirect/, null, `HTTP_${status}`),
    }),
  ),
  {
    name: 'HTTP 429 without a wait',
    reply: { status: 429, body: '' },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 1_000, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 429 with seconds',
    reply: { status: 429, body: '', headers: { 'retry-after': '7' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 7_000, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 429 with decimal seconds',
    reply: { status: 429, body: '{"result":9}', headers: { 'retry-after': '2.5' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 2_500, code: '9', unrecognised: true },
  },
  {
    name: 'HTTP 429 with a date',
    reply: { status: 429, body: '', headers: { 'retry-after': 'Sun, 01 Mar 2026 02:00:30 GMT' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 30_000, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 429 with a date that is past',
    reply: { status: 429, body: '', headers: { 'retry-after': 'Sun, 01 Mar 2026 01:00:00 GMT' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 100, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 429 with an hour',
    reply: { status: 429, body: '', headers: { 'retry-after': '3600' } },
    want: { kind: 'park', scope: { ...APP, api: ORDERS }, untilMs: NOW_MS + 3_600_000, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 429 with a wait that cannot be read',
    reply: { status: 429, body: '', headers: { 'retry-after': 'soon' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 1_000, code: 'HTTP_429' },
  },
  {
    name: 'HTTP 503 with a wait',
    reply: { status: 503, body: '', headers: { 'retry-after': '20' } },
    want: { kind: 'pause', scope: { ...APP, api: ORDERS }, forMs: 20_000, code: 'HTTP_503' },
  },
];

const KUAISHOU_ROWS: readonly Row[] = [...IN_EVERY_FIELD, ...CODES, ...ACCESS, ...BUSINESS, ...SUCCESSES, ...TRANSPORT];

export const PLATFORM = setupKuaishou();

export const CONFORMANCE: Conformance = {
  call: { api: 'open.order.cursor.list', scope: { user: '3649418105' } },
  success: { result: 1, data: { cursor: 'nomore', orderList: [] } },
  records: 'data.orderList',
  rows: KUAISHOU_ROWS,
};
