import { readError } from '../../src/platform/classify';
import type { RuleContext } from '../../src/platform/error-reply';
import { accessRefused } from '../../src/platform/reaction';
import { instantIn } from '../../src/platform/stated-wait';
import { NOW_MS, replyOf } from './setup';

const CONTEXT: RuleContext = {
  scope: { app: 'own', api: 'GET /x', org: 'acme', user: '7' },
  nowMs: NOW_MS,
  day: { kind: 'fixed', lengthMs: 60_000 },
  tokenOwner: null,
};

const read = (body: unknown, codes: string[], context = CONTEXT): ReturnType<typeof readError> =>
  readError(replyOf(body, 403), body, { paths: { codes, texts: ['0.message', 'message'] }, context });

describe('an error', () => {
  it('is read by position where the body is a list', () => {
    const error = read(
      [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests\nLimit exceeded.' }],
      ['0.errorCode'],
    );
    expect(error).toMatchObject({
      codes: ['REQUEST_LIMIT_EXCEEDED'],
      texts: ['TotalRequests Limit exceeded.'],
      envelope: {},
    });
  });

  it('is tried on no more than the beginning of a code, and the ends of a message', () => {
    const { codes, texts } = read({ code: 'Q'.repeat(1_000_000), message: '[a:'.repeat(400_000) }, ['code']);
    expect(codes.map(({ length }) => length)).toEqual([256]);
    expect(texts.every(({ length }) => length < 4_200)).toBe(true);
  });

  it('is empty where the body is no JSON', () => {
    expect(read(undefined, ['code'])).toMatchObject({ codes: [], texts: [], envelope: {}, value: null });
  });
});

describe('an instant in a message', () => {
  it.each<[string, number | null]>([
    ['User-rate limit exceeded.  Retry after 2026-03-01T02:00:30.961Z (Mail sending)', 30_961],
    ['retry after 2026-03-01t03:00:00+01:00', 0],
    ['Retry after 2026-03-01T10:05:00+08:00', 300_000],
    ['Retry after 2026-99-01T10:05:00Z', null],
    ['Retry after 2029-01-01T00:00:00Z', null],
    ['Retry later', null],
  ])('is read in its own zone: %s', (message, ms) => {
    expect(instantIn(read({ message }, []))).toBe(ms);
  });
});

describe('a token that is refused', () => {
  it('is renewed where that is possible', () => {
    const context: RuleContext = { ...CONTEXT, tokenOwner: 'user' };
    expect(accessRefused(['org'])(read({}, [], context))).toEqual({ kind: 'reauth', scope: { user: '7' } });
  });

  it('needs a human where nobody can renew it', () => {
    expect(accessRefused(['org'])(read({}, []))).toEqual({ kind: 'fatal', scope: { org: 'acme' } });
  });
});
