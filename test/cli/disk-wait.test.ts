import { throughFullDisks } from '../../src/cli/disk-wait';
import { OffpeakError } from '../../src/errors';
import type { Log } from '../../src/log';
import { fakeClock } from '../fake-clock';
import { silent } from '../run/setup';

function setup() {
  const clock = fakeClock();
  const told: string[] = [];
  const tell = (_: object, message: string): void => void told.push(message);
  const log: Log = { ...silent, info: tell, error: tell };
  const state = { freeBytes: 10 };
  const disk = { space: () => ({ freeBytes: state.freeBytes, neededBytes: 64 }) };
  let serves = 0;
  /** Serves that meet a full disk; the one after them ends with 0. */
  const begin = (fullTimes: number): Promise<number> =>
    throughFullDisks({ disk, clock, log }, () => {
      serves += 1;
      if (serves > fullTimes) return Promise.resolve(0);
      return Promise.reject(new OffpeakError('STORE_FULL', 'offpeak.db: the disk is full'));
    });
  return { clock, told, state, begin, serves: () => serves };
}

describe('a daemon whose disk filled up in the middle of its work', () => {
  it('waits for room, says so once, and serves again', async () => {
    const { clock, told, state, begin, serves } = setup();
    const ended = begin(1);
    await clock.advance(3_600_000);
    expect(serves()).toBe(1);
    expect(told).toEqual(['waits for room on the disk, and calls nothing: offpeak.db: the disk is full']);
    state.freeBytes = 64;
    await clock.advance(10_000);
    expect(await ended).toBe(0);
    expect(serves()).toBe(2);
    expect(told.slice(1)).toEqual(['the disk of the store has room again']);
  });

  it('waits again when the room did not last', async () => {
    const { clock, told, state, begin, serves } = setup();
    state.freeBytes = 64;
    const ended = begin(2);
    await clock.advance(20_000);
    expect(await ended).toBe(0);
    expect([serves(), told.length]).toEqual([3, 4]);
  });

  it('ends with 0 when it is stopped while it waits, although there is room by then', async () => {
    const { clock, told, state, begin, serves } = setup();
    const ended = begin(1);
    await clock.advance(5_000);
    state.freeBytes = 64;
    process.emit('message', 'shutdown', undefined);
    expect(await ended).toBe(0);
    expect(serves()).toBe(1);
    expect(told.slice(1)).toEqual(['stopping']);
  });

  it('ends by any other error', async () => {
    const { clock, told } = setup();
    const lost = new OffpeakError('STORE_MOVED', 'offpeak.db is gone');
    const disk = { space: () => ({ freeBytes: 64, neededBytes: 64 }) };
    const ended = throughFullDisks({ disk, clock, log: silent }, () => Promise.reject(lost));
    await expect(ended).rejects.toBe(lost);
    expect(told).toEqual([]);
  });
});
