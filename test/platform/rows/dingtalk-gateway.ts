import type { ScopeName } from '../../../src/job/scope';
import type { Row } from '../../../src/platform/conformance';
import { NEXT_MONTH_MS, NOW_MS } from '../setup';

/** What DingTalk's gateway says before any API sees the call: the same for its own APIs and for Yida's. */
export function gatewayRows(org: string): readonly Row[] {
  return [
    ...GATEWAY,
    ...OLD,
    ...monthRows(org),
    ...ENDS,
    ...ENDS_OF_ALL,
    ...BANS,
    ...TOKENS,
    ...PERMISSIONS,
    ...TROUBLE,
    ...UNKNOWN,
  ];
}

type Names = readonly ScopeName[];
const APP_API: Names = ['app', 'api'];

const hiddenOf = (names: Names): Pick<Row['want'], 'hidden'> => (names.includes('app') ? {} : { hidden: true });

const tooFast = 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi';

const GATEWAY_FORMS: readonly (readonly [code: string, scope: Names, forMs: number])[] = [
  [tooFast, APP_API, 1_000],
  ['Forbidden.AccessDenied.QpsLimitForApi', ['api'], 1_000],
  ['Forbidden.AccessDenied.QpmLimitForAppkeyAndApi', APP_API, 60_000],
  ['Forbidden.AccessDenied.QpsLimitForSomethingNew', APP_API, 1_000],
  ['Forbidden.AccessDenied.QpmLimitForSomethingNew', APP_API, 60_000],
  ['Forbidden.AccessDenied.ConcurrencyLimitForApp', APP_API, 60_000],
  ['FORBIDDEN.ACCESSDENIED.QPSLIMITFORAPPKEYANDAPI', APP_API, 1_000],
];

const GATEWAY: readonly Row[] = [200, 400, 403, 429, 500].flatMap((status) =>
  GATEWAY_FORMS.map(([code, scope, forMs]) => ({
    name: `${code} as HTTP ${status}, which is no matter of permission`,
    reply: { status, body: { code, message: '触发了qps流控', requestid: '5C2F' } },
    want: { kind: 'pause', scope, forMs, code, ...hiddenOf(scope) },
  })),
);

const BANNED_TEXT =
  '您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了, apiPath(/user/list), 从 2019-02-13 20:40:04 到 2019-02-13 20:40:04 请求总次数超过了 300 次, 处罚将在 2019-02-13 20:40:05 结束.';
const IN_TEXT = 'ding talk error[subcode=90018,submsg=您的应用触发了qps流控,请求总次数超过 20 次]';

/** As clients have logged them. */
const OLD_FORMS: readonly (readonly [body: object, code: string, scope: Names])[] = [
  [{ errcode: 88, errmsg: IN_TEXT }, '90018', APP_API],
  [{ errcode: '88', errmsg: IN_TEXT }, '90018', APP_API],
  [{ errcode: 88, errmsg: 'ding talk error[sub_code=90019]' }, '90019', APP_API],
  [{ errcode: 88, sub_code: '90018', errmsg: 'ding talk error' }, '90018', APP_API],
  [{ errcode: 88, sub_code: 90018, sub_msg: '触发了qps流控' }, '90018', APP_API],
  [{ errcode: 88, subcode: 90018 }, '90018', APP_API],
  [{ errcode: 88, subcode: '90018' }, '90018', APP_API],
  [{ errcode: 88, subCode: '90018', subMsg: '触发了qps流控' }, '90018', APP_API],
  [{ errcode: 88, subcode: 90002 }, '90002', ['api']],
  [{ errcode: 90018, errmsg: 'x' }, '90018', APP_API],
  [{ errcode: '90018' }, '90018', APP_API],
  [{ errcode: 90019 }, '90019', APP_API],
  [{ errcode: 90002 }, '90002', ['api']],
  [{ errmsg: BANNED_TEXT, errcode: 90002 }, '90002', ['api']],
];

const OLD: readonly Row[] = OLD_FORMS.map(([body, code, scope]) => ({
  name: `the old form ${JSON.stringify(body).slice(0, 60)}`,
  reply: { body },
  want: { kind: 'pause', scope, forMs: 1_000, code, ...hiddenOf(scope) },
}));

const MONTH_TEXT = '您的企业本月api调用量已超过限制,调用量:10001次,额度:10000次,请登录开发者后台-资源管理-查看用量明细';

function monthRows(org: string): Row[] {
  const forms: readonly Row['reply'][] = [
    { status: 403, body: { code: 'Forbidden.AccessDenied.ApiCountLimitForOrg', message: MONTH_TEXT } },
    { status: 200, body: { code: 'Forbidden.AccessDenied.ApiCountLimitForOrg', message: 'x' } },
    { body: { errcode: 90020, errmsg: MONTH_TEXT } },
    { body: { errcode: '90020', errmsg: '' } },
    { body: { errcode: 88, sub_code: '90020', sub_msg: MONTH_TEXT } },
    { body: { errcode: 88, errmsg: `ding talk error[subcode=90020,submsg=${MONTH_TEXT}]` } },
  ];
  return forms.map((reply, at) => ({
    name: `the month's calls of the organisation, form ${at + 1}`,
    reply,
    want: { kind: 'park', scope: { org }, untilMs: NEXT_MONTH_MS, advice: /edition.*https?:/ },
  }));
}

/** Beijing is 8 hours ahead: 02:00 UTC is 10:00 there. */
const ENDS_FORMS: readonly (readonly [message: string, want: Row['want']])[] = [
  ['限制将在 2026-03-01 10:00:40 结束', { kind: 'pause', forMs: 40_000 }],
  ['触发流控, 限制将在 2026-03-01 10:00:40 结束', { kind: 'pause', forMs: 40_000 }],
  ['处罚将在2026-03-01 10:00:40结束', { kind: 'pause', forMs: 40_000 }],
  ['从 2026-03-01 09:59:00 起, 处罚将在 2026-03-01 10:00:40 结束', { kind: 'pause', forMs: 40_000 }],
  ['限制将在 2026-03-01 09:00:00 结束', { kind: 'pause', forMs: 1_000 }],
  ['限制将在 2026-03-01 10:05:00 结束', { kind: 'pause', forMs: 300_000 }],
  ['限制将在 2026-03-01 10:05:01 结束', { kind: 'park', untilMs: NOW_MS + 301_000 }],
  ['限制将在 2026-03-01 12:00:00 结束', { kind: 'park', untilMs: NOW_MS + 2 * 3_600_000 }],
  ['限制将在 2099-03-01 12:00:00 结束', { kind: 'pause', forMs: 1_000 }],
  ['限制将在 2026-02-30 25:00:00 结束', { kind: 'pause', forMs: 1_000 }],
  ['2026-03-01 10:00:40', { kind: 'pause', forMs: 1_000 }],
];

const ENDS: readonly Row[] = [
  ...ENDS_FORMS.map(
    ([message, want]): Row => ({
      name: `a stated end: ${message}`,
      reply: { status: 403, body: { code: tooFast, message } },
      want: { ...want, scope: APP_API, code: tooFast },
    }),
  ),
  {
    name: 'a wait in a header',
    reply: { status: 403, headers: { 'retry-after': '7' }, body: { code: tooFast, message: 'x' } },
    want: { kind: 'pause', scope: APP_API, forMs: 7_000 },
  },
];

const ENDS_OF_ALL: readonly Row[] = [
  {
    name: 'a stated end of a limit over all callers',
    reply: {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForApi', message: '限制将在 2026-03-01 10:00:40 结束' },
    },
    want: { kind: 'pause', scope: ['api'], forMs: 40_000, hidden: true },
  },
  {
    name: 'a stated end of a limit over all callers that is hours away',
    reply: {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForApi', message: '限制将在 2026-03-01 12:00:00 结束' },
    },
    want: { kind: 'park', scope: ['api'], untilMs: NOW_MS + 2 * 3_600_000 },
  },
];

export const BAN = '{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"xxx"}';

const BAN_PAGES = [
  `<html><body><script>var x = ${BAN}</script></body></html>`,
  `<html>\n${BAN.replaceAll('"', '&quot;')}\n</html>`,
  `<!DOCTYPE html><body>${BAN.replaceAll(':', ' : ').replace('1111', '"1111"')}</body>`,
  BAN,
];

const BANS: readonly Row[] = [200, 403, 503].flatMap((status) =>
  BAN_PAGES.map((body) => ({
    name: `the ban of an address as HTTP ${status} ${body.slice(0, 30)}`,
    reply: { status, body },
    want: { kind: 'pause', scope: ['ip'], forMs: 300_000, code: 'IP_BANNED' },
  })),
);

const TOKEN_FORMS: readonly (readonly [name: string, code: string, reply: Row['reply']])[] = [
  [
    'an access token that is not good',
    'InvalidAuthentication',
    {
      status: 400,
      body: { code: 'InvalidAuthentication', requestid: '30EE8654', message: '不合法的access_token' },
    },
  ],
  ['the old code of it', '40014', { body: { errcode: 40014, errmsg: '不合法的access_token' } }],
  ['the old code of it in its wrapper', '40014', { body: { errcode: 88, sub_code: '40014', sub_msg: 'x' } }],
  ['an access token that has expired', '42001', { body: { errcode: '42001', errmsg: 'access_token超时' } }],
  ['HTTP 401', 'x.y', { status: 401, body: { code: 'x.y', message: '' } }],
];

const TOKENS: readonly Row[] = TOKEN_FORMS.map(([name, code, reply]) => ({
  name,
  reply,
  want: { kind: 'reauth', scope: ['app'], code },
}));

const PERMISSION_FORMS: readonly (readonly [code: string, scope: Names, advice: RegExp, reply: Row['reply']])[] = [
  [
    'Forbidden.AccessDenied.AccessTokenPermissionDenied',
    APP_API,
    /permission/,
    {
      status: 403,
      body: { code: 'Forbidden.AccessDenied.AccessTokenPermissionDenied', message: '应用尚未开通所需的权限' },
    },
  ],
  [
    '60011',
    APP_API,
    /permission/,
    {
      body: {
        errcode: 88,
        sub_code: '60011',
        sub_msg: '没有调用该接口的权限',
        errmsg: 'ding talk error[subcode=60011,submsg=没有调用该接口的权限]',
      },
    },
  ],
  [
    'Forbidden.AccessDenied.IpNotInWhiteList',
    ['app'],
    /address/,
    { status: 403, body: { code: 'Forbidden.AccessDenied.IpNotInWhiteList', message: '访问ip不在白名单之中' } },
  ],
  ['60020', ['app'], /address/, { body: { errcode: 60020, errmsg: '访问ip不在白名单之中, request ip=203.0.113.9' } }],
  [
    'invalidClientIdOrSecret',
    ['app'],
    /appSecret/,
    { status: 400, body: { code: 'invalidClientIdOrSecret', message: '无效的clientId或者clientSecret' } },
  ],
  ['40089', ['app'], /appSecret/, { body: { errcode: 40089, errmsg: '不合法的corpid或corpsecret' } }],
];

const PERMISSIONS: readonly Row[] = PERMISSION_FORMS.map(([code, scope, advice, reply]) => ({
  name: `${code}, which no wait cures`,
  reply,
  want: { kind: 'fatal', scope, code, advice },
}));

const TROUBLE: readonly Row[] = [
  {
    name: 'servers that are busy',
    reply: { body: { errcode: -1, errmsg: '系统繁忙' } },
    want: { kind: 'backoff', scope: null, code: '-1' },
  },
  {
    name: 'an API whose day is spent',
    reply: { status: 400, body: { code: 'daily.call.limit', message: 'daily call limit' } },
    want: { kind: 'park', scope: APP_API, until: '2026-03-02T00:00:00+08:00', code: 'daily.call.limit' },
  },
];

/** Numbers that are a throttle elsewhere, and forms that no table knows. */
const UNKNOWN: readonly Row[] = [
  { body: { errcode: 33, errmsg: 'no' }, code: '33' },
  { body: { errcode: 88, errmsg: '鉴权异常' }, code: '88' },
  { body: { errcode: 7, errmsg: 'App Call Limited' }, code: '7' },
  { body: { errcode: 60000, errmsg: 'x' }, code: '60000' },
  { body: { errcode: 99991400, errmsg: 'x' }, code: '99991400' },
  { body: { success: false, errorMsg: 'no' }, code: 'UNNAMED' },
].map(({ body, code }) => ({
  name: `a refusal that is no throttle here: ${JSON.stringify(body)}`,
  reply: { body },
  want: { kind: 'fatal', scope: null, code, unrecognised: true },
}));
