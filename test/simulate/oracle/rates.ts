import type { Budget } from '../../../src/limit/budget';
import type { Journal } from '../journal';
import type { PlatformServer } from '../server';

/**
 * I3 for rolling windows: by the true time at which calls leave, across ends, starts, take-overs and wrong clocks. As they
 * arrive they may be nearer together: what the guard learns of the way comes from refusals, which these servers never make.
 */
export class RatesOracle {
  readonly #journal: Journal;
  readonly #sent = new Map<string, number[]>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** A call that these budgets count. */
  sent(server: PlatformServer, budgets: readonly Budget[], nowMs: number): void {
    const sent = this.#sent.get(server.name) ?? [];
    this.#sent.set(server.name, sent);
    sent.push(nowMs);
    let longestMs = 0;
    for (const { name, per, limit } of budgets) {
      if (typeof per === 'string' || !('rollingMs' in per)) continue;
      longestMs = Math.max(longestMs, per.rollingMs);
      const count = sent.filter((atMs) => atMs > nowMs - per.rollingMs).length;
      if (count > limit)
        this.#journal.violated('I3', `${server.name} ${name}: ${count} of ${limit} within ${per.rollingMs} ms`);
    }
    while (sent[0] !== undefined && sent[0] <= nowMs - longestMs) sent.shift();
  }
}
