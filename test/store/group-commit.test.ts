import type { Connection } from '../../src/store/connection';
import { openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { GROUP_WRITES_MAX } from '../../src/store/group-commit';
import { temporary } from './setup';

const sql = `
  CREATE TABLE note (text TEXT PRIMARY KEY) STRICT;
  CREATE TABLE reply (text TEXT REFERENCES note (text) DEFERRABLE INITIALLY DEFERRED) STRICT;`;
const DATABASE = { migrations: [{ version: 1, name: 'notes', sql }], busyTimeoutMs: 1_000, nowMs: 0 };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Bench {
  readonly connection: Connection;
  /** Ends the turn of the event loop. */
  readonly endTurn: () => void;
  readonly write: (text: string) => Promise<void>;
  /** What another process sees: no more than what is committed. */
  readonly committed: () => readonly string[];
}

async function setup(): Promise<Bench> {
  const { path, remove } = await temporary();
  const turns: (() => void)[] = [];
  const connection = openForWriting(path, { ...DATABASE, nextTurn: (next) => turns.push(next) });
  const other = new Sqlite(path, { readonly: true });
  const insert = connection.db.prepare<[string]>('INSERT INTO note (text) VALUES (?)');
  cleanups.push(
    remove,
    () => connection.close().catch(() => undefined),
    () => void other.close(),
  );
  return {
    connection,
    endTurn: () => {
      for (const next of turns.splice(0)) next();
    },
    write: (text) => connection.write(() => void insert.run(text)),
    committed: () => other.prepare<[], string>('SELECT text FROM note ORDER BY rowid').pluck().all(),
  };
}

const outcomes = async (writes: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(writes)).map(({ status }) => status);

test('writes of one turn become durable together, in their order, and nobody is told before', async () => {
  const { write, committed, endTurn } = await setup();
  const told: string[] = [];
  const writes = ['a', 'b', 'c'].map((text) => write(text).then(() => told.push(text)));
  await Promise.resolve();
  expect([committed(), told]).toEqual([[], []]);
  endTurn();
  expect(committed()).toEqual(['a', 'b', 'c']);
  await Promise.all(writes);
  expect(told).toEqual(['a', 'b', 'c']);
});

test('a write that fails leaves nothing, and takes no other of its group with it', async () => {
  const { connection, write, committed, endTurn } = await setup();
  const writes = [
    write('a'),
    connection.write(() => {
      connection.db.exec("INSERT INTO note VALUES ('half')");
      throw new Error('changed since it was read');
    }),
    write('a'), // there already
    write('b'),
  ];
  endTurn();
  expect(await outcomes(writes)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  await expect(writes[1]).rejects.toThrow('changed since it was read');
  await expect(writes[2]).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(committed()).toEqual(['a', 'b']);
});

test('a group is carried out again only where one of its writes failed', async () => {
  const { connection, endTurn } = await setup();
  const done: string[] = [];
  const carryOut = async (group: Record<string, () => unknown>): Promise<string[]> => {
    const writes = Object.entries(group).map(([name, work]) =>
      connection.write(() => {
        done.push(name);
        work();
      }),
    );
    endTurn();
    await Promise.allSettled(writes);
    return done.splice(0);
  };
  const nothing = (): void => undefined;
  const fails = (): void => {
    throw new Error('changed since it was read');
  };
  const orphan = (): void => void connection.db.exec("INSERT INTO reply VALUES ('to nothing')");
  expect(await carryOut({ a: nothing, b: nothing })).toEqual(['a', 'b']);
  expect(await carryOut({ a: nothing, b: fails, c: nothing })).toEqual(['a', 'b', 'a', 'b', 'c']);
  expect(await carryOut({ a: nothing, b: orphan })).toEqual(['a', 'b']);
  expect(await carryOut({ alone: fails })).toEqual(['alone']);
});

test('a commit that fails fails the whole group, and the next one is unharmed', async () => {
  const { connection, write, committed, endTurn } = await setup();
  const orphan = (): void => void connection.db.exec("INSERT INTO reply VALUES ('to nothing')"); // seen at the COMMIT only
  const lost = [write('a'), connection.write(orphan), write('b')];
  endTurn();
  expect(await outcomes(lost)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(committed()).toEqual([]);
  const kept = write('a');
  endTurn();
  await kept;
  expect(committed()).toEqual(['a']);
});

test('where SQLite gives the transaction up halfway, nothing of the group is kept, before or behind', async () => {
  const { connection, write, committed, endTurn } = await setup();
  const givesUp = (): void => void connection.db.exec("INSERT OR ROLLBACK INTO note VALUES ('a')"); // as a full disk may
  const writes = [write('a'), connection.write(givesUp), write('b')];
  endTurn();
  expect(await outcomes(writes)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(committed()).toEqual([]);
});

test('a read sees what was written before it, and what it saw is durable', async () => {
  const { connection, write, committed } = await setup();
  const written = write('a');
  const count = connection.db.prepare('SELECT count(*) FROM note').pluck();
  expect(await connection.read(() => count.get())).toBe(1);
  expect(committed()).toEqual(['a']);
  await written;
});

test('a group that is full is committed before its turn ends', async () => {
  const { write, committed } = await setup();
  const writes = Array.from({ length: GROUP_WRITES_MAX + 1 }, (_, n) => write(String(n)));
  expect(committed()).toHaveLength(GROUP_WRITES_MAX);
  await Promise.all(writes.slice(0, GROUP_WRITES_MAX));
});

test('closing commits what waits', async () => {
  const { connection, write, committed } = await setup();
  const written = write('a');
  await connection.close();
  await written;
  expect(committed()).toEqual(['a']);
});
