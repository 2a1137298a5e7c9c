import type { Run } from '../../src/job/run';
import { openDesk, scheduled } from './scheduler-setup';

describe('whoever waits until the scheduler is ready', () => {
  it('is told when the runs of the slots that have come are in the store, and before one has started', async () => {
    const desk = await openDesk({ startAt: '2026-03-02T02:04:30+08:00', jobs: [scheduled('orders', '5 * * * *')] });
    const { clock, store, started, stop } = desk;
    const told: { started: number; runs: Promise<Run[]> }[] = [];
    const serving = desk.scheduler().serve(() => {
      told.push({ started: started.length, runs: store.runs.list({ limit: 10 }) });
    });
    void clock.sleep(65_000).then(() => stop().request('the test is over'));
    await clock.run(serving);
    const [atStart, atSlot] = await Promise.all(told.map(async (one) => ({ ...one, runs: await one.runs })));
    expect(atStart).toEqual({ started: 0, runs: [] });
    expect(atSlot).toMatchObject({ started: 0, runs: [{ job: 'orders', state: 'queued' }] });
    expect(started).toHaveLength(1);
    await desk.close();
  });
});
