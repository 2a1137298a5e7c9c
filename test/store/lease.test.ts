import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Machine, thisMachine } from '../../src/store/machine';
import { openStore } from '../../src/store/open';
import { openBench, processOn } from './setup';
import { claimed, codeOf, JOB, NOW, takeLease } from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A store whose lease is held by process 100, and what happens when process 200 asks for it. */
async function heldBy(holder: Machine) {
  const first = await openBench({ machine: holder });
  cleanups.push(first.remove);
  await takeLease(first.store);
  return {
    ...first,
    askedBy: async (machine: Machine) => {
      const store = await openStore(first.path, { machine });
      cleanups.unshift(() => store.close());
      return store.lease.acquire('offpeak start', NOW + 1);
    },
  };
}

const HOLDER = processOn('mac-1', { pid: 100 });
const TAKEN = {
  fence: 2,
  previous: 'unclean',
  previousEndedAtMs: null,
  previousSeenAtMs: expect.any(Number) as number,
};
const REFUSED = { pid: 100, host: 'mac-1' };

describe('a lease that has not expired', () => {
  test('is taken when its holder on this machine is dead', async () => {
    const { askedBy } = await heldBy(HOLDER);
    expect(
      await askedBy(processOn('mac-1', { pid: 200, processStart: (pid) => (pid === 100 ? null : '6000') })),
    ).toEqual(TAKEN);
  });

  test('is taken when another process has got the holder’s pid since', async () => {
    const { askedBy } = await heldBy(HOLDER);
    expect(await askedBy(processOn('mac-1', { pid: 200, processStart: () => '7000' }))).toEqual(TAKEN);
  });

  test('is not taken while its holder lives', async () => {
    const { askedBy } = await heldBy(HOLDER);
    expect(await askedBy(processOn('mac-1', { pid: 200 }))).toMatchObject(REFUSED);
  });

  test('is not taken when nobody can tell when the holder started', async () => {
    const { askedBy } = await heldBy(processOn('mac-1', { pid: 100, processStart: () => '' }));
    expect(await askedBy(processOn('mac-1', { pid: 200 }))).toMatchObject(REFUSED);
  });

  test('is not taken from a process of another host, boot or container, of which nothing is known', async () => {
    const { askedBy } = await heldBy(HOLDER);
    const ask = { pid: 200, processStart: () => null };
    expect(await askedBy(processOn('mac-2', ask))).toMatchObject(REFUSED);
    expect(await askedBy(processOn('mac-1', { ...ask, bootId: 'boot-2' }))).toMatchObject(REFUSED);
  });
});

test('a partition that a dead process of this machine left running may be edited at once', async () => {
  const { store, path, remove } = await openBench({ machine: HOLDER });
  cleanups.push(remove);
  await claimed(store);
  const operator = await openStore(path, { machine: processOn('mac-1', { pid: 200, processStart: () => null }) });
  cleanups.unshift(() => operator.close());
  const edit = { job: JOB, partition: 'shop-1', version: 0, cursor: '{}', change: 'set', nowMs: NOW } as const;
  expect(await codeOf(store.checkpoints.edit(edit))).toBe('STORE_IN_USE');
  expect(await operator.checkpoints.edit(edit)).toMatchObject({ version: 1 });
});

describe('this machine', () => {
  async function child(): Promise<ChildProcess & { pid: number }> {
    const started = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(started, 'spawn');
    return started as ChildProcess & { pid: number };
  }

  test('knows a living process by its start, always the same', async () => {
    const { pid, stdin } = await child();
    const start = thisMachine.processStart(pid);
    expect(start).not.toBeNull();
    expect(thisMachine.processStart(pid)).toBe(start);
    stdin?.end();
  });

  test('knows that a process was killed', async () => {
    const killed = await child();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(thisMachine.processStart(killed.pid)).toBeNull();
  });

  test('knows itself', () => {
    expect(thisMachine.pid).toBe(process.pid);
    expect(thisMachine.processStart(process.pid)).not.toBeNull();
    expect(thisMachine.host).not.toBe('');
  });
});
