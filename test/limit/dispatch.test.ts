import fc from 'fast-check';
import { Dispatch } from '../../src/limit/dispatch';
import { InFlight, Pause, Ramp } from '../../src/limit/in-flight';
import { Turnstile, type Waiting } from '../../src/limit/lane';
import { Lanes } from '../../src/limit/lanes';
import type { Take } from '../../src/limit/permit';
import { fakeClock } from '../fake-clock';
import { paceOf } from './pace-drive';

const ABORTED = AbortSignal.abort();
const PLACES = 7;
const STEP_MS = 20;

const paces = fc.array(
  fc.record({
    limit: fc.integer({ min: 1, max: 40 }),
    pacing: fc.constantFrom('even' as const, 'burst' as const),
    guardMs: fc.nat({ max: 80 }),
  }),
  { minLength: 1, maxLength: 5 },
);
const lane = fc.record({
  counters: fc.uniqueArray(fc.nat({ max: 4 }), { minLength: 1, maxLength: 3 }),
  flow: fc.nat({ max: 3 }),
  priority: fc.constantFrom(3, 5, 5, 5, 9),
});
const arrival = fc.record({
  afterMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 900 })),
  lane: fc.nat({ max: 7 }),
  calls: fc.integer({ min: 1, max: 12 }),
  holdMs: fc.nat({ max: 600 }),
  /** A pause of that lane's scope that begins with it. */
  pauseMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 3_000 })),
  isGood: fc.boolean(),
});

interface Case {
  readonly paces: { limit: number; pacing: 'even' | 'burst'; guardMs: number }[];
  readonly lanes: { counters: number[]; flow: number; priority: number }[];
  readonly isRamped: boolean;
}

/** A dispatch over counters of the test's own, which an oracle asks behind its back. */
function setup({ paces: options, lanes: parts, isRamped }: Case) {
  const clock = fakeClock();
  const counters = options.map((each, at) => new Turnstile(paceOf(each), `pace-${at}`));
  const places = new Turnstile(new InFlight(PLACES), 'places');
  const pauses = parts.map(() => new Turnstile(new Pause(), 'pause'));
  const ramps = isRamped ? [new Turnstile(new Ramp(), 'probe')] : [];
  const lanes = new Lanes();
  const waiting = new Map<Waiting, { lane: number; holdMs: number; isGood: boolean }>();
  const stopsOf = (at: number): Turnstile[] => [pauses[at]!, ...ramps];
  const turnstilesOf = (at: number): Turnstile[] => [
    places,
    ...parts[at]!.counters.map((each) => counters[each % counters.length]!).filter(
      (each, i, all) => all.indexOf(each) === i,
    ),
  ];
  const end = async (takes: readonly Take[], holdMs: number, isGood: boolean): Promise<void> => {
    await clock.sleep(holdMs);
    const freed = takes.filter(({ taken }) => taken.ended);
    for (const { taken } of freed) taken.ended?.(isGood ? 'good' : 'other');
    dispatch.wake(freed.map(({ turnstile }) => turnstile));
  };
  const dispatch = new Dispatch({
    clock,
    nextTurn: () => lanes.nextTurn(),
    inScope: ({ scope }) => stopsOf(Number(scope.user)),
    answer: () => false,
    onHeldUp: () => undefined,
    onAdmit: (admitted, takes) => {
      const { holdMs, isGood } = waiting.get(admitted)!;
      waiting.delete(admitted);
      void end(takes, holdMs, isGood);
    },
    onEmpty: (each) => lanes.drop(each),
  });
  const ask = (at: number, how: { holdMs: number; isGood: boolean }): void => {
    const { flow, priority } = parts[at]!;
    const own = lanes.of({ scope: { user: `${at}` }, flow: `${flow}`, priority }, () => turnstilesOf(at));
    const asked = { amounts: null, askedAtMs: clock.monotonicMs(), resolve: () => undefined, signal: ABORTED };
    const call: Waiting = { ...asked, lane: own, hasLeft: false };
    waiting.set(call, { lane: at, ...how });
    own.push(call);
    dispatch.enter(own, call);
  };
  const pause = (at: number, forMs: number): void => {
    const { counter } = pauses[at]!;
    if (counter instanceof Pause) counter.extend(clock.monotonicMs() + forMs);
  };
  /** Lanes with a call that everything would let go now. */
  const idle = (): number[] => {
    const nowMs = clock.monotonicMs();
    const isOpen = ({ counter }: Turnstile): boolean => counter.earliestMs(1, nowMs) <= nowMs;
    const waitingLanes = new Set([...waiting.values()].map((call) => call.lane));
    return [...waitingLanes].filter((at) => [...turnstilesOf(at), ...stopsOf(at)].every(isOpen));
  };
  return { clock, ask, pause, idle, lanes, waitingCount: () => waiting.size, turnstilesOf };
}

const cases = fc.record({
  paces,
  lanes: fc.array(lane, { minLength: 8, maxLength: 8 }),
  isRamped: fc.boolean(),
});

describe('the dispatch', () => {
  it('lets no call wait while all its counters, pauses and ramps would admit it, and admits every call in the end', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.array(arrival, { minLength: 1, maxLength: 20 }), async (made, arrivals) => {
        const { clock, ask, pause, idle, waitingCount, lanes } = setup(made);
        let boundMs = 1_000;
        const stepTo = async (ms: number): Promise<void> => {
          for (let passed = 0; passed < ms; passed += STEP_MS) {
            await clock.advance(Math.min(STEP_MS, ms - passed));
            expect(idle()).toEqual([]);
          }
        };
        for (const { afterMs, lane: at, calls, holdMs, pauseMs, isGood } of arrivals) {
          await stepTo(afterMs);
          if (pauseMs > 0) pause(at, pauseMs);
          for (let call = 0; call < calls; call += 1) ask(at, { holdMs, isGood });
          expect(idle()).toEqual([]);
          // At worst one call at a time, each at the slowest of all counters.
          const slowestMs = Math.max(...made.paces.map(({ limit, guardMs }) => (1_000 + guardMs) / limit));
          boundMs += calls * (slowestMs + holdMs) + pauseMs;
        }
        for (let passed = 0; waitingCount() > 0 && passed <= boundMs; passed += 50) await stepTo(50);
        expect([waitingCount(), lanes.waiting]).toEqual([0, 0]);
        await clock.advance(1_000);
        expect(clock.sleeping).toBe(0);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('takes from all counters of a call in one instant, or from none', () => {
    const { clock, ask, turnstilesOf, waitingCount, pause } = setup({
      paces: [
        { limit: 1, pacing: 'burst', guardMs: 0 },
        { limit: 5, pacing: 'burst', guardMs: 0 },
      ],
      lanes: [
        { counters: [0, 1], flow: 0, priority: 5 },
        { counters: [1], flow: 1, priority: 5 },
      ],
      isRamped: false,
    });
    const usedOf = (): number[] =>
      turnstilesOf(0)
        .slice(1)
        .map(({ counter }) => (counter.isIdle(clock.monotonicMs()) ? 0 : 1));
    pause(0, 5_000);
    ask(0, { holdMs: 0, isGood: true });
    expect([waitingCount(), ...usedOf()]).toEqual([1, 0, 0]);
    ask(1, { holdMs: 0, isGood: true });
    expect([waitingCount(), ...usedOf()]).toEqual([1, 0, 1]);
  });
});
