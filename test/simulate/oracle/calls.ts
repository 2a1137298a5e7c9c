import type { Job } from '../../../src/job/parse';
import type { Claim } from '../../../src/job/run';
import type { LedgerUsage } from '../../../src/limit/ledger';
import { nextOpenMs } from '../../../src/schedule/hours';
import type { HoursOf } from '../../../src/schedule/job-hours';
import type { Journal } from '../journal';
import type { PlatformServer } from '../server';

/** Calls that may be in flight together when a quota turns out to be gone. */
const REFUSED_TOGETHER_MAX = 5;

/** I3, I8 and the ledger: what the servers count against what is allowed, and calls against hours. */
export class CallsOracle {
  readonly #journal: Journal;
  /** Partitions whose present turn, or page, began outside the hours of their job, though hours bind it. */
  readonly #closed = new Map<string, boolean>();
  /** After how many events a quota that is gone may be asked again: unparks, and ends without order. */
  readonly #askedAgain = new Map<string, number>();
  /** Calls of a server's day that may stand in the ledger of another day, or above what is allowed: see `mayGoAstray`. */
  readonly #astray = new Map<string, number>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** A turn, or with `pause` a page, begins. */
  began({ job, partition }: Pick<Claim, 'job' | 'partition'>, isOpen: boolean): void {
    this.#closed.set(`${job}/${partition}`, !isOpen);
  }

  static isOpen(job: Job, hoursOf: HoursOf, nowMs: number): boolean {
    return job.schedule?.onWindowEnd === 'ignore' || nextOpenMs(hoursOf(job), nowMs) <= nowMs;
  }

  sent(name: string, isOpen: boolean): void {
    this.#journal.tell('sent', name);
    if (!isOpen && this.#closed.get(name)) this.#journal.violated('I8', `${name}: a call outside of its hours`);
  }

  arrived(server: PlatformServer, limit: number, nowMs: number): void {
    const day = server.ledger.at(nowMs);
    this.#journal.tell('arrived', `${server.name} ${day.key} ${day.ours}`);
    if (day.ours > limit + this.#astrayOn(server, day.key))
      this.#journal.violated('I3', `${server.name} ${day.key}: attempt ${day.ours} of ${limit}`);
    const refusedMax = REFUSED_TOGETHER_MAX * (1 + (this.#askedAgain.get(server.name + day.key) ?? 0));
    if (day.refused > refusedMax)
      this.#journal.violated('I3', `${server.name} ${day.key}: ${day.refused} calls to a quota that is gone`);
  }

  /** What was put down may be tried once more. */
  mayAskAgain(server: PlatformServer, nowMs: number): void {
    const key = server.name + server.ledger.at(nowMs).key;
    this.#askedAgain.set(key, (this.#askedAgain.get(key) ?? 0) + 1);
  }

  /**
   * While the clock is wrong, what was sent and not answered dies with its process before a date in the reply can correct its
   * day; and a process that starts so makes one call before it hears a date.
   */
  mayGoAstray(server: PlatformServer, calls: number, nowMs: number): void {
    const { key } = server.ledger.at(nowMs);
    this.#astray.set(server.name + key, this.#astrayOn(server, key) + calls);
  }

  #astrayOn({ name }: PlatformServer, key: string): number {
    return this.#astray.get(name + key) ?? 0;
  }

  /** The ledger may count more than the server, never less. */
  checkLedger(server: PlatformServer, usages: readonly LedgerUsage[], nowMs: number): void {
    const day = server.ledger.at(nowMs);
    const usage = usages.find(({ platform, budget, endMs }) => {
      return platform === server.name && budget === 'app-day' && endMs === day.endMs;
    });
    const counted = (usage?.used ?? 0) + (usage?.reserved ?? 0);
    if (counted + this.#astrayOn(server, day.key) < day.ours)
      this.#journal.violated(
        'ledger',
        `${server.name} ${day.key}: ${counted} in the ledger, ${day.ours} at the server`,
      );
  }
}
