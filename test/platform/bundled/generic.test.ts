import type { Outcome } from '../../../src/job/outcome';
import { bearer } from '../../../src/platform/authentication';
import { type GenericOptions, generic } from '../../../src/platform/bundled/generic';
import { differs } from '../../../src/platform/error-reply';
import { code } from '../../../src/platform/match';
import { park } from '../../../src/platform/reaction';
import { untilNext } from '../../../src/platform/stated-wait';
import { secret } from '../../../src/secrets';
import { NOW_MS, replyOf } from '../setup';

type Reply = ReturnType<typeof replyOf>;

const OPTIONS: GenericOptions = {
  vendor: 'parcels',
  baseUrl: 'https://api.parcels.example',
  credentials: [bearer(secret('env:KS_SIGN'))],
};

function classify(reply: Reply, options: Partial<GenericOptions> = {}): Outcome {
  const platform = generic({ ...OPTIONS, ...options });
  const scope = platform.scope({ api: 'GET /v1/orders', params: {}, scope: { user: '7' } });
  return platform.classify(reply, { scope, nowMs: NOW_MS });
}

describe('an API of its own', () => {
  it('may say what its errors look like and mean', () => {
    const options: Partial<GenericOptions> = {
      page: 'https://parcels.example/errors',
      isError: differs('rc', '0'),
      paths: { codes: ['rc'], texts: ['why'] },
      rules: [
        { match: code('77'), react: park({ scope: ['user'], until: untilNext('day') }), advice: 'Wait for tomorrow.' },
      ],
      day: { kind: 'civil', at: '00:00', timezone: 'Asia/Tokyo' },
    };
    expect(classify(replyOf({ rc: 77, why: 'spent' }), options)).toEqual({
      kind: 'park',
      scope: { user: '7' },
      untilMs: Date.parse('2026-03-01T15:00:00Z'),
      code: '77',
      reason: 'spent',
      advice: 'Wait for tomorrow. https://parcels.example/errors',
    });
    expect(classify(replyOf({ rc: 0 }), options)).toMatchObject({ kind: 'ok' });
    expect(classify(replyOf({ rc: 5, why: 'odd' }), options)).toMatchObject({
      kind: 'fatal',
      code: '5',
      unrecognised: true,
    });
  });

  it('may say whose calls stop', () => {
    expect(classify(replyOf('', 429), { stops: ['user'] })).toMatchObject({ kind: 'pause', scope: { user: '7' } });
  });

  it('has its budgets, its names and its costs', () => {
    const platform = generic({
      ...OPTIONS,
      budgets: { 'app-minute': { limit: 100, per: '1m', scope: ['app'] } },
      scope: () => ({ org: 'acme' }),
      cost: () => ({ points: 3 }),
    });
    expect(platform.vendor).toBe('parcels');
    expect(platform.budgets.map(({ name }) => name)).toEqual(['in-flight', 'app-minute']);
    const call = { api: 'GET /x', params: {}, scope: {} };
    expect(platform.scope(call)).toEqual({ org: 'acme', app: 'own', api: 'GET /x' });
    expect(platform.cost?.(call)).toEqual({ points: 3 });
  });

  it.each<[Partial<Record<keyof GenericOptions, unknown>>, RegExp]>([
    [{ vendor: 'Par cels' }, /vendor/],
    [{ baseUrl: 'http://api.parcels.example' }, /https/],
    [{ stops: ['shop'] }, /stops/],
    [{ rules: [{ match: 'x' }] }, /rules/],
    [{ page: 'nowhere' }, /page/],
    [{ isError: 'code' }, /isError/],
  ])('is refused where it makes no sense: %j', (wrong, message) => {
    expect(() => generic({ ...OPTIONS, ...wrong } as GenericOptions)).toThrow(message);
  });
});

describe('a reply with the next page and rate headers', () => {
  it('gives both', () => {
    const headers = { link: '</v1/orders?cursor=abc>; rel="next"', ratelimit: '"default";r=50;t=30' };
    expect(classify(replyOf([1, 2], 200, headers))).toEqual({
      kind: 'ok',
      body: { data: [1, 2], next: { cursor: 'abc' } },
      readings: [
        { limit: null, remaining: 50, windowMs: null, resetInMs: 30_000, name: 'default', scope: { app: 'own' } },
      ],
    });
  });
});

describe('the words of an error', () => {
  it.each<[unknown, string, string]>([
    [{ error: { code: 'too_fast', message: 'slow down' } }, 'too_fast', 'slow down'],
    [{ code: 4290, message: 'slow down' }, '4290', 'slow down'],
    [{ type: 'about:blank', title: 'Too many', detail: 'slow down' }, 'about:blank', 'slow down'],
    [{ errors: [{ code: 'E1', message: 'slow down' }] }, 'E1', 'slow down'],
    [{ error: 'limited', error_description: 'slow down' }, 'HTTP_429', 'slow down'],
    [{ error: 'slow down' }, 'HTTP_429', 'slow down'],
    [{ errors: ['slow down'] }, 'HTTP_429', 'slow down'],
    [[{ code: 'E1', message: 'slow down' }], 'E1', 'slow down'],
  ])('are found where they usually stand: %j', (body, name, reason) => {
    expect(classify(replyOf(body, 429))).toMatchObject({ kind: 'pause', code: name, reason });
  });
});
