import type { OperatorPause, RecordedPause } from '../../src/job/operator-pause';
import { gateOf } from '../../src/run/gate';
import { openPauses, withPauses } from '../../src/run/pauses';
import { PutDown } from '../../src/run/put-down';
import type { SandboxOptions } from '../../src/sandbox/options';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import { fakeClock } from '../fake-clock';
import { HOUR_MS, ordersJob, pagesOf } from './jobs';
import { type Desk, openDesk, scheduled } from './scheduler-setup';
import { type Bundle, START, setup } from './setup';

const GATE = gateOf(hoursOfJobs({ hours: null, platformHours: {} }));

const START_MS = Date.parse(START);
const ORDERS: OperatorPause = {
  kind: 'job',
  name: 'orders',
  reason: 'stocktaking',
  by: 'ann',
  sinceMs: START_MS,
  untilMs: null,
};
const SHOP: OperatorPause = { ...ORDERS, kind: 'platform', name: 'shop' };
const JOB = ordersJob(['101']);

let bundle: Bundle | null = null;
let desk: Desk | null = null;
afterEach(async () => {
  await bundle?.close();
  await desk?.close();
  bundle = null;
  desk = null;
});

describe('a run under way', () => {
  const sandbox: SandboxOptions = {
    latencyMs: [2_000, 2_000],
    kuaishou: { merchants: { '101': { orders: 300, items: 0 } } },
  };

  it.each([ORDERS, SHOP])('is put down after the present page when its $kind is paused', async (pause) => {
    bundle = await setup({ job: { pages: pagesOf(START_MS) }, sandbox });
    const { store, clock, sandbox: platform } = bundle;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page') void store.operatorPauses.put([{ ...pause, sinceMs: clock.nowMs() }]);
    };
    const parked = await bundle.run();
    const { totals } = parked;
    expect(totals).toMatchObject({ parks: 1, partitionsFailed: 0, attempts: totals.pages });
    expect(totals.pages).toBeLessThan(6);
    const [share] = await store.runs.partitions(parked.id);
    expect(share?.reason).toMatch(/paused by ann: stocktaking$/);

    bundle.onEvent = () => undefined;
    await store.operatorPauses.end([pause], { by: 'bob', nowMs: clock.nowMs() });
    await clock.advance(5_000);
    expect(await bundle.run()).toMatchObject({ id: parked.id, state: 'done', totals: { records: 300, resumes: 1 } });
    expect(platform.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  it('makes no call when it begins while its job is paused', async () => {
    bundle = await setup({ sandbox });
    await bundle.store.operatorPauses.put([SHOP]);
    await bundle.clock.advance(5_000);
    expect(await bundle.run()).toMatchObject({ state: 'queued', totals: { attempts: 0 } });
  });

  it('goes on when the job or the platform of another one is paused', async () => {
    bundle = await setup({ sandbox });
    await bundle.store.operatorPauses.put([
      { ...ORDERS, name: 'items' },
      { ...SHOP, name: 'mall' },
    ]);
    await bundle.clock.advance(5_000);
    expect(await bundle.run()).toMatchObject({ state: 'done' });
  });
});

describe('what is paused', () => {
  async function opened(...ended: RecordedPause[]) {
    const clock = fakeClock(START_MS);
    let lasting: OperatorPause[] = [];
    const store = {
      list: () => Promise.resolve(lasting.filter(({ untilMs }) => (untilMs ?? Infinity) > clock.nowMs())),
      history: () => Promise.resolve([...lasting.map((pause) => ({ ...pause, end: null })), ...ended]),
    };
    const pauses = await openPauses({ store, clock });
    return { clock, pauses, put: (...all: OperatorPause[]) => (lasting = all) };
  }

  it('and had ended before the process began still explains its slots', async () => {
    const end = { atMs: START_MS + HOUR_MS, by: 'bob' };
    const { pauses } = await opened({ ...SHOP, end });
    expect(pauses.pausedBy(JOB, START_MS)).toEqual({ reason: 'platform shop paused by ann: stocktaking' });
    expect(pauses.pausedBy(JOB, end.atMs)).toBeNull();
    expect(pauses.heldUntilMs(JOB, START_MS)).toBe(START_MS);
  });

  it('before the process began is held from its beginning', async () => {
    const lasting = { ...ORDERS, untilMs: START_MS + HOUR_MS };
    const history = () => Promise.resolve([{ ...lasting, end: null }]);
    const store = { list: () => Promise.resolve([lasting]), history };
    const pauses = await openPauses({ store, clock: fakeClock(START_MS) });
    expect(pauses.heldUntilMs(JOB, START_MS)).toBe(START_MS + HOUR_MS);
  });

  it('is told of once', async () => {
    const { pauses, put } = await opened();
    expect(await pauses.refresh()).toBe('same');
    put(ORDERS);
    expect(await pauses.refresh()).toBe('changed');
    expect(await pauses.refresh()).toBe('same');
    put();
    expect(await pauses.refresh()).toBe('changed');
  });

  it('ends by the clock, without a look at the store', async () => {
    const { pauses, put, clock } = await opened();
    put({ ...ORDERS, untilMs: START_MS + HOUR_MS });
    await pauses.refresh();
    expect(pauses.heldUntilMs(JOB, START_MS)).toBe(START_MS + HOUR_MS);
    await clock.advance(HOUR_MS);
    const late = new PutDown();
    pauses.watch(JOB, late);
    expect(late.end).toBeNull();
    expect(pauses.heldUntilMs(JOB, clock.nowMs())).toBe(clock.nowMs());
  });

  it('is no concern of a run that has ended', async () => {
    const { pauses, put } = await opened();
    const putDown = new PutDown();
    const unwatch = pauses.watch(JOB, putDown);
    unwatch();
    put(ORDERS);
    await pauses.refresh();
    expect(putDown.end).toBeNull();
  });

  it('may start after the pause, inside its hours; at no time known while the pause has no end', async () => {
    const { pauses, put } = await opened();
    const gate = withPauses(GATE, pauses);
    const job = scheduled('orders', '0 2 * * *', ['02:00-03:00']);
    const at = (hours: number) => Date.parse('2026-03-04T00:00:00+08:00') + hours * HOUR_MS;
    const starts = () => (['schedule', 'manual'] as const).map((kind) => gate.nextStartMs(job, { kind }, at(2)));
    expect(starts()).toEqual([at(2), at(2)]);
    put({ ...ORDERS, untilMs: at(5) });
    await pauses.refresh();
    expect(starts()).toEqual([at(26), at(5)]);
    put(ORDERS);
    await pauses.refresh();
    expect(starts()).toEqual([Infinity, Infinity]);
  });
});

describe('the scheduler', () => {
  it('opens no slot that came in a pause, neither then nor after it', async () => {
    const untilMs = Date.parse('2026-03-02T03:30:00+08:00');
    desk = await openDesk({
      startAt: '2026-03-02T01:30:00+08:00',
      jobs: [scheduled('orders', '5 * * * *'), scheduled('items', '5 * * * *')],
      rules: {
        pausedBy: ({ name }, slotAtMs) => (name === 'orders' && slotAtMs < untilMs ? { reason: 'paused' } : null),
      },
    });
    await desk.serveUntil('2026-03-02T04:30:00+08:00');
    const startsOf = (name: string) => desk?.started.filter(({ job }) => job === name).map(({ at }) => at.slice(3, 8));
    expect(startsOf('items')).toEqual(['02:05', '03:05', '04:05']);
    expect(startsOf('orders')).toEqual(['04:05']);
  });

  it('starts a run that was there before the pause when the pause ends', async () => {
    const heldMs = Date.parse('2026-03-02T03:30:17+08:00');
    desk = await openDesk({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('orders', '5 2 * * *')],
      gate: withPauses(GATE, { heldUntilMs: (_, fromMs) => Math.max(heldMs, fromMs) }),
    });
    await desk.serveUntil('2026-03-02T04:00:00+08:00');
    expect(desk.started.map(({ at }) => at)).toEqual(['02 03:30:17']);
  });

  it('lets a slot that was skipped ahead pass, and only that', async () => {
    desk = await openDesk({ startAt: '2026-03-02T01:30:00+08:00', jobs: [scheduled('orders', '5 * * * *')] });
    const slotAtMs = Date.parse('2026-03-02T03:05:00+08:00');
    const askedAtMs = desk.clock.nowMs();
    await desk.store.skipsAhead.put([{ job: 'orders', slotAtMs, reason: 'stocktaking', by: 'ann', askedAtMs }]);
    await desk.serveUntil('2026-03-02T04:30:00+08:00');
    expect(desk.started.map(({ at }) => at.slice(3, 8))).toEqual(['02:05', '04:05']);
  });
});
