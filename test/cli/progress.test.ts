import { LastWait } from '../../src/cli/last-wait';
import { Seldom } from '../../src/cli/seldom';
import { fakeClock } from '../fake-clock';

describe('what the live line asks of the store', () => {
  /** A store whose every answer takes so long. */
  function setup(tookMs: number) {
    const clock = fakeClock();
    let asked = 0;
    const seldom = new Seldom(
      async () => {
        asked += 1;
        await clock.sleep(tookMs);
        return asked;
      },
      0,
      () => clock.monotonicMs(),
    );
    const lookFor = async (ms: number, everyMs: number): Promise<void> => {
      const untilMs = clock.monotonicMs() + ms;
      while (clock.monotonicMs() < untilMs) {
        await clock.run(seldom.answer());
        await clock.advance(everyMs);
      }
    };
    return { clock, seldom, lookFor, asked: () => asked };
  }

  it('is asked each time while it answers at once', async () => {
    const { lookFor, asked } = setup(1);
    await lookFor(10_000, 250);
    expect(asked()).toBe(40);
  });

  it('is asked no more often than 20 times as long as it took, and the last answer is shown', async () => {
    const { lookFor, asked, seldom } = setup(500);
    await lookFor(60_000, 250);
    expect(asked()).toBeLessThanOrEqual(6);
    expect(asked()).toBeGreaterThanOrEqual(5);
    expect(await seldom.answer()).toBe(asked());
  });

  it('keeps the last answer when the store cannot be read for a moment', async () => {
    let isBroken = false;
    const ask = () => (isBroken ? Promise.reject(new Error('busy')) : Promise.resolve('7 left'));
    const seldom = new Seldom(ask, '', () => 0);
    expect(await seldom.answer()).toBe('7 left');
    isBroken = true;
    expect(await seldom.answer()).toBe('7 left');
  });
});

describe('what the live line says of waits', () => {
  it('is for how long, and for which budget, counted down', () => {
    const last = new LastWait();
    last.see({ waitMs: 12_000, because: 'api-qps' }, 1_000);
    expect(last.text(1_000)).toBe('waits 12 s for api-qps');
    expect(last.text(9_500)).toBe('waits 4 s for api-qps');
    expect(last.text(13_000)).toBe('');
  });

  it('is nothing of a wait below five seconds, and of an older one', () => {
    const last = new LastWait();
    last.see({ waitMs: 4_999, because: 'api-qps' }, 0);
    expect(last.text(0)).toBe('');
    last.see({ waitMs: 60_000, because: 'pause' }, 0);
    last.see({ waitMs: 1_000, because: 'api-qps' }, 10);
    expect(last.text(10)).toBe('');
  });

  it('names what only an event can end until a call goes again', () => {
    const last = new LastWait();
    last.see({ waitMs: Infinity, because: 'probe' }, 0);
    expect(last.text(1e9)).toBe('waits for probe');
    last.seeAttempt();
    expect(last.text(1e9)).toBe('');
  });
});
