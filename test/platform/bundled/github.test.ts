import { bearer } from '../../../src/platform/authentication';
import { github } from '../../../src/platform/bundled/github';
import type { Platform } from '../../../src/platform/platform';
import { secret } from '../../../src/secrets';
import { auth, NOW_MS, replyOf } from '../setup';

const open = (): Platform => github({ credentials: [bearer(secret('env:KS_SIGN'))] });

describe('the resource of a call to GitHub', () => {
  it.each([
    ['GET /repos/{owner}/{repo}/issues', 'core'],
    ['GET /search/issues', 'search'],
    ['GET /api/v3/search/code', 'code_search'],
    ['POST /graphql', 'graphql'],
    ['GET /repos/search/graphql-tools/issues', 'core'],
  ])('of %s is %s', (api, model) => {
    expect(open().scope({ api, params: {}, scope: {} }).model).toBe(model);
  });
});

describe('a reply of GitHub', () => {
  it('tells how to ask for the next page, and what is left of the hour', () => {
    const headers = {
      link: '<https://api.github.com/repositories/1/issues?page=2&per_page=100>; rel="next"',
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4321',
      'x-ratelimit-reset': String(NOW_MS / 1_000 + 60),
    };
    const platform = open();
    const scope = platform.scope({ api: 'GET /issues', params: {}, scope: {} });
    expect(platform.classify(replyOf([{ id: 1 }], 200, headers), { scope, nowMs: NOW_MS })).toEqual({
      kind: 'ok',
      body: { data: [{ id: 1 }], next: { page: '2', per_page: '100' } },
      readings: [
        { limit: 5_000, remaining: 4_321, windowMs: null, resetInMs: 60_000, scope: { app: 'own', model: 'core' } },
      ],
    });
  });
});

describe('a request to GitHub', () => {
  it('says who asks, in which version', () => {
    const { headers } = open().request({ api: 'GET /user', params: {}, scope: {} }, auth());
    expect(headers).toMatchObject({
      'user-agent': 'offpeak',
      'x-github-api-version': '2022-11-28',
      authorization: 'Bearer sign-8d1f3a',
    });
  });
});
