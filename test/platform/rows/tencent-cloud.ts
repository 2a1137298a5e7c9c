import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (Code: string, Message: string): Row['reply'] => ({
  body: { Response: { Error: { Code, Message }, RequestId: 'ed93f3cb-f35e-473f-b9f3-0d451b8b79c6' } },
});

const TOO_FAST = 'Your current request times equals to `21` in a second, which exceeds the frequency limit `20`.';

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /', scope: { ip: '203.0.113.7' } },
  success: { Response: { TotalCount: 0, InstanceSet: [], RequestId: 'ed93f3cb-f35e-473f-b9f3-0d451b8b79c6' } },
  records: 'Response.InstanceSet',
  rows: [
    {
      name: 'an action that is limited',
      reply: error('RequestLimitExceeded', TOO_FAST),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000, code: 'RequestLimitExceeded' },
    },
    {
      name: 'a dotted variant',
      reply: error('RequestLimitExceeded.Throttling', TOO_FAST),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000 },
    },
    {
      name: 'a limit under the name of a resource',
      reply: error('LimitExceeded.RequestLimitExceeded', TOO_FAST),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000 },
    },
    {
      name: 'a main account that is limited',
      reply: error('RequestLimitExceeded.UinLimitExceeded', TOO_FAST),
      want: { kind: 'pause', scope: ['app'], forMs: 1_000 },
    },
    {
      name: 'a main account that the call names',
      scope: { org: '100000000001' },
      reply: error('RequestLimitExceeded.GlobalRegionUinLimitExceeded', TOO_FAST),
      want: { kind: 'pause', scope: ['org'], forMs: 1_000 },
    },
    {
      name: 'an address that is limited',
      reply: error('RequestLimitExceeded.IPLimitExceeded', TOO_FAST),
      want: { kind: 'pause', scope: ['ip'], forMs: 1_000 },
    },
    {
      name: 'a quota of resources, which no wait cures',
      reply: error('LimitExceeded', 'Quota exceeded.'),
      want: { kind: 'fatal', scope: ['app', 'api'], advice: /larger quota/ },
    },
    {
      name: 'one resource of which there are too many',
      reply: error('LimitExceeded.InstanceQuota', 'Quota exceeded.'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    {
      name: 'a wrong signature',
      reply: error('AuthFailure.SignatureFailure', 'The provided credentials could not be validated.'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a clock that is off',
      reply: error('AuthFailure.SignatureExpire', 'The signature has expired.'),
      want: { kind: 'fatal', scope: ['app'], advice: /clock/ },
    },
    {
      name: 'credentials that have ended',
      reply: error('AuthFailure.TokenFailure', 'Token error.'),
      want: { kind: 'reauth', scope: ['app'] },
    },
    {
      name: 'a permission that is missing',
      reply: error('UnauthorizedOperation', 'The sub-account is not authorized.'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    {
      name: 'a fault inside',
      reply: error('InternalError', 'Internal error.'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a fault inside with a name',
      reply: error('InternalError.DbError', 'Internal error.'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a wrong parameter',
      reply: error('InvalidParameterValue.LimitExceeded', 'The limit is too large.'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'the envelope of version 2',
      reply: { body: { code: 4400, message: TOO_FAST, codeDesc: 'RequestLimitExceeded' } },
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    {
      name: 'a code that no rule knows',
      reply: error('FailedOperation', 'The operation failed.'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
  ],
};
