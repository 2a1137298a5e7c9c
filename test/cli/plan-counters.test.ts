import { callCosts, quotaWindows, usedCounters } from '../../src/cli/plan-counters';
import type { Budget } from '../../src/limit/budget';
import type { LedgerUsage } from '../../src/limit/ledger';
import type { Platform } from '../../src/platform/platform';
import type { LoggedCall } from '../../src/store/call';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-03-02T00:30Z');
const SHANGHAI = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' } as const;

const tokensADay: Budget = {
  name: 'tokens-day',
  limit: 1_000,
  per: 'day',
  unit: 'tokens',
  scope: ['app'],
  source: 'config',
};
const tokensAMinute: Budget = { ...tokensADay, name: 'tokens-minute', per: { rollingMs: 60_000 } };
const calls: Budget = { name: 'calls', limit: 60, per: { rollingMs: 60_000 }, scope: ['app'], source: 'config' };
const platform = { budgets: [tokensADay, tokensAMinute, calls] } as unknown as Platform;

const usage = (windowKey: string, used: number): LedgerUsage => ({
  platform: 'llm',
  budget: 'tokens-day',
  scopeKey: 'app=a1',
  windowKey,
  startMs: NOW,
  endMs: NOW + HOUR_MS,
  limit: 1_000,
  used: 5_000,
  reserved: 0,
  byJob: { summaries: used },
});

const logged = (sentAtMs: number): LoggedCall =>
  ({ scopeKey: 'app=a1', sentAtMs, durationMs: 500 }) as unknown as LoggedCall;

test('a call costs what the job drew in the windows that the ledger knows, by its calls in them', () => {
  const asked = { platform, job: 'summaries', callsWithin: () => 10 };
  expect(callCosts(asked, [usage('day-1', 900), usage('day-2', 1_100)])).toEqual({ tokens: 100 });
  expect(callCosts({ ...asked, callsWithin: () => 0 }, [usage('day-1', 900)])).toEqual({});
  expect(callCosts({ ...asked, job: 'other' }, [usage('day-1', 900)])).toEqual({});
});

test('a job draws on budgets in a unit once it is known what its calls cost', () => {
  const of = (costs: Record<string, number>) =>
    usedCounters({ platform, name: 'llm', costs }, [logged(NOW), logged(NOW + 1_000)]).map(({ name, perCall }) => [
      name,
      perCall,
    ]);
  expect(of({})).toEqual([['llm calls app=a1', 1]]);
  expect(of({ tokens: 100 })).toEqual([
    ['llm tokens-day app=a1', 100],
    ['llm tokens-minute app=a1', 100],
    ['llm calls app=a1', 1],
  ]);
});

test('a long rolling budget is planned in windows of its length, from now on; a short one is a rate', () => {
  const span = { startMs: NOW, endMs: NOW + 8 * HOUR_MS };
  expect(quotaWindows({ ...calls, per: { rollingMs: 5 * HOUR_MS } }, SHANGHAI, span)).toEqual([
    { startMs: NOW, endMs: NOW + 5 * HOUR_MS },
    { startMs: NOW + 5 * HOUR_MS, endMs: NOW + 10 * HOUR_MS },
  ]);
  expect(quotaWindows(calls, SHANGHAI, span)).toBeNull();
});
