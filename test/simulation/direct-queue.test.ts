import { openDirectQueue } from '../../src/simulation/direct-queue';
import { virtualClock } from '../../src/time/virtual-clock';

function setup() {
  const clock = virtualClock(0);
  return { clock, queue: openDirectQueue('shop', 1, clock) };
}

describe('a direct queue', () => {
  it('runs every task at once, whatever its places', async () => {
    const { clock, queue } = setup();
    const tasks = [1, 2, 3].map((of) => queue.run(() => clock.sleep(10).then(() => of), of));
    expect(queue.depth()).toBe(3);
    await clock.advance(10);
    expect(await Promise.all(tasks)).toEqual([1, 2, 3]);
    expect(queue.depth()).toBe(0);
  });

  it('hands on what a task throws, and forgets the task', async () => {
    const { queue } = setup();
    await expect(queue.run(() => Promise.reject(new Error('refused')), 5)).rejects.toThrow('refused');
    expect(queue.depth()).toBe(0);
  });

  it('stops when what runs has ended', async () => {
    const { clock, queue } = setup();
    let stopped = false;
    const running = queue.run(() => clock.sleep(10), 5);
    const stopping = queue.stop().then(() => {
      stopped = true;
    });
    await clock.advance(9);
    expect(stopped).toBe(false);
    await clock.advance(1);
    await Promise.all([running, stopping]);
    expect(stopped).toBe(true);
  });
});
