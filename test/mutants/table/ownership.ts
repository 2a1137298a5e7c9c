import type { Mutant } from '../mutant';

/** What lets two processes write, or loses what a dead one left. */
export const OWNERSHIP_MUTANTS: readonly Mutant[] = [
  {
    name: 'any process may write',
    file: 'src/store/lease.ts',
    find: 'if (row?.fence === fence && row.released === 0) return;',
    replace: 'if (row?.released === 0) return;',
    breaks: 'G5',
    killedBy: 'simulate',
  },
  {
    name: 'no fence is checked at a reservation',
    file: 'src/store/ledger.ts',
    find: `      this.#lease.assertHeld(fence);
      const taken: Block[] = [];`,
    replace: '      const taken: Block[] = [];',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'no fence is checked at a page',
    file: 'src/store/turn.ts',
    find: `    lease.assertHeld(fence);
    partitions.count(claim, { pages: 1,`,
    replace: '    partitions.count(claim, { pages: 1,',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'no fence is checked at a claim',
    file: 'src/store/turn.ts',
    find: `    lease.assertHeld(fence);
    partitions.claim(claim, nowMs);`,
    replace: '    partitions.claim(claim, nowMs);',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'no fence is checked at the end of a turn',
    file: 'src/store/turn.ts',
    find: '    lease.assertHeld(claim.fence);\n',
    replace: '',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'no fence is checked where slots are decided and runs begin and end',
    file: 'src/store/run-store.ts',
    find: `      this.#tables.lease.assertHeld(fence);
      return work();`,
    replace: '      return work();',
    breaks: 'G5',
    killedBy: 'simulate',
  },
  {
    name: 'no fence is checked at a hold',
    file: 'src/store/hold.ts',
    find: '      this.#lease.assertHeld(fence);\n',
    replace: '',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a lease is taken over before its end',
    file: 'src/store/lease.ts',
    find: 'nowMs < row.expires_at_ms &&',
    replace: 'nowMs < row.expires_at_ms - LEASE_TTL_MS / 2 &&',
    breaks: 'G5',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a new holder has the fence of the old one',
    file: 'src/store/lease.ts',
    find: 'const fence = (row?.fence ?? 0) + 1;',
    replace: 'const fence = row?.fence ?? 1;',
    breaks: 'G5',
    killedBy: 'simulate',
  },
  {
    name: 'a renewal that is refused is not noticed',
    file: 'src/run/lease.ts',
    find: 'if (renewed === false) return false;',
    replace: '',
    breaks: 'G5',
    killedBy: 'test/run/lease.test.ts',
  },
  {
    name: 'what a dead process ran is not queued again',
    file: 'src/store/run-store.ts',
    find: '      runs.interruptAll();\n',
    replace: '',
    breaks: 'G6',
    killedBy: 'simulate',
  },
  {
    name: 'the partitions of a dead process stay running',
    file: 'src/store/run-store.ts',
    find: '      partitions.interruptAll();\n',
    replace: '',
    breaks: 'G6',
    killedBy: 'simulate',
  },
  {
    name: 'a crash costs the order of an operator',
    file: 'src/run/orders.ts',
    find: "for (const { kind, filter } of taken) if (kind === 'unpark') await orders.redo(filter, about, fence);",
    replace: '',
    breaks: 'G8',
    killedBy: 'test/run/restored.test.ts',
  },
];
