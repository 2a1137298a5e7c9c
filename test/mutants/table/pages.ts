import type { Mutant } from '../mutant';

/** What breaks pages, cursors and bookmarks. */
export const PAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the cursor is committed a page before the records',
    file: 'src/store/turn.ts',
    find: 'if (write.upsert) records.upsert({ table: write.upsert.table, rows: write.upsert.rows, job, partition, nowMs });',
    replace: `const turns = this as unknown as { late?: () => void };
    turns.late?.();
    turns.late = () => write.upsert && records.upsert({ ...write.upsert, job, partition, nowMs });`,
    breaks: 'G1',
    killedBy: 'simulate',
  },
  {
    name: 'the cursor is committed without records',
    file: 'src/store/turn.ts',
    find: 'if (write.upsert) records.upsert({',
    replace: 'if (write.upsert && recordCount === 0) records.upsert({',
    breaks: 'G1',
    killedBy: 'simulate',
  },
  {
    name: 'records are committed without the cursor',
    file: 'src/store/turn.ts',
    find: 'checkpoints.movePage({ job, partition: name, version, fence, cursor, sinkState: write.state, nowMs });',
    replace: `checkpoints.movePage({
      job,
      partition: name,
      version,
      fence,
      cursor: checkpoints.require(job, name).cursor ?? cursor,
      sinkState: write.state,
      nowMs,
    });`,
    breaks: 'G1',
    killedBy: 'simulate',
  },
  {
    name: 'a page is passed over after a stop',
    file: 'src/run/partition.ts',
    find: 'const committed = await this.#commit(next.value);',
    replace: 'const committed = this.#calls.interruption ? CUT : await this.#commit(next.value);',
    breaks: 'G2',
    killedBy: 'test/run/stop.test.ts',
  },
  {
    name: 'a rejected cursor is asked for again',
    file: 'src/store/turn.ts',
    find: "checkpoints.move({ job, partition, cursor: bookmark, bookmark, change: 'rewind', nowMs });",
    replace: "checkpoints.move({ job, partition, cursor, bookmark, change: 'rewind', nowMs });",
    breaks: 'G2',
    killedBy: 'test/run/rewind.test.ts',
  },
  {
    name: 'a rejected cursor sends the partition to its very beginning',
    file: 'src/store/turn.ts',
    find: "checkpoints.move({ job, partition, cursor: bookmark, bookmark, change: 'rewind', nowMs });",
    replace: "checkpoints.move({ job, partition, cursor: null, bookmark: null, change: 'rewind', nowMs });",
    breaks: 'G2',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a failure moves the bookmark',
    file: 'src/store/turn.ts',
    find: `      case 'complete':
        if (cursor === bookmark) return;`,
    replace: `      case 'fail':
      case 'complete':
        if (cursor === bookmark) return;`,
    breaks: 'G2',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'the bookmark stays where it was',
    file: 'src/store/turn.ts',
    find: 'checkpoints.move({ job, partition, cursor, bookmark: cursor, change:',
    replace: 'checkpoints.move({ job, partition, cursor, bookmark, change:',
    breaks: 'G2',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a page that could not be committed counts as committed',
    file: 'src/run/partition.ts',
    find: `      tally.restore(settlement);
      throw thrown;`,
    replace: `      tally.restore(settlement);
      return 'committed';`,
    breaks: 'G7',
    killedBy: 'test/run/full-disk.test.ts',
  },
  {
    name: 'a commit may be lost with the power',
    file: 'src/store/database.ts',
    find: "  db.pragma('synchronous = FULL');\n",
    replace: '',
    breaks: 'G6',
    killedBy: 'test/store/open.test.ts',
  },
  {
    name: 'an edit by hand wins over what came meanwhile',
    file: 'src/store/checkpoint-store.ts',
    find: 'if (found !== version) throw conflict(',
    replace: 'if (found < version) throw conflict(',
    breaks: 'G8',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'an edit by hand leaves the bookmark ahead',
    file: 'src/store/checkpoint-store.ts',
    find: 'return this.#checkpoints.move({ job, partition, cursor, bookmark: cursor, change, nowMs });',
    replace: `const bookmark = current?.bookmark ?? cursor;
      return this.#checkpoints.move({ job, partition, cursor, bookmark, change, nowMs });`,
    breaks: 'G8',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a store is changed without a backup',
    file: 'src/store/migrate.ts',
    find: "if (version > 0 && beforeMigration === 'back up') backUp(",
    replace: "if (version < 0 && beforeMigration === 'back up') backUp(",
    breaks: 'G10',
    killedBy: 'test/store/migrate.test.ts',
  },
  {
    name: 'a commit that fails is told as done to all who share it',
    file: 'src/store/group-commit.ts',
    find: 'for (const { reject } of writes) reject(thrown);',
    replace: 'for (const { resolve } of writes) resolve(thrown);',
    breaks: 'G1',
    killedBy: 'test/store/group-commit.test.ts',
  },
  {
    name: 'a write that fails leaves its half in the commit of the others',
    file: 'src/store/group-commit.ts',
    find: 'value: this.#savepoint(work)',
    replace: 'value: work()',
    breaks: 'G1',
    killedBy: 'test/store/group-commit.test.ts',
  },
];
