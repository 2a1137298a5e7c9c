import type { Refused } from '../../src/job/outcome';
import type { Scope } from '../../src/job/scope';
import { pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const USERS = ['101', '102', '103'];
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const LATENCY_MS = 50;
/** The reply of the refused call is classified within so long after it came. */
const READ_MS = 2;
const PAUSE_MS = 20_000;

let bundle: Bundle;
afterEach(() => bundle.close());

interface Refusing {
  readonly refusal: (scope: Scope) => Refused;
  /** Of the refused call, which is the tenth of the user 101. */
  readonly nth?: number;
  readonly budgets?: Record<string, number | false>;
}

/** Each page of each user makes 12 calls side by side; one reply is a refusal. */
async function open({ refusal, nth = 10, budgets = { 'in-flight': 4 } }: Refusing): Promise<() => number> {
  let replies = 0;
  let refusedAtMs = Infinity;
  const merchants = Object.fromEntries(USERS.map((user) => [user, { orders: 100, items: 0 }]));
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START), 12) },
    kuaishou: { budgets },
    platform: ({ classify }) => ({
      classify: (reply, context) => {
        if (context.scope.user !== '101' || (replies += 1) !== nth) return classify(reply, context);
        refusedAtMs = bundle.clock.nowMs();
        return refusal(context.scope);
      },
    }),
    sandbox: { latencyMs: [LATENCY_MS, LATENCY_MS], kuaishou: { merchants, limits: UNLIMITED } },
  });
  return () => refusedAtMs;
}

const words = { code: 'NO', reason: 'no' };
const kinds: [string, (scope: Scope) => Refused][] = [
  ['a pause', (scope) => ({ kind: 'pause', ...words, scope, forMs: PAUSE_MS })],
  ['a park', (scope) => ({ kind: 'park', ...words, scope, untilMs: Date.parse(START) + 3_600_000, advice: '' })],
  ['a refusal for good', (scope) => ({ kind: 'fatal', ...words, scope, advice: '' })],
];
const places: [string, Record<string, number | false>][] = [
  ['with neighbours that wait for a place in flight', { 'in-flight': 4 }],
  ['with neighbours that wait for a place in the queue', { 'in-flight': false }],
  ['with neighbours that wait for the rate', { 'order-list-app-qps': 20 }],
];
const cases = kinds.flatMap(([kind, refusal]) => places.map(([what, budgets]) => ({ kind, refusal, what, budgets })));

/** Arrivals that left after the refusal was known. */
function sentAfter(refusedAtMs: number, user?: string): number[] {
  const filter = { api: ORDERS, fromMs: refusedAtMs + READ_MS, ...(user && { user }) };
  return bundle.sandbox.ledger.attempts(filter).map(({ atMs }) => atMs);
}

describe('one refusal', () => {
  it.each(cases)('by $kind of the app holds every call of it before the next is sent, $what', async (given) => {
    const refusedAtMs = await open({ refusal: ({ app = '' }) => given.refusal({ app }), budgets: given.budgets });
    const { state } = await bundle.run();
    const [next = Infinity] = sentAfter(refusedAtMs());
    const waits = given.kind === 'a pause' ? PAUSE_MS : Infinity;
    expect(next - refusedAtMs()).toBeGreaterThanOrEqual(waits);
    expect(state).toBe({ 'a pause': 'done', 'a park': 'parked' }[given.kind] ?? 'failed');
  });

  it.each(cases)('by $kind of one user holds that user alone, $what', async (given) => {
    const refusedAtMs = await open({ refusal: ({ user = '' }) => given.refusal({ user }), budgets: given.budgets });
    await bundle.run();
    const [next = Infinity] = sentAfter(refusedAtMs(), '101');
    const waits = given.kind === 'a pause' ? PAUSE_MS : Infinity;
    expect(next - refusedAtMs()).toBeGreaterThanOrEqual(waits);
    const others = ['102', '103'].flatMap((user) => sentAfter(refusedAtMs(), user));
    expect(Math.min(...others) - refusedAtMs()).toBeLessThan(1_000);
    for (const user of ['102', '103']) expect(bundle.sandbox.ledger.attempts({ user })).toHaveLength(2 * 12);
  });

  it('costs no more calls than were in flight with it', async () => {
    const refusedAtMs = await open({ refusal: kinds[1]![1], budgets: { 'in-flight': 4 } });
    await bundle.run();
    const late = bundle.sandbox.ledger.attempts({ user: '101', fromMs: refusedAtMs() - LATENCY_MS });
    expect(late.length).toBeLessThanOrEqual(4);
  });

  it('that is an error nobody else would meet stops nobody else', async () => {
    await open({ refusal: () => ({ kind: 'fatal', ...words, scope: null, advice: '' }) });
    const { totals } = await bundle.run();
    expect(totals).toMatchObject({ partitionsFailed: 1, partitionsDone: 2 });
  });
});
