import type { Scope } from '../../src/job/scope';
import { NEXT_MONTH_MS, NOW_MS, type Row } from './setup';

const API = 'yida.forms.instances.search';
const APP = { app: 'env:YD_APP_KEY' };
const APP_API = { ...APP, api: API };

/** A limit over all callers names the API alone. */
const hiddenIn = (scope: Scope): Pick<Row['want'], 'hidden'> => (scope.app === undefined ? { hidden: true } : {});

const YIDA_FORMS: readonly (readonly [code: string, message: string, scope: Scope, status: number])[] = [
  ['failure.operation.requestTooFast', '请求过于频繁，请稍后重试:%s', APP_API, 400],
  ['failure.operation.requestTooFast', '请求过于频繁，请稍后重试:FORM-7', APP_API, 400],
  ['failure.operation.requestTooFast', '', APP_API, 400],
  ['failure.operation.requestTooFast', '请求过于频繁', APP_API, 200],
  ['FAILURE.OPERATION.REQUESTTOOFAST', '', APP_API, 400],
  ['failure.operation.operatingFrequencyTooFast', '操作频率过快，请稍后重试:%s', APP_API, 400],
  ['failure.operation.tooManyVisitors', '平台当前访问人数过多，请稍后重试:%s', { api: API }, 400],
  ['failure.operation.tooManyVisitors', '平台当前访问人数过多，请稍后重试:%s', { api: API }, 500],
];

const YIDA: Row[] = YIDA_FORMS.map(([code, message, scope, status]) => ({
  name: `${code} "${message}" as HTTP ${status}`,
  reply: { status: status, body: { requestid: '5C2F', code, message } },
  want: { kind: 'pause', scope, forMs: 1_000, code, ...hiddenIn(scope) },
}));

const WORDS_FORMS: readonly (readonly [message: string, scope: Scope])[] = [
  ['请求过于频繁，\n请稍后重试', APP_API],
  ['操作频率过快', APP_API],
  ['平台当前访问人数过多，请稍后重试', { api: API }],
];

const WORDS: Row[] = WORDS_FORMS.map(([message, scope]) => ({
  name: `the words ${JSON.stringify(message)} without a known code`,
  reply: { status: 400, body: { code: 'unknown', message } },
  want: { kind: 'pause', scope, forMs: 1_000, code: 'unknown', ...hiddenIn(scope) },
}));

const REQUESTS: Row[] = [
  'invalidState.openSearch.cursorExceedFiveThousand',
  'failure.form.dataAmountExceedFiveThousand',
  'failure.operation.numberOfQueryDataExceed',
].map((code) => ({
  name: `${code} is not a throttle`,
  reply: { status: 400, body: { code, message: '搜索接口翻页不能超过5000，请细化过滤条件缩小查询范围:%s' } },
  want: { kind: 'fatal', scope: null, code, advice: /slices/ },
}));

const CAPACITY: Row[] = [
  'resourceCapacity.resource.resourceReachedLimit',
  'failure.operation.theSubmissionRecordExceed',
].map((code) => ({
  name: code,
  reply: { status: 400, body: { code, message: '' } },
  want: { kind: 'fatal', scope: APP, code, advice: /plan/ },
}));

const freeze = 'failure.operation.canNotModify';
const tooFast = 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi';

const GATEWAY_FORMS: readonly (readonly [code: string, scope: Scope, forMs: number])[] = [
  [tooFast, APP_API, 1_000],
  ['Forbidden.AccessDenied.QpsLimitForApi', { api: API }, 1_000],
  ['Forbidden.AccessDenied.QpmLimitForAppkeyAndApi', APP_API, 60_000],
  ['Forbidden.AccessDenied.QpsLimitForSomethingNew', APP_API, 1_000],
];

const GATEWAY: Row[] = GATEWAY_FORMS.map(([code, scope, forMs]) => ({
  name: `${code}, which is no matter of permission`,
  reply: { status: 403, body: { code, message: '触发了qps流控', requestid: '5C2F' } },
  want: { kind: 'pause', scope, forMs, code, ...hiddenIn(scope) },
}));

/** As clients have logged them. */
const OLD_FORMS: readonly (readonly [body: string, code: string, scope: Scope])[] = [
  [
    '{"errcode":88,"errmsg":"ding talk error[subcode=90018,submsg=...触发了qps流控...请求总次数超过 20 次...]"}',
    '90018',
    APP_API,
  ],
  ['{"errcode":88,"sub_code":"90018","errmsg":"ding talk error"}', '90018', APP_API],
  ['{"errcode":88,"subcode":90018}', '90018', APP_API],
  ['{"errcode":90019}', '90019', APP_API],
  [
    '{"errmsg":"您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了, apiPath(/user/list), 从 2019-02-13 20:40:04 到 2019-02-13 20:40:04 请求总次数超过了 300 次, 处罚将在 2019-02-13 20:40:05 结束.","errcode":90002}',
    '90002',
    { api: API },
  ],
];

const OLD: Row[] = OLD_FORMS.map(([body, code, scope]) => ({
  name: `the old form ${body.slice(0, 60)}`,
  reply: { body },
  want: { kind: 'pause', scope, forMs: 1_000, code, ...hiddenIn(scope) },
}));

const MONTH: Row[] = [
  { status: 403, body: { code: 'Forbidden.AccessDenied.ApiCountLimitForOrg', message: 'x' } },
  {
    body: '{"errcode":90020,"errmsg":"您的企业本月api调用量已超过限制,调用量:10001次,额度:10000次,请登录开发者后台-资源管理-查看用量明细"}',
  },
].map((reply, at) => ({
  name: `the month's calls of the organisation, form ${at + 1}`,
  reply,
  want: { kind: 'park', scope: { org: 'own' }, untilMs: NEXT_MONTH_MS, advice: /edition/ },
}));

/** Beijing is 8 hours ahead: 02:00 UTC is 10:00 there. */
const ENDS_FORMS: readonly (readonly [message: string, want: Row['want']])[] = [
  ['限制将在 2026-03-01 10:00:40 结束', { kind: 'pause', forMs: 40_000 }],
  ['处罚将在2026-03-01 10:00:40结束', { kind: 'pause', forMs: 40_000 }],
  ['限制将在 2026-03-01 09:00:00 结束', { kind: 'pause', forMs: 1_000 }],
  ['限制将在 2026-03-01 12:00:00 结束', { kind: 'park', untilMs: NOW_MS + 2 * 3_600_000 }],
];

const ENDS_OF_ALL: Row[] = [
  {
    name: 'a stated end of a limit over all callers',
    reply: {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForApi', message: '限制将在 2026-03-01 10:00:40 结束' },
    },
    want: { kind: 'pause', scope: { api: API }, forMs: 40_000, hidden: true },
  },
  {
    name: 'a stated end of a limit over all callers that is hours away',
    reply: {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForApi', message: '限制将在 2026-03-01 12:00:00 结束' },
    },
    want: { kind: 'park', scope: { api: API }, untilMs: NOW_MS + 2 * 3_600_000 },
  },
];

const ENDS: Row[] = ENDS_FORMS.map(([message, want]) => ({
  name: `a stated end: ${message}`,
  reply: { status: 403, body: { code: tooFast, message } },
  want: { ...want, scope: APP_API, code: tooFast },
}));

const BAN = '{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"xxx"}';

const BANS_FORMS: readonly (readonly [body: string, status: number])[] = [
  [`<html><body><script>var x = ${BAN}</script></body></html>`, 403],
  [`<html>${BAN.replaceAll('"', '&quot;')}</html>`, 200],
  [BAN, 200],
];

const BANS: Row[] = BANS_FORMS.map(([body, status]) => ({
  name: `the ban of an address as ${body.slice(0, 30)}`,
  reply: { status: status, body },
  want: { kind: 'pause', scope: { ip: 'own' }, forMs: 300_000, code: 'IP_BANNED' },
}));

const ACCESS: Row[] = [
  {
    name: 'an access token that is not good',
    reply: {
      status: 400,
      body: { code: 'InvalidAuthentication', requestid: '30EE8654', message: '不合法的access_token' },
    },
    want: { kind: 'reauth', scope: APP, code: 'InvalidAuthentication' },
  },
  {
    name: 'the old code of it',
    reply: { body: { errcode: 40014, errmsg: '不合法的access_token' } },
    want: { kind: 'reauth', scope: APP, code: '40014' },
  },
  {
    name: 'HTTP 401',
    reply: { status: 401, body: { code: 'x.y', message: '' } },
    want: { kind: 'reauth', scope: APP, code: 'x.y' },
  },
  {
    name: 'a permission that is missing',
    reply: {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.AccessTokenPermissionDenied', message: '应用尚未开通所需的权限' },
    },
    want: {
      kind: 'fatal',
      scope: APP,
      code: 'Forbidden.AccessDenied.AccessTokenPermissionDenied',
      advice: /permission/,
    },
  },
  {
    name: 'an address that is not allowed',
    reply: { status: 403, body: { code: 'Forbidden.AccessDenied.IpNotInWhiteList', message: '访问ip不在白名单之中' } },
    want: { kind: 'fatal', scope: APP, code: 'Forbidden.AccessDenied.IpNotInWhiteList', advice: /address/ },
  },
];

const page = { currentPage: 1, totalCount: 1, data: [{ formInstanceId: 'FINST-1' }] };

const REST: Row[] = [
  {
    name: 'a change freeze',
    reply: { status: 400, body: { code: freeze, message: '封网期间，不允许执行该操作:%s' } },
    want: { kind: 'backoff', scope: APP_API, code: freeze },
  },
  { name: 'a page of instances', reply: { body: page }, want: { kind: 'ok' } },
  { name: 'a page without instances', reply: { body: { currentPage: 9, totalCount: 0 } }, want: { kind: 'ok' } },
  {
    name: 'a page that counts nothing',
    reply: { body: { data: [] } },
    want: { kind: 'backoff', code: 'UNEXPECTED_REPLY' },
  },
  {
    name: 'instances that quote a refusal',
    reply: { body: { ...page, data: [{ text: `${BAN} 请求过于频繁` }] } },
    want: { kind: 'ok' },
  },
  { name: 'a reply of another API', reply: { body: { result: true } }, want: { kind: 'ok' }, scope: { api: 'other' } },
  {
    name: 'an error as HTTP 200',
    reply: { body: { ...page, code: 'a.b', message: 'no' } },
    want: { kind: 'fatal', scope: null, code: 'a.b' },
  },
  {
    name: 'an error of the old API',
    reply: { body: { ...page, errcode: 33 } },
    want: { kind: 'fatal', scope: null, code: '33' },
  },
  {
    name: 'success false',
    reply: { body: { success: false, errorMsg: 'no' } },
    want: { kind: 'fatal', scope: null, code: 'UNNAMED' },
  },
  { name: 'a page with errcode 0', reply: { body: { ...page, errcode: 0 } }, want: { kind: 'ok' } },
  {
    name: 'an unknown code as HTTP 500',
    reply: { status: 500, body: { code: 'a.b', message: 'no' } },
    want: { kind: 'backoff', code: 'a.b' },
  },
  {
    name: 'an unknown code as HTTP 429',
    reply: { status: 429, body: { code: 'a.b' } },
    want: { kind: 'pause', scope: APP_API, forMs: 1_000, code: 'HTTP_429' },
  },
  { name: 'a page as HTTP 502', reply: { status: 502, body: page }, want: { kind: 'backoff', code: 'HTTP_502' } },
  {
    name: 'another page of HTML',
    reply: { body: '<html>hello</html>' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY' },
  },
  { name: 'HTTP 302', reply: { status: 302, body: '' }, want: { kind: 'fatal', scope: null, code: 'HTTP_302' } },
];

export const YIDA_ROWS: readonly Row[] = [
  ...YIDA,
  ...WORDS,
  ...REQUESTS,
  ...CAPACITY,
  ...GATEWAY,
  ...OLD,
  ...MONTH,
  ...ENDS,
  ...ENDS_OF_ALL,
  ...BANS,
  ...ACCESS,
  ...REST,
];
