import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (Code: string, Message: string, status = 400): Row['reply'] => ({
  status,
  body: { RequestId: '6E3636E5-2708-4DFD-B2A2-923A47B6EA0F', HostId: 'sae.cn-hangzhou.aliyuncs.com', Code, Message },
});

const USER = 'Request was denied due to user flow control.';
const MANY = 'Request was denied due to request throttling.';

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /' },
  success: {
    RequestId: '6E3636E5-2708-4DFD-B2A2-923A47B6EA0F',
    Code: 'OK',
    TotalCount: 0,
    Instances: { Instance: [] },
  },
  records: 'Instances.Instance',
  // 20 s into a minute.
  nowMs: Date.parse('2026-03-01T10:00:20+08:00'),
  rows: [
    {
      name: 'an account that is limited',
      reply: error('Throttling.User', USER),
      want: { kind: 'pause', scope: ['app'], forMs: 40_000, code: 'Throttling.User' },
    },
    {
      name: 'a main account that the call names',
      scope: { org: '1234567890123456' },
      reply: error('Throttling.User', USER),
      want: { kind: 'pause', scope: ['org'], forMs: 40_000 },
    },
    {
      name: 'an API that is limited',
      reply: error('Throttling.Api', 'Request was denied due to api flow control.'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000 },
    },
    {
      name: 'a limit',
      reply: error('Throttling', MANY),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000 },
    },
    { name: 'a limit with 403', reply: error('Throttling', MANY, 403), want: { kind: 'pause', forMs: 40_000 } },
    {
      name: 'a limit with 429',
      reply: error('Throttling.Resource', MANY, 429),
      want: { kind: 'pause', forMs: 40_000 },
    },
    { name: 'a limit with 503', reply: error('Throttling', MANY, 503), want: { kind: 'pause', forMs: 40_000 } },
    {
      name: 'a limit in lower-case names',
      reply: { status: 400, body: { code: 'Throttling.User', message: USER, requestId: '1' } },
      want: { kind: 'pause', scope: ['app'] },
    },
    {
      name: 'a limit in XML',
      reply: {
        status: 400,
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><RequestId>1</RequestId><HostId>ecs.aliyuncs.com</HostId><Code>Throttling</Code><Message>${MANY}</Message></Error>`,
      },
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 40_000 },
    },
    {
      name: 'the words of a limit alone',
      reply: error('FlowControl', 'Request was denied due to api flow control.'),
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    {
      name: "a number's messages of the minute",
      scope: { user: '13800138000' },
      reply: error('isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1', 200),
      want: { kind: 'pause', scope: ['user'], forMs: 60_000 },
    },
    {
      name: "a number's messages of the hour",
      scope: { user: '13800138000' },
      reply: error('isv.BUSINESS_LIMIT_CONTROL', '触发小时级流控Permits:5', 200),
      want: { kind: 'park', scope: ['user'], until: '2026-03-01T11:00:20+08:00', advice: /101346/ },
    },
    {
      name: "a number's messages of the day",
      scope: { user: '13800138000' },
      reply: error('isv.BUSINESS_LIMIT_CONTROL', '触发天级流控Permits:10', 200),
      want: { kind: 'park', scope: ['user'], until: '2026-03-02T10:00:20+08:00' },
    },
    {
      name: 'messages of a number that the call does not name',
      reply: error('isv.BUSINESS_LIMIT_CONTROL', '触发业务流控', 200),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 60_000 },
    },
    {
      name: "the account's messages of the day",
      reply: error('isv.DAY_LIMIT_CONTROL', '触发日发送限额', 200),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-03-02T00:00:00+08:00' },
    },
    {
      name: "the account's messages of the month",
      reply: error('isv.MONTH_LIMIT_CONTROL', '触发月发送限额', 200),
      want: { kind: 'park', scope: ['app', 'api'], until: '2026-04-01T00:00:00+08:00' },
    },
    {
      name: 'no balance',
      reply: error('isv.OUT_OF_SERVICE', '业务停机', 200),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a service that is away',
      reply: error('ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503),
      want: { kind: 'backoff', scope: null, code: 'ServiceUnavailable' },
    },
    {
      name: 'a fault inside',
      reply: error('InternalError', 'The request processing has failed due to some unknown error.', 500),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a wrong key',
      reply: error('InvalidAccessKeyId.NotFound', 'Specified access key is not found.', 404),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a wrong signature',
      reply: error('SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'credentials that have ended',
      reply: error('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.'),
      want: { kind: 'reauth', scope: ['app'] },
    },
    {
      name: 'a permission that is missing',
      reply: error('Forbidden.RAM', 'User not authorized to operate on the specified resource.', 403),
      want: { kind: 'fatal', scope: ['app', 'api'], advice: /RAM/ },
    },
    {
      name: 'a risk',
      reply: error('Forbidden.RiskControl', 'This operation is forbidden by Aliyun Risk Control system.', 403),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a parameter that is missing',
      reply: error('MissingParameter', 'The input parameter "RegionId" is not supplied.'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a failure without a code',
      reply: { body: { Success: false, Message: 'something', RequestId: '1' } },
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'a code that no rule knows',
      reply: error('InstanceLocked', 'The instance is locked.', 403),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
  ],
};
