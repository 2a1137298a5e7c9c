import { openTicker } from '../../src/schedule/ticker';

const MINUTE_MS = 60_000;

function setup(startAt: string): { ticks: number[]; onTick: () => void } {
  jest.useFakeTimers({ now: Date.parse(startAt) });
  const ticks: number[] = [];
  return { ticks, onTick: () => ticks.push(Date.now()) };
}

afterEach(() => jest.useRealTimers());

describe('the ticker', () => {
  it('ticks at every full minute until it is closed', async () => {
    const { ticks, onTick } = setup('2026-03-01T00:00:30Z');
    const ticker = openTicker(onTick);
    await jest.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect(ticks.map((atMs) => new Date(atMs).toISOString())).toEqual([
      '2026-03-01T00:01:00.000Z',
      '2026-03-01T00:02:00.000Z',
      '2026-03-01T00:03:00.000Z',
    ]);
    await ticker.close();
    await jest.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect(ticks).toHaveLength(3);
  });

  it('ticks through the hour that clocks repeat', async () => {
    const { ticks, onTick } = setup('2026-10-25T00:30:00Z');
    const ticker = openTicker(onTick);
    await jest.advanceTimersByTimeAsync(90 * MINUTE_MS);
    expect(ticks).toHaveLength(90);
    await ticker.close();
  });

  it('goes on after a tick that failed, and lets none overlap', async () => {
    const { ticks, onTick } = setup('2026-03-01T00:00:30Z');
    const ticker = openTicker(async () => {
      onTick();
      if (ticks.length === 1) throw new Error('store is busy');
      await new Promise((resolve) => setTimeout(resolve, 1.5 * MINUTE_MS));
    });
    await jest.advanceTimersByTimeAsync(4 * MINUTE_MS);
    expect(ticks).toHaveLength(3);
    await ticker.close();
  });
});
