import type { Scope } from '../../../../src/job/scope';
import { drawsOf } from '../../../../src/limit/budget';
import { type BoundPolicy, budgetsOfPolicy } from '../../../../src/platform/bundled/apig/budgets';
import { parseThrottlePolicy } from '../../../../src/platform/bundled/apig/policy';
import { DEMO } from './demo';

const policy = parseThrottlePolicy(DEMO);
const CALL: Scope = { app: 'app-1', api: 'GET /v1/orders', user: 'user-1', ip: 'own', org: 'throttle:throttle_demo' };

/** The counters that a call draws on, with their limits. */
const drawn = (bound: Partial<BoundPolicy>, scope: Partial<Scope> = {}): Record<string, number> =>
  Object.fromEntries(
    drawsOf(budgetsOfPolicy({ policy, ...bound }), { ...CALL, ...scope }).map(({ counter, budget }) => [
      counter,
      budget.limit,
    ]),
  );

describe('the budgets of a throttling policy', () => {
  it('are its four limits over its window, each API counted alone', () => {
    expect(drawn({})).toEqual({
      'throttle-demo-api|api=GET /v1/orders': 800,
      'throttle-demo-user|api=GET /v1/orders;user=user-1': 500,
      'throttle-demo-app|app=app-1;api=GET /v1/orders': 300,
      'throttle-demo-ip|api=GET /v1/orders;ip=own': 600,
    });
    expect(budgetsOfPolicy({ policy }).every(({ per }) => JSON.stringify(per) === '{"rollingMs":1000}')).toBe(true);
  });

  it('count all APIs of a shared policy together', () => {
    const shared = { ...policy, type: 2 } as const;
    expect(drawn({ policy: shared })).toEqual(drawn({ policy: shared }, { api: 'POST /v1/items' }));
    expect(Object.keys(drawn({ policy: shared })).join()).not.toContain('api=');
  });

  it('are only those that the policy has', () => {
    const { api_call_limits, name, time_interval } = policy;
    const least = { api_call_limits, name, time_interval, time_unit: 'HOUR' } as const;
    expect(budgetsOfPolicy({ policy: least })).toMatchObject([{ limit: 800, per: { rollingMs: 3_600_000 } }]);
  });

  it('are drawn on by the APIs that the policy is bound to; a path alone means every method', () => {
    const apis = ['GET /v1/orders', '/v1/items', 'ANY /v1/all'];
    const bound = (api: string): boolean => Object.keys(drawn({ apis }, { api })).length === 4;
    expect(['GET /v1/orders', 'PUT /v1/items', 'GET /v1/items', 'DELETE /v1/all'].map(bound)).toEqual(
      Array(4).fill(true),
    );
    expect(['POST /v1/orders', 'GET /v1/other'].map(bound)).toEqual([false, false]);
  });

  it('are none for a policy that is bound to nothing', () => {
    expect(budgetsOfPolicy({ policy, apis: [] })).toEqual([]);
  });

  it('have the figure of a special throttle in place of that for apps or users, never for the API', () => {
    const specials = [
      { object_type: 'APP', object_id: 'app-1', call_limits: 20 },
      { object_type: 'USER', object_id: 'user-2', call_limits: 700 },
    ] as const;
    expect(Object.values(drawn({ specials }))).toEqual([800, 500, 600, 20]);
    expect(Object.values(drawn({ specials }, { app: 'app-2', user: 'user-2' }))).toEqual([800, 300, 600, 700]);
  });

  it('learn from repeated refusals only with adaptive control', () => {
    const learns = (value?: 'TRUE' | 'FALSE') =>
      new Set(
        budgetsOfPolicy({ policy: { ...policy, ...(value ? { enable_adaptive_control: value } : {}) } }).map(
          (budget) => budget.learns ?? true,
        ),
      );
    expect([learns('TRUE'), learns('FALSE')]).toEqual([new Set([true]), new Set([false])]);
  });

  it('have names that differ where the names of policies do, and that a config can override', () => {
    const names = [
      'throttle_demo',
      'Throttle_demo',
      '流控策略',
      '流控策略二',
      'a'.repeat(64),
      `${'a'.repeat(63)}b`,
      'T_1',
    ];
    const budgets = names.flatMap((name) =>
      budgetsOfPolicy({ policy: { ...policy, name } }).map((budget) => budget.name),
    );
    expect(new Set(budgets).size).toBe(budgets.length);
    for (const name of budgets) expect(name).toMatch(/^[a-z][a-z0-9-]{0,47}$/);
  });

  it('are refused for a window of more than 31 days', () => {
    const day = (time_interval: number) => ({ ...policy, time_unit: 'DAY', time_interval }) as const;
    expect(budgetsOfPolicy({ policy: day(31) })).toHaveLength(4);
    expect(() => budgetsOfPolicy({ policy: day(32) })).toThrow(
      'throttling policy throttle_demo: expected a window of at most 31 days, got 32 DAY',
    );
  });
});
