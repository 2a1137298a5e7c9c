import { Sqlite } from '../../src/store/driver';
import { openStore } from '../../src/store/open';
import { openBench } from './setup';

/** What grows with the number of partitions, runs or calls. Tables of a few rows may be read whole. */
const LARGE = [
  'offpeak_checkpoint',
  'offpeak_checkpoint_version',
  'offpeak_run_partition',
  'offpeak_run_totals',
  'offpeak_call',
  'offpeak_ledger',
  'offpeak_ledger_job',
  'offpeak_hold',
  'offpeak_run',
];

/** Statements that read such a table whole, and may: nobody waits for them while calls go. */
const MAY_SCAN = [
  /FROM offpeak_checkpoint WHERE \(:job IS NULL OR job = :job\)/, // `state ls` shows them all
  /SELECT id FROM offpeak_run WHERE \(:states IS NULL .* ORDER BY slot_at_ms DESC, id DESC LIMIT \+:limit/, // until there are enough
  /SELECT MAX\(id\) FROM offpeak_call/, // a single step from the end
];

test('no statement of the store reads a table whole that grows without end', async () => {
  const bench = await openBench();
  const prepared = await preparedIn(bench.path);
  const db = new Sqlite(bench.path, { readonly: true });
  const scans = prepared
    .filter((source) => /^\s*(SELECT|WITH|UPDATE|DELETE|INSERT)/i.test(source))
    .filter((source) => !MAY_SCAN.some((allowed) => allowed.test(source.replace(/\s+/g, ' '))))
    .flatMap((source) => scansOf(db, source).map((scan) => `${scan}: ${source.replace(/\s+/g, ' ').trim()}`));
  const known = scansOf(db, 'SELECT * FROM offpeak_call c WHERE c.api = :api');
  db.close();
  await bench.remove();
  expect(known).toEqual(['SCAN c']); // such a statement is found
  expect(prepared.length).toBeGreaterThan(100);
  expect(scans).toEqual([]);
});

test('no statement of the store is compiled anew for every value of its limit', async () => {
  const bench = await openBench();
  const prepared = await preparedIn(bench.path);
  await bench.remove();
  // SQLite plans by the value of a bare parameter there, and so plans again each time that one is bound.
  expect(prepared.filter((source) => /\bLIMIT\s+:/i.test(source))).toEqual([]);
});

/** Every statement that a store prepares when it is opened. */
async function preparedIn(path: string): Promise<string[]> {
  const prepared: string[] = [];
  const prepare = Sqlite.prototype.prepare;
  const spy = jest.spyOn(Sqlite.prototype, 'prepare').mockImplementation(function (this: unknown, source: string) {
    prepared.push(source);
    return prepare.call(this, source);
  });
  const store = await openStore(path);
  spy.mockRestore();
  await store.close();
  return prepared;
}

/** A scan over a partial index is a search: it holds only what is looked for. */
function scansOf(db: InstanceType<typeof Sqlite>, source: string): string[] {
  const names = [...new Set(source.match(/(?<=:)[a-z]\w*/gi) ?? [])];
  const values = Object.fromEntries(names.map((name) => [name, null]));
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${source}`).all(values) as { detail: string }[];
  const aliases = aliasesOf(source);
  return steps.flatMap(({ detail }) => {
    const [, name = '', index] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? [];
    const isLarge = LARGE.includes(aliases.get(name) ?? name);
    return isLarge && !isPartial(db, index) ? [detail] : [];
  });
}

function aliasesOf(source: string): Map<string, string> {
  const pairs = [...source.matchAll(/(?:FROM|JOIN)\s+(offpeak_\w+)\s+(?:AS\s+)?([a-z])\b/g)];
  return new Map(pairs.map(([, table = '', alias = '']) => [alias, table]));
}

function isPartial(db: InstanceType<typeof Sqlite>, index: string | undefined): boolean {
  const found = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?").get(index ?? '');
  return /\bWHERE\b/.test((found as { sql: string | null } | undefined)?.sql ?? '');
}
