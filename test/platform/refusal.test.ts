import type { Platform } from '../../src/platform/platform';
import { NOW_MS, replyOf, setupKuaishou, setupYida } from './setup';

interface Case {
  readonly platform: Platform;
  readonly api: string;
  readonly body: unknown;
  readonly status?: number;
}

const kuaishou = { platform: setupKuaishou(), api: 'open.order.cursor.list' };
const yida = { platform: setupYida(), api: 'yida.forms.instances.search' };

function isUnrecognised({ platform, api, body, status = 200 }: Case): boolean {
  const scope = platform.scope({ api, params: {}, scope: { user: '3649418105' } });
  const outcome = platform.classify(replyOf(body, status), { scope, nowMs: NOW_MS });
  expect(outcome.kind).not.toBe('ok');
  return outcome.kind !== 'ok' && outcome.unrecognised === true;
}

const UNKNOWN: Record<string, Case> = {
  "a code that kuaishou's table lacks": { ...kuaishou, body: { result: 987654, error_msg: 'nothing known' } },
  'success without the data that was expected': { ...kuaishou, body: { result: 1, data: null } },
  "a code that yida's table lacks": { ...yida, body: { code: 'brandNew', message: 'nothing known' }, status: 400 },
  'the same from a server in trouble': { ...yida, body: { code: 'brandNew', message: 'nothing known' }, status: 500 },
  'a page without its list': { ...yida, body: { currentPage: 'one' } },
  'text that is no JSON': { ...yida, body: '<html>' },
};

const KNOWN: Record<string, Case> = {
  'a window that is too wide': { ...kuaishou, body: { result: 300004 } },
  'a server that is busy': { ...kuaishou, body: { result: 10, error_msg: '系统繁忙，请稍后重试' } },
  'yida asked too fast': { ...yida, body: { code: 'requestTooFast' }, status: 400 },
  'trouble of the server without a word': { ...yida, body: '', status: 502 },
  'too many requests without a word': { ...kuaishou, body: '', status: 429 },
  'a status without a code or a text': { ...kuaishou, body: '<html>', status: 404 },
  'a redirect': { ...kuaishou, body: '', status: 302 },
};

describe('a refusal', () => {
  it.each(Object.keys(UNKNOWN))('says that no rule knows it: %s', (name) => {
    expect(isUnrecognised(UNKNOWN[name]!)).toBe(true);
  });

  it.each(Object.keys(KNOWN))('says nothing of the kind where a rule does: %s', (name) => {
    expect(isUnrecognised(KNOWN[name]!)).toBe(false);
  });
});
