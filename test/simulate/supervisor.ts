import type { Project } from '../../src/cli/project';
import { chanceOf } from '../../src/schedule/chance';
import type { Store } from '../../src/store/open';
import type { VirtualClock } from '../../src/time/virtual-clock';
import type { Computer } from './computer';
import type { Journal } from './journal';
import type { Network } from './network';
import { SimulatedProcess, type Watcher } from './process';

/** pm2 kills what has not ended by itself. */
const KILL_MS = 30_000;
const START_DELAY_MS = 2_000;
/** Between starts that fail one after the other. */
const START_DELAY_MS_MAX = 1_800_000;
const MINUTE_MS = 60_000;
/** What a process may end with by itself. */
const EXPECTED = /the disk is full|with fence \d+/;

export type Place = 'here' | 'elsewhere';

export interface SupervisorOptions {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly computer: Computer;
  readonly network: Network;
  readonly journal: Journal;
  readonly project: () => Project;
  readonly openStore: (pid: number, place: Place) => Promise<Store>;
  readonly watcher: () => Watcher;
  /** A process began, or goes on after a while. */
  readonly onFresh: () => void;
  readonly onStart: () => void;
  /** A process is gone, without order but for `stopped`. */
  readonly onGone: (how: 'crashed' | 'stopped' | 'failed') => void;
}

interface ArmedCrash {
  readonly at: string;
  /** Passes that it lives through. */
  readonly skips: number;
  readonly downMs: number;
}

/** Starts the processes of Offpeak, ends them in every way, and starts them again. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes = new Map<number, SimulatedProcess>();
  #armed: ArmedCrash | null = null;
  #pids = 0;
  #downMs = START_DELAY_MS;
  /** Grows while starts fail. */
  #failedDelayMs = START_DELAY_MS;
  crashes = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  find(pid: number): SimulatedProcess | undefined {
    return this.#processes.get(pid);
  }

  /** Who runs the jobs; null while nobody does. */
  get holder(): SimulatedProcess | null {
    return this.#alive.filter(({ engine }) => engine !== null).at(-1) ?? null;
  }

  async start(place: Place = 'here'): Promise<void> {
    const { computer, clock, network, seed, project, openStore, journal } = this.#options;
    if (computer.isSuspended) await computer.awake();
    const pid = (this.#pids += 1);
    const store = await openStore(pid, place);
    const random = chanceOf(seed + pid);
    const watcher = this.#options.watcher();
    const parts = { pid, place, store, clock, computer, network, random, watcher };
    const process = new SimulatedProcess({ ...parts, project: project() });
    this.#processes.set(pid, process);
    journal.tell('process', `${pid} ${place}`);
    process.start();
    this.#options.onStart();
    this.#options.onFresh();
  }

  /** The process that runs the jobs dies at its next pass of a step. */
  armCrash(armed: ArmedCrash | null): void {
    this.#armed = armed;
  }

  diesAt(process: SimulatedProcess, at: string): boolean {
    const armed = this.#armed;
    if (armed?.at !== at) return false;
    this.#armed = armed.skips > 0 ? { ...armed, skips: armed.skips - 1 } : null;
    if (this.#armed) return false;
    this.#buried(process, armed.downMs);
    return true;
  }

  kill(downMs: number): void {
    const process = this.holder;
    if (!process) return;
    process.kill();
    this.#buried(process, downMs);
  }

  /** An orderly stop, and a start after a while. */
  restart(downMs: number): void {
    if (this.holder) this.#restart(this.holder, downMs);
  }

  /** Those that stand by, too: they know the files of the project as they were. */
  restartAll(downMs: number): void {
    for (const process of this.#alive) this.#restart(process, downMs);
  }

  #restart(process: SimulatedProcess, downMs: number): void {
    this.#downMs = downMs;
    process.stop();
    this.#after(KILL_MS, () => {
      if (!process.isAlive) return;
      process.kill();
      this.#buried(process, downMs);
    });
  }

  freeze(forMs: number): void {
    const process = this.holder;
    if (!process || process.isFrozen) return;
    process.freeze();
    this.#after(forMs, () => {
      process.thaw();
      this.tickSoon();
      this.#after(MINUTE_MS, () => this.#endStandBys());
    });
  }

  async startStandBy(place: Place): Promise<void> {
    if (this.#alive.length < 2) await this.start(place);
  }

  /** Before somebody asks for the lease: what the renewals of every few seconds have done. */
  async renewOthers(process: SimulatedProcess): Promise<void> {
    for (const other of this.#alive) if (other !== process) await other.renewIfAlive();
  }

  /** A process came to its end by itself. */
  ended(process: SimulatedProcess, why: string): void {
    this.#options.journal.tell('ended', `${process.pid} ${why}`);
    const isStopped = why === 'stopped';
    if (!isStopped && !EXPECTED.test(why)) this.#options.journal.violated('ended', `process ${process.pid}: ${why}`);
    const downMs = isStopped ? this.#downMs : this.#failedDelayMs;
    this.#downMs = START_DELAY_MS;
    this.#failedDelayMs = isStopped ? START_DELAY_MS : Math.min(START_DELAY_MS_MAX, this.#failedDelayMs * 2);
    this.#options.onGone(isStopped ? 'stopped' : 'failed');
    this.#startAfter(downMs);
  }

  /** The minute's tick that a daemon gets, after its clock was moved. */
  tickSoon(): void {
    this.#options.onFresh();
    this.#after(1_000, () => {
      for (const process of this.#alive) process.tick();
    });
  }

  /** Nothing of any process goes on. */
  end(): void {
    for (const process of this.#alive) process.kill();
  }

  get #alive(): SimulatedProcess[] {
    return [...this.#processes.values()].filter(({ isAlive }) => isAlive);
  }

  #buried({ pid }: SimulatedProcess, downMs: number): void {
    this.crashes += 1;
    this.#options.journal.tell('crash', String(pid));
    this.#options.onGone('crashed');
    this.#startAfter(downMs);
  }

  #startAfter(downMs: number): void {
    this.#after(downMs, async () => {
      for (const [pid, process] of this.#processes) if (!process.isAlive) this.#processes.delete(pid);
      if (this.#alive.length === 0) await this.start();
    });
  }

  /** One that was needed for a while only. */
  #endStandBys(): void {
    const alive = this.#alive;
    if (alive.length > 1) for (const process of alive) if (process.engine === null) process.stop();
  }

  #after(ms: number, act: () => void | Promise<void>): void {
    void this.#options.clock.sleep(ms).then(act);
  }
}
