import { openQueue } from '../../src/limit/queue';
import { fakeClock } from '../fake-clock';

const PLACE_IDLE_MS = 100;
const TURNS_MAX = 20_000;

/** The queue with a real Bottleneck: its timers are of the machine, and all of no length. */
function setup({ places = 2 } = {}) {
  const clock = fakeClock();
  const queue = openQueue('kuaishou', places, clock);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let running = 0;
  let runningMax = 0;
  /** Runs a call until `end` is told its name. */
  const run = (name: string, priority = 5): Promise<string> =>
    queue.run(async () => {
      begun.push(name);
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running -= 1;
      return name;
    }, priority);
  const end = (name: string): void => ends.get(name)?.();
  /** Until so many calls have begun. */
  const untilBegun = async (count: number): Promise<void> => {
    for (let turns = 0; begun.length < count && turns < TURNS_MAX; turns += 1) await turn();
    expect(begun.length).toBeGreaterThanOrEqual(count);
  };
  return { clock, queue, begun, run, end, untilBegun, most: () => runningMax };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Long enough for Bottleneck to begin what it may. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 200; turns += 1) await turn();
}

describe('the queue of a platform', () => {
  it('never runs more calls at once than it has places, and runs them all', async () => {
    const { run, end, untilBegun, begun, most, queue } = setup({ places: 3 });
    const calls = Array.from({ length: 20 }, (_, at) => run(`${at}`));
    expect(queue.depth()).toBe(20);
    for (let at = 0; at < 20; at += 1) {
      await untilBegun(Math.min(at + 3, 20));
      end(begun[at]!);
    }
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
    expect(most()).toBe(3);
    await settle();
    expect(queue.depth()).toBe(0);
    await queue.stop();
  });

  it('begins those that wait by priority, and those of one priority in their order', async () => {
    const { run, end, untilBegun, begun, queue } = setup({ places: 1 });
    const first = run('first');
    await untilBegun(1);
    const calls = [first, run('late', 9), run('usual'), run('urgent', 0), run('usual too'), run('urgent too', 0)];
    for (let at = 0; at < calls.length; at += 1) {
      await untilBegun(at + 1);
      end(begun[at]!);
    }
    await Promise.all(calls);
    expect(begun).toEqual(['first', 'urgent', 'urgent too', 'usual', 'usual too', 'late']);
    await queue.stop();
  });

  it('hands on what a call throws, and goes on with the next', async () => {
    const { queue } = setup({ places: 1 });
    const failed = queue.run(() => Promise.reject(new Error('boom')), 5);
    const next = queue.run(() => Promise.resolve('fine'), 5);
    await expect(failed).rejects.toThrow('boom');
    expect(await next).toBe('fine');
    await queue.stop();
  });

  it('serves calls that follow each other with one place, without asking Bottleneck again', async () => {
    const { queue, clock } = setup({ places: 5 });
    await queue.run(() => Promise.resolve(), 5);
    await settle();
    expect(clock.sleeping).toBe(1);
    let hasRun = false;
    const second = queue.run(() => Promise.resolve((hasRun = true)), 5);
    for (let step = 0; step < 10; step += 1) await Promise.resolve();
    expect(hasRun).toBe(true); // within the same turn: no timer of Bottleneck lies between
    await second;
    await queue.stop();
  });

  it('gives up a place that no call has come for, so that the process can end', async () => {
    const { queue, clock } = setup();
    await queue.run(() => Promise.resolve(), 5);
    await settle();
    await clock.advance(PLACE_IDLE_MS - 1);
    expect(clock.sleeping).toBe(1);
    await clock.advance(1);
    expect(clock.sleeping).toBe(0);
    expect(await queue.run(() => Promise.resolve('again'), 5)).toBe('again');
    await queue.stop();
  });

  it('when it stops, waits for what was begun, drops what waits, and takes nothing more', async () => {
    const { queue, run, end, untilBegun, begun } = setup({ places: 1 });
    const first = run('first');
    await untilBegun(1);
    const dropped = expect(run('second')).rejects.toThrow('the queue was stopped');
    let isStopped = false;
    const stopped = queue.stop().then(() => (isStopped = true));
    await dropped;
    await settle();
    expect(isStopped).toBe(false);
    end('first');
    expect(await first).toBe('first');
    await stopped;
    await expect(run('third')).rejects.toThrow('the queue was stopped');
    expect(begun).toEqual(['first']);
  });

  it('when it stops, drops what Bottleneck has not begun yet', async () => {
    const { queue, run, begun } = setup();
    const call = expect(run('first')).rejects.toThrow('the queue was stopped');
    await queue.stop();
    await call;
    expect(begun).toEqual([]);
  });

  it('when it stops, ends idle places at once', async () => {
    const { queue, clock } = setup();
    await Promise.all([queue.run(settle, 5), queue.run(settle, 5)]);
    await settle();
    expect(clock.sleeping).toBe(1); // one timer for both
    await queue.stop(); // nobody moves the clock
    expect(clock.sleeping).toBe(0);
  });
});
