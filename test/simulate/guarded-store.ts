import { OffpeakError } from '../../src/errors';
import type { Store } from '../../src/store/open';

/** What stands between a process and its store: there it dies, stands still, or finds the disk full. */
export interface Passage {
  /** Resolves when the process goes on; never for one that died on the way. `at` is `runs.commitPage before`. */
  passes(at: string): Promise<void>;
  readonly isDiskFull: boolean;
  /** The store has done it, whether or not the process lives to know. */
  did(call: StoreCall): void;
}

export interface StoreCall {
  /** `runs.commitPage` */
  readonly name: string;
  readonly isWrite: boolean;
  readonly args: readonly unknown[];
  readonly result: unknown;
}

/** Methods of the store's ports that only look. */
const READS = new Set([
  'backfills.list',
  'backfills.get',
  'backfills.version',
  'checkpoints.history',
  'checkpoints.list',
  'checkpoints.read',
  'expectations.list',
  'expectations.get',
  'holds.list',
  'learned.list',
  'lease.holder',
  'ledger.usage',
  'operatorPauses.history',
  'operatorPauses.list',
  'plans.get',
  'records.count',
  'records.keys',
  'records.tables',
  'runs.allUnfinished',
  'runs.decidedSoFar',
  'runs.due',
  'runs.get',
  'runs.list',
  'runs.nextDueMs',
  'runs.partitions',
  'runs.unfinished',
  'skipsAhead.list',
]);

/** The store as a process sees it that may die at every step. */
export function guardedStore(store: Store, passage: Passage): Store {
  const ports = Object.entries(store).map(([name, port]: [string, unknown]) => [
    name,
    typeof port === 'object' && port !== null ? guardedPort({ name, port }, passage) : port,
  ]);
  return { ...store, ...(Object.fromEntries(ports) as Partial<Store>) };
}

type Method = (...args: unknown[]) => Promise<unknown>;

function guardedPort({ name, port }: { name: string; port: object }, passage: Passage): object {
  const guarded: Record<string, Method> = {};
  for (const method of methodsOf(port)) {
    const perform = (port as Record<string, Method>)[method]!.bind(port);
    guarded[method] = guardedMethod(`${name}.${method}`, perform, passage);
  }
  return guarded;
}

function guardedMethod(name: string, perform: Method, passage: Passage): Method {
  const isWrite = !READS.has(name);
  const [before, after] = [`${name} before`, `${name} after`];
  return async (...args) => {
    await passage.passes(before);
    if (isWrite && passage.isDiskFull) throw new OffpeakError('STORE_FULL', `${name}: the disk is full`);
    const result = await perform(...args);
    passage.did({ name, isWrite, args, result });
    await passage.passes(after);
    return result;
  };
}

function methodsOf(port: object): string[] {
  const names = new Set<string>();
  for (let at: object = port; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Object.getOwnPropertyNames(at))
      if (name !== 'constructor' && typeof (port as Record<string, unknown>)[name] === 'function') names.add(name);
  return [...names];
}
