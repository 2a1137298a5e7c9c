import type { Outcome } from '../../../src/job/outcome';
import { headerKey, queryKey } from '../../../src/platform/authentication';
import { gemini } from '../../../src/platform/bundled/gemini';
import { secret } from '../../../src/secrets';
import { auth, replyOf } from '../setup';

const KEY = secret('env:KS_SIGN');
const API = 'POST /v1beta/models/{model}:generateContent';

function refused(message: string, atText: string, quotaId?: string): Outcome {
  const platform = gemini({
    credentials: [headerKey('x-goog-api-key', KEY)],
    budgets: {
      'model-day': { limit: 250, per: 'day', scope: ['app', 'model'] },
      'model-minute': { limit: 10, per: '1m', scope: ['app', 'model'] },
    },
  });
  const scope = platform.scope({ api: API, params: { model: 'gemini-2.5-pro' }, scope: {} });
  const details =
    quotaId === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId }] }];
  const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message, details } };
  return platform.classify(replyOf(body, 429), { scope, nowMs: Date.parse(atText) });
}

describe('a refusal that names a figure and no window', () => {
  it('is of the day where the figure is that of a daily budget', () => {
    expect(refused('* Quota exceeded for metric: x, limit: 250, model: y', '2026-03-01T02:00:00Z')).toMatchObject({
      kind: 'park',
      scope: { app: 'own', model: 'gemini-2.5-pro' },
      untilMs: Date.parse('2026-03-01T08:00:00Z'),
    });
  });

  it('is short where it is another', () => {
    expect(
      refused('* Quota exceeded for metric: x, limit: 2500. Please retry in 913.4ms.', '2026-03-01T02:00:00Z'),
    ).toMatchObject({
      kind: 'pause',
      forMs: 914,
    });
  });

  it('is what its name says where it has one', () => {
    expect(refused('limit: 250', '2026-03-01T02:00:00Z', 'GenerateRequestsPerMinutePerProjectPerModel')).toMatchObject({
      kind: 'pause',
    });
  });
});

describe('the day of Gemini', () => {
  // The clocks of California go forward on 8 March 2026 and back on 1 November 2026.
  it.each([
    ['2026-03-08T07:59:59Z', '2026-03-08T08:00:00Z'],
    ['2026-03-08T08:00:00Z', '2026-03-09T07:00:00Z'],
    ['2026-07-01T12:00:00Z', '2026-07-02T07:00:00Z'],
    ['2026-11-01T07:00:00Z', '2026-11-02T08:00:00Z'],
  ])('that holds %s ends at %s', (at, until) => {
    expect(refused('x', at, 'GenerateRequestsPerDayPerProjectPerModel-FreeTier')).toMatchObject({
      kind: 'park',
      untilMs: Math.max(Date.parse(until), Date.parse(at) + 1_000),
    });
  });
});

describe('a request to Gemini', () => {
  it.each([
    [headerKey('x-goog-api-key', KEY), ''],
    [queryKey('key', KEY), '?key=sign-8d1f3a'],
  ])('names the model in its path, and the key where it belongs: %#', (credential, query) => {
    const platform = gemini({ credentials: [credential] });
    const request = platform.request(
      { api: API, params: { model: 'gemini-2.5-flash', contents: [] }, scope: {} },
      auth(),
    );
    expect(request).toMatchObject({
      url: `https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent${query}`,
      body: '{"contents":[]}',
    });
    expect(request.headers['x-goog-api-key']).toBe(query === '' ? 'sign-8d1f3a' : undefined);
  });

  it.each([
    [{ api: 'POST /v1beta/models/gemini-2.5-pro:generateContent', params: {}, scope: {} }, 'gemini-2.5-pro'],
    [{ api: API, params: { model: 'models/gemini-2.5-pro' }, scope: {} }, 'gemini-2.5-pro'],
    [{ api: API, params: {}, scope: { model: 'of-the-partition' } }, 'of-the-partition'],
    [{ api: 'GET /v1beta/files', params: {}, scope: {} }, undefined],
  ])('has its model in the scope: %j', (call, model) => {
    expect(gemini({ credentials: [] }).scope(call).model).toBe(model);
  });
});
