import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (error_code: number, message: string, status = 400): Row['reply'] => ({
  status,
  body: { error_info: { error_code, message } },
});

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /v1/meetings' },
  success: { meeting_number: 0, meeting_info_list: [] },
  records: 'meeting_info_list',
  // 20 s into a minute.
  nowMs: Date.parse('2026-03-01T10:00:20+08:00'),
  rows: [
    {
      name: 'calls of the minute',
      reply: error(190_310, '每分钟总接口调用次数超过限制。'),
      want: { kind: 'pause', scope: ['app'], forMs: 40_000, code: '190310' },
    },
    {
      name: 'the same under 200',
      reply: error(190_310, '每分钟总接口调用次数超过限制。', 200),
      want: { kind: 'pause', scope: ['app'] },
    },
    {
      name: 'calls of the day',
      reply: error(190_311, '每天总接口调用次数超过限制。'),
      want: { kind: 'park', scope: ['app'], until: '2026-03-02T00:00:00+08:00' },
    },
    {
      name: "an API's calls of the minute",
      reply: error(190_313, '每分钟单个接口调用次数超过限制。'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000 },
    },
    {
      name: 'calls of the month',
      reply: error(500_168, '每月总接口调用次数超过限制'),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-04-01T00:00:00+08:00' },
    },
    {
      name: 'a clock that is off',
      reply: error(190_300, 'timestamp expired'),
      want: { kind: 'fatal', scope: ['app'], advice: /clock/ },
    },
    { name: 'a wrong key', reply: error(190_303, 'secret not found'), want: { kind: 'fatal', scope: ['app'] } },
    {
      name: 'a code that no rule knows',
      reply: error(9003, 'MEETING NOT EXIST', 500),
      want: { kind: 'backoff', scope: null, code: '9003', unrecognised: true },
    },
  ],
};
