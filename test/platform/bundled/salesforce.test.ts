import type { Reading } from '../../../src/job/reading';
import { bearer } from '../../../src/platform/authentication';
import { salesforce } from '../../../src/platform/bundled/salesforce';
import { secret } from '../../../src/secrets';
import { NOW_MS, replyOf } from '../setup';

const DAY_MS = 86_400_000;
const ORG = 'acme.my.salesforce.com';

function readings(info: string): readonly Reading[] {
  const platform = salesforce({ baseUrl: `https://${ORG}`, credentials: [bearer(secret('env:KS_SIGN'))] });
  const scope = platform.scope({ api: 'GET /x', params: {}, scope: {} });
  const reply = replyOf({ records: [] }, 200, { 'sforce-limit-info': info });
  return platform.classify(reply, { scope, nowMs: NOW_MS }).readings ?? [];
}

describe('Sforce-Limit-Info', () => {
  it('tells what the organisation has used', () => {
    expect(readings('api-usage=18/5000')).toEqual([
      { limit: 5_000, remaining: 4_982, windowMs: DAY_MS, resetInMs: null, name: 'api-usage', scope: { org: ORG } },
    ]);
  });

  it('tells it of the connected app, and of bursts, too', () => {
    const info = 'api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app); api-bursts=1/750';
    expect(readings(info)).toMatchObject([
      { limit: 5_000, remaining: 4_975, name: 'api-usage' },
      { limit: 250, remaining: 233, name: 'per-app-api-usage', scope: { app: 'own', org: ORG } },
      { limit: 750, remaining: 749, windowMs: null, name: 'api-bursts' },
    ]);
  });

  it.each(['', 'api-usage', 'api-usage=/', 'api-usage=1/0', 'api-usage=x/y'])(
    'says nothing that cannot be read: %j',
    (info) => {
      expect(readings(info)).toEqual([]);
    },
  );
});
