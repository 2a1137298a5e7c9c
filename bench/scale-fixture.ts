import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sqlite } from '../src/store/driver';
import { openStore } from '../src/store/open';

export const JOB = 'orders';
/** The run that is not over: half of its partitions are done, most others parked, the rest waits. */
export const OPEN_RUN = 2;

const SLOT_MS = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;

/** A project with a store of this size, made by SQL: two runs over all partitions, their checkpoints, and a call log. */
export async function makeScaleProject(size: { partitions: number; callRows: number }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-scale-'));
  await mkdir(join(directory, 'data'));
  await mkdir(join(directory, 'jobs'));
  await writeFile(join(directory, 'offpeak.config.ts'), CONFIG);
  await writeFile(join(directory, 'jobs', 'orders.ts'), jobFile(size.partitions));
  const path = join(directory, 'data', 'offpeak.db');
  await (await openStore(path)).close();
  const db = new Sqlite(path);
  // A fixture: nothing is lost that cannot be made again.
  for (const pragma of ['synchronous = OFF', 'journal_mode = MEMORY', 'cache_size = -500000', 'foreign_keys = OFF'])
    db.pragma(pragma);
  withoutIndexes(db, () => fill(db, size));
  db.pragma('journal_mode = WAL');
  db.close();
  return directory;
}

/** Indexes are sorted once, at the end; triggers would keep totals row by row. */
function withoutIndexes(db: InstanceType<typeof Sqlite>, work: () => void): void {
  const made = db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of made) db.exec(`DROP ${type} ${name}`);
  work();
  for (const { sql } of made) db.exec(sql);
}

function fill(
  db: InstanceType<typeof Sqlite>,
  { partitions, callRows }: { partitions: number; callRows: number },
): void {
  const numbers = (count: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ${count})`;
  db.transaction(() => {
    db.exec(`
      INSERT INTO offpeak_run (id, job, slot_at_ms, kind, state, started_at_ms, ended_at_ms) VALUES
        (1, '${JOB}', ${SLOT_MS}, 'schedule', 'done', ${SLOT_MS}, ${SLOT_MS + 3_600_000}),
        (${OPEN_RUN}, '${JOB}', ${SLOT_MS + DAY_MS}, 'schedule', 'parked', ${SLOT_MS + DAY_MS}, NULL);
      ${numbers(partitions)} INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state, pages, attempts)
        SELECT 1, 'shop-' || i, i, json_object('user', 'shop-' || i), 'done', 3, 3 FROM n;
      ${numbers(partitions)} INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state, pages, parked_until_ms, reason)
        SELECT ${OPEN_RUN}, 'shop-' || i, i, json_object('user', 'shop-' || i),
          CASE WHEN i % 2 = 0 THEN 'done' WHEN i % 100 = 1 THEN 'failed' WHEN i % 10 = 9 THEN 'waiting' ELSE 'parked' END,
          1, CASE WHEN i % 2 = 0 OR i % 100 = 1 OR i % 10 = 9 THEN NULL ELSE 4000000000000 END, 'app-day is spent' FROM n;
      ${numbers(partitions)} INSERT INTO offpeak_checkpoint (job, partition, cursor, bookmark, version, fence, status, updated_at_ms)
        SELECT '${JOB}', 'shop-' || i, '{"page":1}', '{"page":1}', 1, 0, 'idle', ${SLOT_MS} FROM n;
      INSERT INTO offpeak_checkpoint_version (job, partition, version, cursor, bookmark, change, at_ms)
        SELECT job, partition, 1, cursor, bookmark, 'page', updated_at_ms FROM offpeak_checkpoint ORDER BY job, partition;
      ${numbers(callRows)} INSERT INTO offpeak_call (run_id, job, partition, platform, api, scope_key, attempt, sent_at_ms,
          duration_ms, status, reply_bytes, outcome)
        SELECT 1 + i % 2, '${JOB}', 'shop-' || (i % ${partitions}), 'shop', 'open.order.cursor.list', 'user=shop-' || (i % ${partitions}),
          1, ${SLOT_MS} + i, 20, 200, 2048, 'ok' FROM n;
      INSERT INTO offpeak_run_totals (run_id, waiting, parked, done, failed, pages, attempts)
        SELECT run_id, SUM(state = 'waiting'), SUM(state = 'parked'), SUM(state = 'done'), SUM(state = 'failed'),
          SUM(pages), SUM(attempts) FROM offpeak_run_partition GROUP BY run_id;`);
  })();
}

const CONFIG = `import { defineConfig, kuaishou, secret } from 'offpeak';
export default defineConfig({
  platforms: { shop: kuaishou({ appKey: 'ks0', signSecret: secret('env:SCALE_SECRET'), tokens: { 1: secret('env:SCALE_SECRET') }, baseUrl: 'http://127.0.0.1:9' }) },
});
`;

function jobFile(partitions: number): string {
  return `import { defineJob, upsert, z } from 'offpeak';
export default defineJob({
  name: '${JOB}',
  platform: 'shop',
  schedule: { cron: '10 3 * * *', timezone: 'Asia/Shanghai' },
  partitions: async function* () {
    for (let n = 0; n < ${partitions}; n += 1) yield { key: 'shop-' + n, scope: { user: 'shop-' + n } };
  },
  cursor: z.object({ page: z.number() }),
  initial: () => ({ page: 0 }),
  async *pages({ cursor }) {
    yield { records: [], cursor: { page: cursor.page + 1 } };
  },
  sink: upsert('orders', { key: 'oid' }),
});
`;
}
