import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (code: number, msg: string, status = 200): Row['reply'] => ({ status, body: { code, msg } });

const limited = (status: number, reset: string): Row['reply'] => ({
  ...error(99_991_400, 'request trigger frequency limit', status),
  headers: { 'x-ogw-ratelimit-limit': '100', 'x-ogw-ratelimit-reset': reset },
});

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /open-apis/bitable/v1/apps' },
  success: { code: 0, msg: 'success', data: { items: [], has_more: false } },
  records: 'data.items',
  rows: [
    {
      name: 'a limit with its reset',
      reply: limited(429, '52'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 52_000, code: '99991400' },
    },
    {
      name: 'the same of older APIs, which a client of the vendor takes for a permission',
      reply: limited(400, '52'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 52_000 },
    },
    {
      name: 'a reset that is a day away',
      reply: limited(429, '86400'),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-03-02T10:00:00+08:00' },
    },
    {
      name: 'a limit of one tenant',
      scope: { org: '2ed263bf' },
      reply: limited(429, '3'),
      want: { kind: 'pause', scope: ['app', 'api', 'org'], forMs: 3_000 },
    },
    {
      name: 'a limit without its reset',
      reply: error(99_991_400, 'request trigger frequency limit', 429),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000 },
    },
    {
      name: 'a bot that is too fast',
      reply: error(11_232, 'frequency limited psm[lark.oapi.app_platform_runtime]'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 10_000, advice: /17:30/ },
    },
    {
      name: 'messages that are too fast',
      reply: error(230_020, 'This operation triggers the frequency limit.', 400),
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    { name: 'a table that is asked too fast', reply: error(1_254_290, 'TooManyRequest'), want: { kind: 'pause' } },
    { name: 'writes that met', reply: error(1_254_291, 'Write conflict'), want: { kind: 'backoff', scope: null } },
    {
      name: 'a token that is not valid',
      reply: error(
        99_991_663,
        'Invalid access token for authorization. Please make a request with token attached.',
        400,
      ),
      want: { kind: 'reauth', scope: ['app'] },
    },
    {
      name: 'no token',
      reply: error(99_991_661, 'Missing access token for authorization', 400),
      want: { kind: 'reauth' },
    },
    {
      name: 'a token of another kind',
      reply: error(99_991_668, 'Invalid access token for authorization', 401),
      want: { kind: 'reauth' },
    },
    {
      name: 'a permission that is missing',
      reply: error(99_991_672, 'Access denied. One of the following scopes is required: [bitable:app]', 400),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    { name: 'a wrong secret', reply: error(10_014, 'app secret invalid'), want: { kind: 'fatal', scope: ['app'] } },
    { name: 'a fault inside', reply: error(1500, 'internal error'), want: { kind: 'backoff', scope: null } },
    {
      name: "a bot's older envelope",
      reply: { body: { StatusCode: 9499, StatusMessage: 'Bad Request' } },
      want: { kind: 'fatal', scope: null, code: '9499', unrecognised: true },
    },
    {
      name: 'a code that no rule knows',
      reply: error(1_254_040, 'BaseTokenNotFound'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
  ],
};
