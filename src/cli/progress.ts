import { clearLine, cursorTo } from 'node:readline';
import { type LedgerUsage, leftOf } from '../limit/ledger';
import type { RunEvent } from '../run/event';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color } from './color';
import { LastWait } from './last-wait';
import { count, plain } from './print';
import { dayOf, type Project } from './project';
import { Seldom } from './seldom';

const REDRAW_MS = 250;
/** Without a terminal a line now and then is enough. */
const LINE_MS = 5_000;
/** Rates are over this span. */
const RATE_MS = 3_000;

export interface ProgressOptions {
  readonly project: Project;
  readonly usage: () => Promise<readonly LedgerUsage[]>;
}

/** Live progress on standard error: a line for what happens, and below it how fast it goes, what quota is left and what it waits for. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #live = process.stderr.isTTY;
  readonly #calls = new Rate();
  readonly #records = new Rate();
  readonly #ended = new AbortController();
  readonly #parked = new Set<string>();
  readonly #wait = new LastWait();
  readonly #usage: Seldom<readonly LedgerUsage[]>;
  #quota = '';
  #drawing: Promise<void> = Promise.resolve();

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#usage = new Seldom(options.usage, [], () => systemClock.monotonicMs());
  }

  start(): void {
    this.#drawing = this.#draw();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#drawing;
    this.#clear();
  }

  see(event: RunEvent): void {
    switch (event.kind) {
      case 'attempt':
        this.#wait.seeAttempt();
        return this.#calls.add(1);
      case 'waiting':
        return this.#wait.see(event, systemClock.monotonicMs());
      case 'page':
        return this.#records.add(event.records);
      case 'parked':
        this.#parked.add(nameOf(event));
        return this.say(
          `${color.yellow('parked')}    ${nameOf(event)}, resumes at ${this.#instant(event.job, event.untilMs)}  ${color.dim(plain(event.reason))}`,
        );
      case 'resumed':
        this.#parked.delete(nameOf(event));
        return this.say(`${color.cyan('resumed')}   ${nameOf(event)} at the same page`);
      case 'completed':
        return this.say(`${color.green('complete')}  ${nameOf(event)}`);
      case 'failed':
        return this.say(`${color.red('failed')}    ${nameOf(event)}  ${plain(event.reason)}`);
      case 'rewound':
        return this.say(
          `${color.yellow('rewound')}   ${nameOf(event)} to its bookmark  ${color.dim(plain(event.reason))}`,
        );
      case 'run-failed':
        return this.say(`${color.red('failed')}    ${event.job}  ${plain(event.reason)}`);
      case 'run-started':
        return this.say(
          `${event.resumed ? color.cyan('go on') : color.bold('start')}     ${event.run.job}, run ${event.run.id}`,
        );
      case 'run-ended':
      case 'interrupted':
        return;
    }
  }

  /** A line of its own, above the live one. What is not ours in it is plain already. */
  say(text: string): void {
    this.#clear();
    process.stderr.write(`${text}\n`);
  }

  async #draw(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await systemClock.sleep(this.#live ? REDRAW_MS : LINE_MS, signal);
      if (signal.aborted) return;
      this.#quota = quotaLeft(await this.#usage.answer());
      const line = this.#line();
      if (this.#live) {
        this.#clear();
        process.stderr.write(line.slice(0, (process.stderr.columns || 100) - 1));
      } else process.stderr.write(`${line}\n`);
    }
  }

  #line(): string {
    const parts = [
      `${this.#records.perSecond()} records/s`,
      `${this.#calls.perSecond()} calls/s`,
      `${count(this.#records.total)} records in ${count(this.#calls.total)} calls`,
      this.#quota,
      this.#parked.size > 0 ? `${this.#parked.size} parked` : '',
      this.#wait.text(systemClock.monotonicMs()),
    ];
    return `  ${parts.filter((part) => part !== '').join(' · ')}`;
  }

  #clear(): void {
    if (!this.#live) return;
    clearLine(process.stderr, 0);
    cursorTo(process.stderr, 0);
  }

  #instant(job: string, atMs: number): string {
    return formatInstant(atMs, dayOf(this.#options.project, job));
  }
}

function nameOf({ job, partition }: { job: string; partition: string }): string {
  return plain(`${job}/${partition}`);
}

/** The tightest budget of every platform. */
function quotaLeft(usage: readonly LedgerUsage[]): string {
  const tightest = new Map<string, LedgerUsage>();
  for (const row of usage) {
    const known = tightest.get(row.platform);
    if (!known || leftOf(row) < leftOf(known)) tightest.set(row.platform, row);
  }
  return [...tightest.values()].map((row) => `${row.platform} ${row.budget} ${count(leftOf(row))} left`).join(', ');
}

/** A total, and how fast it grew of late. */
class Rate {
  total = 0;
  #recent: { atMs: number; amount: number }[] = [];

  add(amount: number): void {
    this.total += amount;
    this.#recent.push({ atMs: systemClock.monotonicMs(), amount });
  }

  perSecond(): string {
    const sinceMs = systemClock.monotonicMs() - RATE_MS;
    this.#recent = this.#recent.filter(({ atMs }) => atMs >= sinceMs);
    const sum = this.#recent.reduce((total, { amount }) => total + amount, 0);
    return count(Math.round((sum * 1_000) / RATE_MS));
  }
}
