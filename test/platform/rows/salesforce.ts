import type { Conformance, Row } from '../../../src/platform/conformance';

function refused(status: number, errorCode: string, message: string): Row['reply'] {
  return { status, body: [{ errorCode, message }] };
}

const WITHIN_AN_HOUR = '2026-03-01T03:00:00Z';
const parks: Row['want'] = { kind: 'park', scope: ['org'], until: WITHIN_AN_HOUR, code: 'QUOTA_24H' };

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /services/data/v66.0/query' },
  success: { totalSize: 0, done: true, records: [] },
  records: 'records',
  rows: [
    {
      name: 'the requests of 24 hours, which come back one by one',
      reply: refused(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
      want: parks,
    },
    {
      name: 'the requests of 24 hours, in words of their own',
      reply: refused(403, 'REQUEST_LIMIT_EXCEEDED', 'The organization has exceeded its request limit.'),
      want: parks,
    },
    {
      name: 'the requests of 24 hours, not in a list',
      reply: { status: 403, body: { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' } },
      want: parks,
    },
    {
      name: 'too many long calls at once, by the same code',
      reply: refused(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
      want: { kind: 'pause', scope: ['org'], forMs: 10_000, hidden: true, code: 'CONCURRENT_LIMIT' },
    },
    {
      name: 'too many long transactions at once, by the same code',
      reply: refused(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'),
      want: { kind: 'pause', scope: ['org'], forMs: 10_000, hidden: true },
    },
    {
      name: 'a session that ended',
      reply: refused(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
      want: { kind: 'fatal', scope: ['org'], code: 'INVALID_SESSION_ID', advice: /authorise again/i },
    },
    {
      name: 'a row that somebody else writes',
      reply: refused(400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record'),
      want: { kind: 'backoff', scope: null, code: 'UNABLE_TO_LOCK_ROW' },
    },
    {
      name: 'out of service',
      reply: refused(503, 'SERVER_UNAVAILABLE', 'The server is temporarily unavailable'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a position that is out of date',
      reply: refused(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'),
      want: { kind: 'rewind' },
    },
    {
      name: 'an organisation without the API, which is no throttle',
      reply: refused(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.'),
      want: { kind: 'fatal', scope: ['org'] },
    },
    {
      name: 'a permission, which is no throttle',
      reply: refused(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on object id'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a fault in the query',
      reply: refused(400, 'MALFORMED_QUERY', "unexpected token: 'FORM'"),
      want: { kind: 'fatal', scope: null, code: 'MALFORMED_QUERY' },
    },
    {
      name: 'a code that no rule knows',
      reply: { status: 418, body: [{ errorCode: 'TEAPOT', message: 'short and stout indeed' }] },
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    { name: 'nothing to say', reply: { status: 204, body: '' }, want: { kind: 'ok' } },
    {
      name: 'a list of records that hold an error',
      reply: { body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }] },
      want: { kind: 'ok' },
    },
  ],
};
