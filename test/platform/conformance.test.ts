import fc from 'fast-check';
import type { Outcome } from '../../src/job/outcome';
import type { Scope } from '../../src/job/scope';
import type { HttpReply, Platform } from '../../src/platform/platform';
import { KUAISHOU_ROWS } from './kuaishou-rows';
import { auth, NOW_MS, type Row, replyOf, setupKuaishou, setupYida } from './setup';
import { YIDA_ROWS } from './yida-rows';

interface Conformance {
  readonly vendor: string;
  readonly platform: Platform;
  readonly scope: Scope;
  readonly api: string;
  readonly rows: readonly Row[];
  readonly success: object;
  readonly failure: fc.Arbitrary<object>;
}

const ERROR_TEXT = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'Exceed quota limit, KEY [',
    '[1017]',
    'TOKEN过期',
    '请求过于频繁',
    '限制将在 9999-99-99 99:99:99 结束',
  ),
);

const PLATFORMS: readonly Conformance[] = [
  {
    vendor: 'kuaishou',
    platform: setupKuaishou(),
    scope: { user: '3649418105' },
    api: 'open.order.cursor.list',
    rows: KUAISHOU_ROWS,
    success: { result: 1, data: { cursor: 'nomore', orderList: [] } },
    failure: fc.record({
      result: fc.oneof(fc.integer(), fc.string(), fc.constant(null)).filter((result) => String(result).trim() !== '1'),
      code: fc.oneof(fc.string(), fc.integer()),
      error_msg: ERROR_TEXT,
      data: fc.anything(),
    }),
  },
  {
    vendor: 'yida',
    platform: setupYida(),
    scope: {},
    api: 'yida.forms.instances.search',
    rows: YIDA_ROWS,
    success: { currentPage: 1, totalCount: 0, data: [] },
    failure: fc.record({
      code: fc.string({ minLength: 1 }).filter((code) => code.trim() !== ''),
      message: ERROR_TEXT,
      data: fc.anything(),
    }),
  },
];

describe.each(PLATFORMS)('$vendor', ({ platform, scope, api, rows, success, failure }) => {
  const classify = (reply: HttpReply, own: Scope = {}): Outcome =>
    platform.classify(reply, {
      scope: platform.scope({ params: {}, ...callOf(own, { api, scope }) }),
      nowMs: NOW_MS,
    });

  it.each(rows.map((row) => [row.name, row] as const))('%s', (_, { reply, want, scope: own }) => {
    const outcome = classify(replyOf(reply.body, reply.status, reply.headers), own);
    const { learned, advice, hidden, ...exact } = want;
    expect(outcome).toMatchObject(exact);
    if ('scope' in want) expect('scope' in outcome ? outcome.scope : undefined).toEqual(want.scope);
    expect('learnedPerSecond' in outcome ? outcome.learnedPerSecond : undefined).toBe(learned);
    expect('hidden' in outcome ? outcome.hidden : undefined).toBe(hidden);
    if (advice) expect('advice' in outcome ? outcome.advice : '').toMatch(advice);
  });

  it('gives every refusal a code and one line of reason', () => {
    for (const { reply, scope: own } of rows) {
      const outcome = classify(replyOf(reply.body, reply.status, reply.headers), own);
      if (outcome.kind === 'ok') continue;
      expect(outcome.code).toMatch(/^\S+$/);
      expect(outcome.reason).toMatch(/^\P{Cc}+$/u);
    }
  });

  it('has a meaning for every reply that there can be', () => {
    const headers = fc.record({ 'retry-after': fc.string() }, { requiredKeys: [] });
    const body = fc.oneof(fc.string(), fc.json(), failure.map(text), fc.anything().map(text));
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, fields, content) => {
        const outcome = classify({ status, headers: fields, body: content });
        if (outcome.kind === 'pause') expect(outcome.forMs).toBeGreaterThanOrEqual(0);
        if (outcome.kind === 'park') expect(outcome.untilMs).toBeGreaterThan(NOW_MS);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no success for a refusal, whatever the data', () => {
    const data = fc.oneof(fc.json(), ERROR_TEXT, fc.anything());
    fc.assert(
      fc.property(data, (note) => {
        const records = [{ note }];
        const body =
          'result' in success
            ? { ...success, data: { cursor: 'c', orderList: records } }
            : { ...success, data: records };
        expect(classify(replyOf(text(body))).kind).toBe('ok');
      }),
      { numRuns: 300 },
    );
  });

  it('takes no error envelope for a success, whatever the status and the data', () => {
    fc.assert(
      fc.property(fc.constantFrom(200, 201, 400, 403, 429, 500), failure, (status, envelope) => {
        expect(classify(replyOf(text({ ...success, ...envelope }), status)).kind).not.toBe('ok');
      }),
      { numRuns: 300 },
    );
  });

  it('takes nothing with a status outside 2xx for a success', () => {
    for (const status of [100, 300, 304, 400, 404, 418, 500, 599]) {
      expect(classify(replyOf(success, status)).kind).not.toBe('ok');
    }
  });

  it('keeps a prototype out of the body', () => {
    const outcome = classify(
      replyOf(text(success).replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},')),
    );
    expect(outcome.kind).toBe('ok');
    const body = outcome.kind === 'ok' ? (outcome.body as Record<string, unknown>) : {};
    expect(Object.hasOwn(body, '__proto__')).toBe(false);
    expect(body['admin']).toBeUndefined();
  });

  it('names only origins that its requests go to', () => {
    const request = platform.request({ api, params: {}, scope }, auth());
    expect(platform.origins).toContain(new URL(request.url).origin);
  });

  it('tells of every budget where its figure comes from', () => {
    for (const budget of platform.budgets) expect(budget.source).toMatch(/^https:\/\/|^offpeak default$/);
  });
});

function callOf(own: Scope, usual: { api: string; scope: Scope }): { api: string; scope: Scope } {
  const { api = usual.api, ...rest } = own;
  return { api, scope: { ...usual.scope, ...rest } };
}

/** JSON of anything that fast-check makes up. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' || part === undefined ? String(part) : part,
  );
}
