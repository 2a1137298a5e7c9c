import type { Scope } from '../../../src/job/scope';
import type { Conformance, Row } from '../../../src/platform/conformance';
import { setupYida } from '../setup';
import { BAN, gatewayRows } from './dingtalk-gateway';

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

/** The API of Yida's pages in the browser. https://docs.aliwork.com/docs/developer/api/openAPI */
const IN_PAGE: Row[] = [
  {
    name: 'too fast, in the envelope of a page',
    errorCode: 'failure.operation.requestTooFast',
    errorMsg: '请求过于频繁，请稍后重试',
    want: { kind: 'pause', scope: APP_API, forMs: 1_000, code: 'failure.operation.requestTooFast' },
  },
  {
    name: 'too fast in words alone, in the envelope of a page',
    errorCode: '',
    errorMsg: '操作频率过快，请稍后重试',
    want: { kind: 'pause', scope: APP_API, forMs: 1_000, code: 'UNNAMED' },
  },
  {
    name: 'too many visitors, in the envelope of a page',
    errorCode: 'failure.operation.tooManyVisitors',
    errorMsg: '平台当前访问人数过多',
    want: { kind: 'pause', scope: { api: API }, forMs: 1_000, hidden: true },
  },
  {
    name: 'another error, in the envelope of a page',
    errorCode: 'FORM_500',
    errorMsg: '未知错误',
    want: { kind: 'fatal', scope: null, code: 'FORM_500', unrecognised: true },
  },
].map(({ name, errorCode, errorMsg, want }) => ({
  name,
  reply: { body: { success: false, errorCode, errorMsg, errorLevel: 'error' } },
  want: want as Row['want'],
}));

const freeze = 'failure.operation.canNotModify';
const page = { currentPage: 1, totalCount: 1, data: [{ formInstanceId: 'FINST-1' }] };

const REST: Row[] = [
  {
    name: 'a change freeze',
    reply: { status: 400, body: { code: freeze, message: '封网期间，不允许执行该操作:%s' } },
    want: { kind: 'backoff', scope: APP_API, code: freeze },
  },
  {
    name: 'a reply to a page in the browser',
    reply: { body: { success: true, result: { data: [] }, errorCode: '', errorMsg: null } },
    scope: { api: 'other' },
    want: { kind: 'ok' },
  },
  { name: 'a page of instances', reply: { body: page }, want: { kind: 'ok' } },
  { name: 'a page without instances', reply: { body: { currentPage: 9, totalCount: 0 } }, want: { kind: 'ok' } },
  {
    name: 'a page that counts nothing',
    reply: { body: { data: [] } },
    want: { kind: 'backoff', code: 'UNEXPECTED_REPLY', unrecognised: true },
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
    want: { kind: 'fatal', scope: null, code: 'a.b', unrecognised: true },
  },
  {
    name: 'an error of the old API',
    reply: { body: { ...page, errcode: 33 } },
    want: { kind: 'fatal', scope: null, code: '33', unrecognised: true },
  },
  {
    name: 'success false',
    reply: { body: { success: false, errorMsg: 'no' } },
    want: { kind: 'fatal', scope: null, code: 'UNNAMED', unrecognised: true },
  },
  { name: 'a page with errcode 0', reply: { body: { ...page, errcode: 0 } }, want: { kind: 'ok' } },
  {
    name: 'an unknown code as HTTP 500',
    reply: { status: 500, body: { code: 'a.b', message: 'no' } },
    want: { kind: 'backoff', code: 'a.b', unrecognised: true },
  },
  {
    name: 'an unknown code as HTTP 429',
    reply: { status: 429, body: { code: 'a.b' } },
    want: { kind: 'pause', scope: APP_API, forMs: 1_000, code: 'a.b', unrecognised: true },
  },
  { name: 'a page as HTTP 502', reply: { status: 502, body: page }, want: { kind: 'backoff', code: 'HTTP_502' } },
  {
    name: 'another page of HTML',
    reply: { body: '<html>hello</html>' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  { name: 'HTTP 302', reply: { status: 302, body: '' }, want: { kind: 'fatal', scope: null, code: 'HTTP_302' } },
];

const YIDA_ROWS: readonly Row[] = [
  ...YIDA,
  ...IN_PAGE,
  ...WORDS,
  ...REQUESTS,
  ...CAPACITY,
  ...gatewayRows('own'),
  ...REST,
];

export const PLATFORM = setupYida();

export const CONFORMANCE: Conformance = {
  call: { api: 'yida.forms.instances.search' },
  success: { currentPage: 1, totalCount: 0, data: [] },
  records: 'data',
  rows: YIDA_ROWS,
};
