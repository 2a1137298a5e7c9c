import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (errcode: number, errmsg: string): Row['reply'] => ({ body: { errcode, errmsg } });

const NEXT_DAY = '2026-03-02T00:00:00+08:00';

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /channels/ec/order/list/get' },
  success: { errcode: 0, errmsg: 'ok', order_id_list: [], has_more: false },
  records: 'order_id_list',
  // 20 s into a minute.
  nowMs: Date.parse('2026-03-01T10:00:20+08:00'),
  rows: [
    {
      name: "an API's calls of the day",
      reply: error(45_009, 'reach max api daily quota limit rid: 65a1b2c3-4d5e6f70-12345678'),
      want: { kind: 'park', scope: ['app', 'api'], until: NEXT_DAY, code: '45009', advice: /clear_quota/ },
    },
    {
      name: 'its older words',
      reply: error(45_009, 'api freq out of limit'),
      want: { kind: 'park', scope: ['app', 'api'], until: NEXT_DAY },
    },
    {
      name: "an API's calls of the minute",
      reply: error(45_011, 'api minute-quota reach limit must slower retry next minute'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000, code: '45011' },
    },
    {
      name: 'the same as it was once spelt',
      reply: error(45_011, 'api minute-quota reach limit  mustslower  retry next minute'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000 },
    },
    { name: 'a system that is busy', reply: error(-1, 'system error'), want: { kind: 'backoff', scope: null } },
    {
      name: 'a token that has ended',
      reply: error(42_001, 'access_token expired'),
      want: { kind: 'reauth', scope: ['app'] },
    },
    {
      name: 'a token that is not the latest',
      reply: error(40_001, 'invalid credential, access_token is invalid or not latest'),
      want: { kind: 'reauth', scope: ['app'] },
    },
    { name: 'a token that is none', reply: error(40_014, 'invalid access_token'), want: { kind: 'reauth' } },
    { name: 'no token', reply: error(41_001, 'access_token missing'), want: { kind: 'reauth' } },
    {
      name: 'a quota that was cleared too often',
      reply: error(48_006, 'forbid to clear quota because of reaching the limit'),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-04-01T00:00:00+08:00' },
    },
    {
      name: 'an API without permission',
      reply: error(48_001, 'api unauthorized'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    { name: 'a wrong id', reply: error(40_013, 'invalid appid'), want: { kind: 'fatal', scope: ['app'] } },
    { name: 'a wrong secret', reply: error(40_125, 'invalid appsecret'), want: { kind: 'fatal', scope: ['app'] } },
    {
      name: 'an address that is not allowed',
      reply: error(40_164, 'invalid ip 203.0.113.7, not in whitelist'),
      want: { kind: 'fatal', scope: ['app'], advice: /allowed addresses/ },
    },
    {
      name: 'a 403 without a code',
      reply: { status: 403, body: '<html>403 Forbidden</html>' },
      want: { kind: 'fatal', scope: ['app'], advice: /allowed addresses/ },
    },
    {
      name: 'a code that no rule knows',
      reply: error(47_001, 'data format error'),
      want: { kind: 'fatal', scope: null, code: '47001', unrecognised: true },
    },
    {
      name: "Feishu's limit, which means nothing here",
      reply: error(99_991_400, 'busy'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
  ],
};
