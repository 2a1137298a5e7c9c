import assert from 'node:assert/strict';
import type { Drawn } from '../../src/job/attempt';
import { scopeKey } from '../../src/job/scope';
import { type Block, type BlockRequest, grantOf, type Reservation } from '../../src/limit/ledger';
import type { QuotaSource } from '../../src/limit/refill';
import type { Clock } from '../../src/time/clock';

interface Row {
  readonly counter: string;
  drawn: number;
  readonly endMs: number;
  /** Of a slice: how long it counts after its end. */
  readonly spanMs: number | null;
}

export interface FakeLedger extends QuotaSource {
  /** What was asked for, one list for each transaction. */
  readonly requests: (readonly BlockRequest[])[];
  /** What the answers granted, in order. */
  readonly granted: number[];
  readonly givenBack: Drawn[];
  /** The next transactions fail. */
  failing: boolean;
  /** How long a transaction takes. */
  latencyMs: number;
  /** What is drawn from a counter over all its windows. */
  drawn(budget: string): number;
  /** Somebody with the same store draws on every window that is known. */
  spend(amount: number): void;
}

/** A ledger in memory that counts as the one in SQLite does: whatever a process that died had reserved stays drawn. */
export function fakeLedger(clock: Clock): FakeLedger {
  const rows = new Map<string, Row>();
  const keyOf = (counter: string, windowKey: string): string => `${counter}|${windowKey}`;

  const rowOf = ({ draw, window }: BlockRequest): Row => {
    const counter = `${draw.budget.name}|${scopeKey(draw.scope)}`;
    const key = keyOf(counter, window.key);
    const { countsFromMs } = window;
    const spanMs = countsFromMs === undefined ? null : clock.nowMs() - countsFromMs;
    const row = rows.get(key) ?? { counter, drawn: 0, endMs: window.endMs, spanMs };
    rows.set(key, row);
    return row;
  };

  const counting = (row: Row, { window: { countsFromMs } }: BlockRequest): Row[] =>
    countsFromMs === undefined
      ? [row]
      : [...rows.values()].filter(({ counter, endMs }) => counter === row.counter && endMs > countsFromMs);

  const freeAtMs = (row: Row, request: BlockRequest): number => {
    if (row.spanMs === null) return row.endMs;
    const slices = counting(row, request).sort((a, b) => a.endMs - b.endMs);
    let left = request.draw.budget.limit - slices.reduce((sum, { drawn }) => sum + drawn, 0);
    for (const { endMs, drawn } of slices) {
      left += drawn;
      if (left >= request.needed) return endMs + row.spanMs;
    }
    return row.endMs + row.spanMs;
  };

  const reserve = (requests: readonly BlockRequest[]): Reservation => {
    const taken: { row: Row; block: Block }[] = [];
    for (const request of requests) {
      const row = rowOf(request);
      const sum = counting(row, request).reduce((total, { drawn }) => total + drawn, 0);
      const left = Math.max(0, request.draw.budget.limit - sum);
      const amount = grantOf(request, left);
      if (amount === 0) {
        for (const { row: undone, block } of taken) undone.drawn -= block.drawn.amount;
        return { kind: 'spent', request, freeAtMs: freeAtMs(row, request) };
      }
      row.drawn += amount;
      const { draw, window } = request;
      const drawn = {
        platform: 'p',
        budget: draw.budget.name,
        scopeKey: scopeKey(draw.scope),
        windowKey: window.key,
        amount,
      };
      taken.push({ row, block: { drawn, left: left - amount } });
    }
    return { kind: 'reserved', blocks: taken.map(({ block }) => block) };
  };

  const ledger: FakeLedger = {
    requests: [],
    granted: [],
    givenBack: [],
    failing: false,
    latencyMs: 0,
    reserve: async (blocks) => {
      if (ledger.latencyMs > 0) await clock.sleep(ledger.latencyMs);
      await Promise.resolve();
      if (ledger.failing) throw new Error('the disk is full');
      ledger.requests.push(blocks);
      const answer = reserve(blocks);
      if (answer.kind === 'reserved') ledger.granted.push(...answer.blocks.map(({ drawn }) => drawn.amount));
      return answer;
    },
    giveBack: async (unused) => {
      await Promise.resolve();
      if (ledger.failing) throw new Error('the disk is full');
      for (const drawn of unused) {
        const row = rows.get(keyOf(`${drawn.budget}|${drawn.scopeKey}`, drawn.windowKey));
        assert.ok(row && row.drawn >= drawn.amount, 'given back without a reservation');
        row.drawn -= drawn.amount;
        ledger.givenBack.push(drawn);
      }
    },
    drawn: (budget) =>
      [...rows.values()]
        .filter(({ counter }) => counter.startsWith(`${budget}|`))
        .reduce((sum, { drawn }) => sum + drawn, 0),
    spend: (amount) => {
      for (const row of rows.values()) row.drawn += amount;
    },
  };
  return ledger;
}
