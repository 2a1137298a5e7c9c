import type { Conformance, Row } from '../../../src/platform/conformance';

function refused(status: number, codeName: string, message: string): Row['reply'] {
  return { status, body: { errors: [{ code: codeName, message, details: '' }] } };
}

const tokenRefused = (details: string): Row['reply'] => ({
  status: 403,
  body: { errors: [{ code: 'Unauthorized', message: DENIED, details }] },
});

const QUOTA = refused(429, 'QuotaExceeded', 'You exceeded your quota for the requested resource.');
const DENIED = 'Access to requested resource is denied.';

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /orders/v0/orders', scope: { user: 'A1SELLER' } },
  success: { payload: { Orders: [], NextToken: 'x' } },
  records: 'payload.Orders',
  rows: [
    {
      name: 'a bucket that is empty, which is no quota of a day',
      reply: QUOTA,
      want: { kind: 'pause', scope: ['app', 'api', 'user'], forMs: 59_881, code: 'QuotaExceeded' },
    },
    {
      name: 'a bucket that is empty, at the rate that the reply states',
      reply: { ...QUOTA, headers: { 'x-amzn-ratelimit-limit': '0.5' } },
      want: { kind: 'pause', scope: ['app', 'api', 'user'], forMs: 2_000 },
    },
    {
      name: 'a bucket whose rate nobody knows',
      reply: QUOTA,
      scope: { api: 'GET /fba/inventory/v1/summaries' },
      want: { kind: 'pause', scope: ['app', 'api', 'user'], forMs: 1_000, hidden: true, advice: /plans/ },
    },
    {
      name: 'an access token that expired, with status 403',
      reply: tokenRefused('The access token you provided has expired.'),
      want: { kind: 'fatal', scope: ['app', 'user'], advice: /hour/ },
    },
    {
      name: 'an access token that is not one',
      reply: tokenRefused('The access token you provided is revoked, malformed or invalid.'),
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'a request without a token',
      reply: refused(403, 'MissingAuthenticationToken', DENIED),
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'a role that lacks',
      reply: refused(403, 'Unauthorized', DENIED),
      want: { kind: 'fatal', scope: ['app', 'api', 'user'], code: 'Unauthorized', advice: /role/ },
    },
    {
      name: 'a wrong parameter',
      reply: refused(400, 'InvalidInput', 'Invalid CreatedAfter date provided'),
      want: { kind: 'fatal', scope: null, code: 'InvalidInput' },
    },
    {
      name: 'what is not there',
      reply: refused(404, 'NotFound', 'Order was not found'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'trouble on their side',
      reply: refused(500, 'InternalFailure', 'We encountered an internal error. Please try again.'),
      want: { kind: 'backoff', scope: ['api'] },
    },
    {
      name: 'out of service',
      reply: refused(503, 'ServiceUnavailable', 'Service is temporarily unavailable. Please try again.'),
      want: { kind: 'backoff', scope: ['api'] },
    },
    {
      name: 'a code that no rule knows',
      reply: refused(409, 'Conflict', 'the shipment was changed meanwhile'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    { name: 'no errors at all', reply: { body: { payload: {}, errors: [] } }, want: { kind: 'ok' } },
    { name: 'a confirmation, which is answered with nothing', reply: { status: 204, body: '' }, want: { kind: 'ok' } },
    {
      name: 'nothing, where something was due',
      reply: { body: '' },
      want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
    },
  ],
};
