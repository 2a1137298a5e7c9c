import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (
  code: number | string,
  msg: string,
  [sub_code, sub_msg]: readonly [string?, string?] = [],
): Row['reply'] => ({
  body: { error_response: { code, msg, sub_code, sub_msg, request_id: '15v3a1c2k9q8n' } },
});

const banned = (by: string, seconds: number): Row['reply'] =>
  error(7, 'App Call Limited', [`accesscontrol.limited-by-${by}`, `This ban will last for ${seconds} more seconds`]);

const XML =
  '<error_response><code>7</code><msg>App Call Limited</msg><sub_code>accesscontrol.limited-by-app-api-access-count</sub_code><sub_msg>This ban will last for 2 more seconds</sub_msg></error_response>';

export const CONFORMANCE: Conformance = {
  call: { api: 'taobao.trades.sold.get', scope: { user: '7001' } },
  success: { trades_sold_get_response: { trades: { trade: [] }, total_results: 0, request_id: '15v3a1c2k9q8n' } },
  records: 'trades_sold_get_response.trades.trade',
  rows: [
    {
      name: "an application's quota of the day",
      reply: banned('app-access-count', 31_062),
      // 10:00:00 and 31062 s.
      want: { kind: 'park', scope: ['app'], until: '2026-03-01T18:37:42+08:00', advice: /developer\.alibaba\.com/ },
    },
    {
      name: 'a burst of an application',
      reply: banned('app-access-count', 1),
      want: { kind: 'pause', scope: ['app'], forMs: 2_000, code: 'accesscontrol.limited-by-app-access-count' },
    },
    {
      name: 'a burst of one API of the application',
      reply: banned('app-api-access-count', 2),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 3_000 },
    },
    {
      name: 'the longest ban that is waited out',
      reply: banned('app-api-access-count', 60),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 61_000 },
    },
    {
      name: 'a ban of one second more',
      reply: banned('app-api-access-count', 61),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-03-01T10:01:01+08:00' },
    },
    {
      name: 'an API that is limited for everybody',
      reply: banned('api-access-count', 1),
      want: { kind: 'pause', scope: ['api'], forMs: 2_000, hidden: true },
    },
    {
      name: 'a dynamic limit',
      reply: banned('dynamic-access-count', 5),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 6_000 },
    },
    {
      name: 'a service behind that limits calls',
      reply: error(15, 'Remote service error', ['isp.call-limited', 'The request is limited']),
      want: { kind: 'pause', scope: ['api'], forMs: 1_000, hidden: true },
    },
    {
      name: 'a limit without an end',
      reply: error(7, 'App Call Limited'),
      want: { kind: 'pause', scope: ['app'], forMs: 60_000, code: '7' },
    },
    { name: 'the code as text', reply: error('7', 'App Call Limited'), want: { kind: 'pause', scope: ['app'] } },
    { name: 'a user that is limited', reply: error(4, 'User Call Limited'), want: { kind: 'pause', scope: ['user'] } },
    {
      name: 'a session that is limited',
      reply: error(5, 'Session Call Limited'),
      want: { kind: 'pause', scope: ['user'] },
    },
    {
      name: 'a partner that is limited',
      reply: error(6, 'Partner Call Limited'),
      want: { kind: 'pause', scope: ['app'] },
    },
    {
      name: 'a frequency that is exceeded',
      reply: error(8, 'App Call Exceeds Limited Frequency'),
      want: { kind: 'pause', scope: ['app'] },
    },
    { name: 'the XML twin', reply: { body: XML }, want: { kind: 'pause', scope: ['app', 'api'], forMs: 3_000 } },
    {
      name: 'the XML twin with a declaration, lines and CDATA',
      reply: {
        body: '<?xml version="1.0" encoding="utf-8" ?>\n<error_response>\n  <code>7</code><msg>App Call Limited</msg>\n  <sub_code>accesscontrol.limited-by-app-access-count</sub_code>\n  <sub_msg><![CDATA[This ban will last for 31062 more seconds]]></sub_msg>\n</error_response><!--top011.cm4-->',
      },
      want: { kind: 'park', scope: ['app'], until: '2026-03-01T18:37:42+08:00' },
    },
    {
      name: 'an XML error that is cut off',
      reply: { body: '<error_response><code>7' },
      want: { kind: 'fatal', unrecognised: true },
    },
    {
      name: 'XML that is no error',
      reply: { body: '<trades_sold_get_response><total_results>0</total_results></trades_sold_get_response>' },
      want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
    },
    {
      name: 'a service behind that is too slow',
      reply: error(15, 'Remote service error', ['isp.top-remote-connection-timeout', 'API服务调用超时']),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a service behind that fails',
      reply: error(15, 'Remote service error', ['isp.remote-service-error', 'API调用远程服务出错']),
      want: { kind: 'backoff', scope: null },
    },
    { name: 'code 15 alone', reply: error(15, 'Remote service error'), want: { kind: 'backoff', scope: null } },
    {
      name: "a telephone number's messages of the minute",
      reply: error(15, 'Remote service error', ['isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1']),
      want: { kind: 'pause', scope: ['user'], forMs: 60_000 },
    },
    {
      name: 'code 15 over a wrong parameter',
      reply: error(15, 'Remote service error', ['isv.invalid-parameter', 'parameter is invalid']),
      want: { kind: 'fatal', scope: null, code: 'isv.invalid-parameter' },
    },
    { name: 'a service that is down', reply: error(10, 'Service Currently Unavailable'), want: { kind: 'backoff' } },
    {
      name: 'a session that is missing',
      reply: error(26, 'Missing session'),
      want: { kind: 'reauth', scope: ['user'] },
    },
    {
      name: 'a session that has ended',
      reply: error(27, 'Invalid session', ['invalid-sessionkey', 'SessionKey非法']),
      want: { kind: 'reauth', scope: ['user'] },
    },
    {
      name: 'a wrong signature',
      reply: error(25, 'Invalid signature', ['isv.invalid-signature', 'Invalid signature']),
      want: { kind: 'fatal', scope: ['app'], advice: /appSecret/ },
    },
    {
      name: 'a permission that is missing',
      reply: error(11, 'Insufficient isv permissions', ['isv.permission-api-package-limit', 'scope ids is 381']),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    {
      name: 'a shop without the permission',
      reply: error(12, 'Insufficient user permissions'),
      want: { kind: 'fatal', scope: ['api', 'user'] },
    },
    { name: 'a clock that is off', reply: error(31, 'Invalid timestamp'), want: { kind: 'fatal', advice: /clock/ } },
    {
      name: 'a parameter that is missing',
      reply: error(40, 'Missing required arguments:fields'),
      want: { kind: 'fatal' },
    },
    {
      name: 'an error without an envelope',
      reply: {
        body: { type: 'ISP', code: 'ServiceTimeout', message: 'service timeout', request_id: '0ba2887315178178' },
      },
      want: { kind: 'fatal', scope: null, code: 'ServiceTimeout', unrecognised: true },
    },
    {
      name: 'a code that no rule knows',
      reply: error(503, 'Error While Parsing TBQL Statement'),
      want: { kind: 'fatal', scope: null, code: '503', unrecognised: true },
    },
    {
      name: 'a limit without an envelope',
      reply: {
        body: {
          code: 7,
          msg: 'App Call Limited',
          sub_code: 'accesscontrol.limited-by-app-access-count',
          sub_msg: 'This ban will last for 2 more seconds',
        },
      },
      want: { kind: 'pause', scope: ['app'] },
    },
    {
      name: 'an error without an envelope, which does not say whose it is',
      reply: { body: { code: 987654, message: 'something new' } },
      want: { kind: 'fatal', scope: null, code: '987654', unrecognised: true },
    },
  ],
};
