import type { Admitted } from '../../src/limit/admitted';
import type { Budget } from '../../src/limit/budget';
import type { QuotaClock } from '../../src/limit/quota';
import { fakeClock } from '../fake-clock';
import { fakeLedger } from './fake-ledger';
import { type Ask, setup, times } from './setup';

const GUARD_MS = 2_000;
const DAY_MS = 24 * 3_600_000;
const SHANGHAI: QuotaClock = { day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }, resetGuardMs: GUARD_MS };

function day(name: string, limit: number, parts: Partial<Budget> = {}): Budget {
  return { name, limit, per: 'day', scope: ['app'], source: 'test', ...parts };
}

/** An admission at noon, with a ledger in memory. */
async function open(budgets: readonly Budget[], startInMs = DAY_MS / 2) {
  const clock = fakeClock();
  const ledger = fakeLedger(clock);
  const { reserve, giveBack } = ledger;
  const bundle = setup({ budgets, clock, quota: { ...SHANGHAI, reserve, giveBack } });
  const dayStartMs = clock.nowMs();
  await clock.advance(startInMs);
  /** One call after the other, so far apart. Returns how they were answered. */
  const inTurn = async (
    count: number,
    { apartMs = 0, ...how }: Ask & { apartMs?: number } = {},
  ): Promise<Admitted[]> => {
    const answers: Admitted[] = [];
    for (let call = 0; call < count; call += 1) {
      answers.push(await clock.run(bundle.ask('u1', how)));
      await clock.advance(apartMs);
    }
    return answers;
  };
  const wanted = (): number[] => ledger.requests.map((blocks) => blocks[0]!.wanted);
  return { ...bundle, ledger, inTurn, wanted, dayStartMs };
}

const kindsOf = (answers: readonly Admitted[]): string[] => answers.map(({ kind }) => kind);
const permitOf = (admitted: Admitted) => {
  if (admitted.kind !== 'permit') throw new Error(`no permit: ${admitted.kind}`);
  return admitted.permit;
};

describe('blocks of permits', () => {
  it('grow when calls follow fast, up to their largest', async () => {
    const { inTurn, wanted } = await open([day('app-day', 100_000)]);
    await inTurn(300);
    expect(wanted()).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64, 64]);
  });

  it('shrink again when calls are rare', async () => {
    const { inTurn, wanted, clock } = await open([day('app-day', 100_000)]);
    await inTurn(15);
    await clock.advance(60_000);
    await inTurn(8, { apartMs: 60_000 });
    expect(wanted()).toEqual([1, 2, 4, 8, 4, 2, 1, 1]);
  });

  it('are as large as what waits', async () => {
    const { ask, clock, wanted } = await open([day('app-day', 100_000)]);
    await clock.run(Promise.all(times(40, (at) => ask(`u${at % 3}`))));
    expect(wanted()).toEqual([1, 39]);
  });

  it('are single permits near the end of a window, and the last one is used', async () => {
    const { inTurn, ledger } = await open([day('app-day', 100)]);
    const answers = await inTurn(101);
    expect(kindsOf(answers).filter((kind) => kind === 'permit')).toHaveLength(100);
    expect(Math.max(...ledger.granted)).toBe(4);
    expect(ledger.granted.slice(-39)).toEqual(Array<number>(39).fill(1));
    expect(ledger.drawn('app-day')).toBe(100);
  });

  it('come for all counters of a call in one transaction', async () => {
    const { inTurn, ledger } = await open([day('user-day', 50, { scope: ['user'] }), day('app-day', 50)]);
    await inTurn(1);
    expect(ledger.requests.map((blocks) => blocks.map(({ draw }) => draw.budget.name))).toEqual([
      ['user-day', 'app-day'],
    ]);
  });

  it('are taken for all counters or for none', async () => {
    const { inTurn, ledger } = await open([day('app-day', 50), day('user-day', 1, { scope: ['user'] })]);
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
    expect([ledger.drawn('app-day'), ledger.drawn('user-day')]).toEqual([1, 1]);
  });

  it.each(['user-day before app-day', 'app-day before user-day'])(
    'come to every lane, though a block that lanes share is on its way: %s',
    async (order) => {
      const budgets = [day('user-day', 50, { scope: ['user'] }), day('app-day', 50)];
      const { ask, clock, ledger, admission } = await open(order.startsWith('user') ? budgets : budgets.reverse());
      ledger.latencyMs = 5;
      const calls = times(12, (at) => ask(`u${at % 4}`));
      await clock.advance(2_000);
      expect(admission.waiting).toBe(0);
      expect(kindsOf(await Promise.all(calls))).toEqual(Array<string>(12).fill('permit'));
    },
  );

  it('serve the calls of others while one lane waits for its own', async () => {
    const { ask, clock, ledger, admission } = await open([day('user-day', 1, { scope: ['user'] })]);
    ledger.latencyMs = 100;
    const calls = times(3, (at) => ask(`u${at}`));
    await clock.advance(150);
    expect(admission.waiting).toBe(0);
    await Promise.all(calls);
  });
});

describe('around a reset', () => {
  it('a call draws on both days', async () => {
    const { inTurn, ledger } = await open([day('app-day', 50)], DAY_MS - GUARD_MS + 1);
    const [first] = await inTurn(1);
    expect(
      permitOf(first!)
        .spent()
        .map(({ windowKey }) => windowKey),
    ).toEqual(['2026-03-02', '2026-03-03']);
    expect(ledger.requests.map((blocks) => blocks.length)).toEqual([2]);
  });

  it('permits of the day that is over go back, and no call is sent with one', async () => {
    const { inTurn, ledger, clock, dayStartMs } = await open([day('app-day', 1_000)]);
    await inTurn(16); // the last of them took a block of sixteen
    expect(ledger.drawn('app-day')).toBe(31);
    await clock.advanceTo(dayStartMs + DAY_MS + GUARD_MS);
    const [next] = await inTurn(1);
    expect(permitOf(next!).spent()).toMatchObject([{ windowKey: '2026-03-03', amount: 1 }]);
    expect(ledger.givenBack).toMatchObject([{ windowKey: '2026-03-02', amount: 15 }]);
  });

  it('a quota that was spent is there again when the guard is over, not before', async () => {
    const { inTurn, clock, dayStartMs } = await open([day('app-day', 2)]);
    const last = (await inTurn(3)).at(-1);
    const freeAtMs = dayStartMs + DAY_MS + GUARD_MS;
    expect(last).toMatchObject({ kind: 'spent', draw: { budget: { name: 'app-day' } }, freeAtMs });
    await clock.advanceTo(freeAtMs - 1);
    expect(kindsOf(await inTurn(1))).toEqual(['spent']);
    await clock.advanceTo(freeAtMs);
    expect(kindsOf(await inTurn(1))).toEqual(['permit']);
  });
});

describe('a quota that is gone', () => {
  it('answers every lane that waits at once, and asks the ledger no more', async () => {
    const { ask, clock, ledger, admission } = await open([day('app-day', 3)]);
    const answers = await clock.run(Promise.all(times(30, (at) => ask(`u${at % 10}`))));
    expect(kindsOf(answers).filter((kind) => kind === 'permit')).toHaveLength(3);
    expect(kindsOf(answers).filter((kind) => kind === 'spent')).toHaveLength(27);
    const { length } = ledger.requests;
    expect(length).toBeLessThan(6);
    expect((await ask('late')).kind).toBe('spent');
    expect(ledger.requests).toHaveLength(length);
    expect([admission.waiting, clock.sleeping]).toEqual([0, 0]);
  });

  it('stops those that draw on it, and nobody else', async () => {
    const { ask, clock } = await open([day('user-day', 1, { scope: ['user'] }), day('app-day', 100)]);
    const answers = await clock.run(Promise.all([ask('u1'), ask('u1'), ask('u2'), ask('u3')]));
    expect(kindsOf(answers)).toEqual(['permit', 'spent', 'permit', 'permit']);
  });

  it('is asked for again when an operator says that it is back', async () => {
    const { inTurn, admission, ledger } = await open([day('app-day', 1)]);
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
    ledger.spend(-1);
    expect(kindsOf(await inTurn(1))).toEqual(['spent']);
    admission.lift();
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
  });

  it('of a long rolling span is free when enough of it is old enough', async () => {
    const HOUR_MS = 3_600_000;
    const { inTurn, clock } = await open([day('app-5h', 2, { per: { rollingMs: 5 * HOUR_MS } })]);
    const [first] = await inTurn(1, { apartMs: HOUR_MS });
    await inTurn(1);
    const [spent] = await inTurn(1);
    expect(first!.kind).toBe('permit');
    const sliceMs = (5 * HOUR_MS) / 100;
    const freeInMs = spent?.kind === 'spent' ? spent.freeAtMs - clock.nowMs() : NaN;
    expect(freeInMs).toBeGreaterThanOrEqual(4 * HOUR_MS);
    expect(freeInMs).toBeLessThanOrEqual(4 * HOUR_MS + sliceMs);
    await clock.advance(freeInMs);
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
  });
});

describe('permits at hand', () => {
  it('that were not used for a call that never left serve the next one', async () => {
    const { inTurn, ledger } = await open([day('app-day', 1)]);
    const [first] = await inTurn(1);
    permitOf(first!).unsent();
    permitOf(first!).release();
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
    expect(ledger.drawn('app-day')).toBe(1);
  });

  it('that come back open a quota that was spent', async () => {
    const { inTurn } = await open([day('app-day', 1)]);
    const [first, second] = await inTurn(2);
    expect(second!.kind).toBe('spent');
    permitOf(first!).unsent();
    expect(kindsOf(await inTurn(2))).toEqual(['permit', 'spent']);
  });

  it('go back to the ledger on a clean stop', async () => {
    const { inTurn, admission, ledger } = await open([
      day('app-day', 10_000),
      day('user-day', 10_000, { scope: ['user'] }),
    ]);
    await inTurn(20);
    expect(ledger.drawn('app-day')).toBe(31);
    await admission.close();
    expect([ledger.drawn('app-day'), ledger.drawn('user-day')]).toEqual([20, 20]);
    await admission.close();
    expect(ledger.drawn('app-day')).toBe(20);
  });

  it('are counted in the unit of their budget, and settled to what a call really cost', async () => {
    const { inTurn } = await open([day('tokens', 1_000, { unit: 'tokens' }), day('calls', 10)]);
    const [first] = await inTurn(1, { costs: { tokens: 300 } });
    const permit = permitOf(first!);
    expect(permit.spent()).toMatchObject([
      { budget: 'tokens', amount: 300, spent: 300 },
      { budget: 'calls', spent: 1 },
    ]);
    permit.settle({ tokens: 120 });
    expect(permit.spent()).toMatchObject([
      { budget: 'tokens', amount: 300, spent: 120 },
      { budget: 'calls', spent: 1 },
    ]);
  });

  it('serve a small call though there are too few for a large one', async () => {
    const { inTurn, ledger } = await open([day('tokens', 105, { unit: 'tokens' })]);
    const [first] = await inTurn(1, { costs: { tokens: 5 } });
    permitOf(first!).unsent(); // five at hand
    ledger.spend(98); // two in the ledger
    const answers = [...(await inTurn(1, { costs: { tokens: 8 } })), ...(await inTurn(1, { costs: { tokens: 5 } }))];
    expect(kindsOf(answers)).toEqual(['spent', 'permit']);
  });
});

describe('a ledger that fails', () => {
  it('is answered to every call that waits for it, and asked again by the next', async () => {
    const { ask, clock, ledger, inTurn } = await open([day('app-day', 100)]);
    ledger.failing = true;
    const answers = await clock.run(Promise.all(times(5, (at) => ask(`u${at}`))));
    expect(answers).toMatchObject(times(5, () => ({ kind: 'broken', thrown: { message: 'the disk is full' } })));
    ledger.failing = false;
    expect(kindsOf(await inTurn(1))).toEqual(['permit']);
  });
});
