import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../../src/store/machine';
import { type OpenOptions, openStore, type Store } from '../../src/store/open';
import { nextTurn } from '../../src/time/system-clock';
import type { Bench } from './suite/setup';

/** A directory of its own, removed by `remove`. The database in it does not exist yet. */
export async function temporary(): Promise<{ directory: string; path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-store-'));
  return {
    directory,
    path: join(directory, 'offpeak.db'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A process of a machine that nobody else can ask about. */
export function processOn(host: string, options: Partial<Machine> = {}): Machine {
  return { host, bootId: 'boot-1', pid: 100, processStart: () => '5000', ...options };
}

/** A store on a file of its own; every further one is opened as a process of another machine. */
export async function openBench(options: OpenOptions = {}): Promise<Bench & { path: string }> {
  const { path, remove } = await temporary();
  const stores: Store[] = [];
  const another = async (): Promise<Store> => {
    const store = await openStore(path, { machine: processOn(`host-${stores.length + 1}`), nextTurn, ...options });
    stores.push(store);
    return store;
  };
  return {
    path,
    store: await another(),
    another,
    async remove() {
      for (const store of stores.splice(0)) await store.close();
      await remove();
    },
  };
}
