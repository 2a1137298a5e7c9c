import type { Journal } from '../journal';
import type { PlatformServer } from '../server';

/** What was put down may go on so long after the reset and its guard. */
const LATE_MS_MAX = 60_000;
/** As long as a wrong clock, or a sleep, may leave something parked beyond a reset: what was put down in doubt waits a day. */
const DOUBT_MS = 26 * 3_600_000;
/** Parks that wait for something other than a quota begin so. */
const OF_HOURS = 'its hours closed';

/** A partition that was put down. */
export interface Parked {
  readonly name: string;
  readonly server: PlatformServer;
  readonly resetGuardMs: number;
  readonly untilMs: number;
  readonly reason: string;
}

/** I5: what a quota has put down waits for the reset of the platform's own day, and no longer. */
export class ParksOracle {
  readonly #journal: Journal;
  #doubtUntilMs = -Infinity;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Nobody could tell the time. */
  doubted(nowMs: number): void {
    this.#doubtUntilMs = nowMs + DOUBT_MS;
  }

  parked({ name, server, resetGuardMs, untilMs, reason }: Parked, nowMs: number): void {
    const { key, endMs } = server.ledger.at(nowMs);
    if (reason.startsWith(OF_HOURS) || nowMs < this.#doubtUntilMs) return;
    const lateMs = untilMs - endMs - resetGuardMs;
    if (lateMs > LATE_MS_MAX)
      this.#journal.violated(
        'I5',
        `${name} is parked ${lateMs} ms beyond the reset of ${server.name} ${key}: ${reason}`,
      );
  }
}
