import type { Conformance, Row } from '../../../src/platform/conformance';
import { BAN, gatewayRows } from './dingtalk-gateway';

const API = 'POST /v1.0/workflow/processes/instanceIds/query';

const page = { result: { list: ['proc-1'], nextToken: '20' }, success: true };
const oldPage = {
  errcode: 0,
  errmsg: 'ok',
  result: { has_more: true, next_cursor: 100, list: [{ userid: 'u1' }] },
  request_id: 'x1',
};

const OWN: readonly Row[] = [
  {
    name: 'an API that is busy, in the words of the CRM',
    reply: { status: 400, body: { code: 'system.busy', message: 'system busy' } },
    want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000, code: 'system.busy' },
  },
  {
    name: 'the month of the organisation on an API that was thought to be without: only this API stops',
    reply: { body: { errcode: 90020, errmsg: 'x' } },
    scope: { api: 'POST /topapi/v2/user/list' },
    want: {
      kind: 'park',
      scope: { app: 'this', api: 'POST /topapi/v2/user/list', ip: 'own' },
      until: '2026-04-01T00:00:00+08:00',
    },
  },
];

const SUCCESSES: readonly Row[] = [
  { name: 'a page of the new API', body: page },
  { name: 'a page of the old API', body: oldPage },
  { name: 'a page with errcode as text', body: { ...oldPage, errcode: '0' } },
  { name: 'a reply with an empty code', body: { ...page, code: '', errorCode: null } },
  { name: 'an empty reply', body: {} },
  { name: 'records that quote a refusal', body: { ...page, result: { list: [`${BAN} 90018 触发了qps流控`] } } },
  { name: 'a record with codes of its own', body: { result: { errcode: 90020, code: 'Forbidden' } } },
].map(({ name, body }) => ({ name, reply: { body }, want: { kind: 'ok' } }));

const STATUSES: readonly Row[] = [
  {
    name: 'success false beside a code that no table knows',
    reply: { body: { success: false, code: 'a.b', message: 'no' } },
    want: { kind: 'fatal', scope: null, code: 'a.b', unrecognised: true },
  },
  {
    name: 'an unknown error as HTTP 500',
    reply: { status: 500, body: { code: 'systemError', message: '系统异常' } },
    want: { kind: 'backoff', scope: null, code: 'systemError', unrecognised: true },
  },
  {
    name: 'an unknown permission as HTTP 403',
    reply: { status: 403, body: { code: 'Forbidden.Other', message: 'x' } },
    want: { kind: 'fatal', scope: null, code: 'Forbidden.Other', unrecognised: true },
  },
  {
    name: 'HTTP 429 without a word',
    reply: { status: 429, body: '' },
    want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000, code: 'HTTP_429' },
  },
  { name: 'HTTP 502', reply: { status: 502, body: '<html>' }, want: { kind: 'backoff', code: 'HTTP_502' } },
  {
    name: 'a page of HTML that is no ban',
    reply: { body: '<html>{"status":200,"punish":"none"}</html>' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
];

export const CONFORMANCE: Conformance = {
  call: { api: API },
  success: page,
  records: 'result.list',
  rows: [...gatewayRows('this'), ...OWN, ...SUCCESSES, ...STATUSES],
};
