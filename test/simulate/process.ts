import { type Engine, openEngineWhenFree } from '../../src/cli/engine';
import type { Project } from '../../src/cli/project';
import { messageOf } from '../../src/errors';
import { isLease, type Lease, type LeaseHolder } from '../../src/job/lease';
import type { HttpRequest } from '../../src/platform/platform';
import type { RunEvent } from '../../src/run/event';
import { type StopControl, stopControl } from '../../src/run/stop';
import { openDirectQueue } from '../../src/simulation/direct-queue';
import type { Store } from '../../src/store/open';
import type { Clock } from '../../src/time/clock';
import type { VirtualClock } from '../../src/time/virtual-clock';
import { silent } from '../run/setup';
import type { Computer } from './computer';
import { guardedStore, type Passage, type StoreCall } from './guarded-store';
import type { Network } from './network';
import type { PlatformServer, ServedPage } from './server';

export interface ProcessOptions {
  readonly pid: number;
  /** In the same place the end of a process is known at once; elsewhere its lease must end first. */
  readonly place: string;
  readonly project: Project;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly computer: Computer;
  readonly network: Network;
  readonly random: () => number;
  readonly watcher: Watcher;
}

/** Who looks on while processes live. */
export interface Watcher {
  /** True when the process is to die at this step. */
  diesAt(process: SimulatedProcess, at: string): boolean;
  /** It is about to ask for the lease. */
  beforeAcquire(process: SimulatedProcess): Promise<void>;
  did(process: SimulatedProcess, call: StoreCall): void;
  sent(process: SimulatedProcess, server: PlatformServer, request: HttpRequest): void;
  arrived(process: SimulatedProcess, server: PlatformServer): void;
  received(process: SimulatedProcess, page: ServedPage): void;
  happened(process: SimulatedProcess, event: RunEvent): void;
  ended(process: SimulatedProcess, why: string): void;
}

const STOP_MS = 5_000;
/** No timer is finer: one that is would be lost in the rounding of the clock, and wake for ever at the same instant. */
const TIMER_MS = 0.01;
const NEVER = new Promise<never>(() => undefined);
/** Coarser than a daemon's own: thousands of looks that find nothing would be most of the work. `tick` brings the next forward. */
const HEARTBEAT_MS = 6 * 3_600_000;

/** One process of Offpeak: the production engine, which may die or stand still wherever it meets the world. */
export class SimulatedProcess implements Passage {
  readonly pid: number;
  readonly place: string;
  readonly project: Project;
  readonly beganAtMs: number;
  readonly #options: ProcessOptions;
  readonly #stop: StopControl;
  readonly #thawed: (() => void)[] = [];
  readonly #leases: Store['lease'];
  #state: 'runs' | 'frozen' | 'ended' = 'runs';
  #engine: Engine | null = null;
  #beat = new AbortController();
  fence: number | null = null;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.pid = options.pid;
    this.place = options.place;
    this.project = options.project;
    this.beganAtMs = options.clock.nowMs();
    this.#stop = stopControl(this.#clock(), STOP_MS);
    this.#leases = options.store.lease;
  }

  get isAlive(): boolean {
    return this.#state !== 'ended';
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  /** Null while it stands by. */
  get engine(): Engine | null {
    return this.#engine;
  }

  get isDiskFull(): boolean {
    return this.#options.computer.isDiskFull;
  }

  start(): void {
    void this.#live().then(
      () => this.#end('stopped'),
      (thrown: unknown) => this.#end(messageOf(thrown)),
    );
  }

  /** Nothing of it goes on. */
  kill(): void {
    this.#state = 'ended';
  }

  /** What SIGSTOP does. */
  freeze(): void {
    if (this.#state === 'runs') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'runs';
    for (const thaw of this.#thawed.splice(0)) thaw();
  }

  /** An orderly end. */
  stop(): void {
    this.#stop.request('an operator stops it');
  }

  /** What a daemon does every few seconds: it takes orders, and looks for what is due. */
  tick(): void {
    if (this.#state !== 'runs') return;
    const beat = this.#beat;
    this.#beat = new AbortController();
    beat.abort();
    this.#engine?.scheduler.wake();
  }

  /** A daemon renews every few seconds; here that is made up for when somebody looks at the lease. */
  async renewIfAlive(): Promise<void> {
    const { computer } = this.#options;
    if (this.fence === null || this.#state !== 'runs' || computer.isSuspended || computer.isDiskFull) return;
    await this.#leases.renew(this.fence, computer.nowMs());
  }

  async passes(at: string): Promise<void> {
    const { watcher } = this.#options;
    if (at === 'lease.acquire before') await watcher.beforeAcquire(this);
    if (this.#state === 'runs' && watcher.diesAt(this, at)) this.kill();
    await this.#goesOn();
  }

  did(call: StoreCall): void {
    if (call.name === 'lease.acquire') {
      const lease = call.result as Lease | LeaseHolder;
      if (isLease(lease)) this.fence = lease.fence;
    }
    this.#options.watcher.did(this, call);
  }

  async #goesOn(): Promise<void> {
    for (;;) {
      if (this.#state === 'ended') return NEVER;
      if (this.#state === 'frozen') await new Promise<void>((resolve) => this.#thawed.push(resolve));
      else if (this.#options.computer.isSuspended) await this.#options.computer.awake();
      else return;
    }
  }

  async #live(): Promise<void> {
    const { store, network, random, watcher, project } = this.#options;
    const clock = this.#clock();
    const engine = await openEngineWhenFree(
      {
        project,
        store: guardedStore(store, this),
        log: silent,
        stop: this.#stop,
        onEvent: (event) => watcher.happened(this, event),
        command: 'simulated',
        clock,
        random,
        openQueue: openDirectQueue,
        http: network.httpOf(this.#traveller()),
        rhythm: { heartbeatMs: HEARTBEAT_MS, lookMsMax: HEARTBEAT_MS },
      },
      () => undefined,
    );
    if (!engine) return;
    this.#engine = engine;
    try {
      await engine.scheduler.serve();
    } finally {
      await engine.close();
    }
  }

  #end(why: string): void {
    this.#state = 'ended';
    this.#options.watcher.ended(this, why);
  }

  #traveller(): Parameters<Network['httpOf']>[0] {
    const { watcher } = this.#options;
    return {
      passes: (at) => this.passes(at),
      sent: (server, request) => watcher.sent(this, server, request),
      arrived: (server) => watcher.arrived(this, server),
      received: (page) => watcher.received(this, page),
    };
  }

  /** The machine's clock, on which nothing of a process that ended goes on. */
  #clock(): Clock {
    const { clock, computer } = this.#options;
    return {
      nowMs: () => computer.nowMs(),
      monotonicMs: () => computer.monotonicMs(),
      sleep: async (durationMs, signal) => {
        const untilMs = computer.monotonicMs() + durationMs;
        const woken = durationMs === HEARTBEAT_MS && signal ? AbortSignal.any([signal, this.#beat.signal]) : signal;
        let leftMs = durationMs;
        do {
          await clock.sleep(leftMs > 0 ? Math.max(leftMs, TIMER_MS) : leftMs, woken);
          await this.#goesOn();
          leftMs = untilMs - computer.monotonicMs(); // more than nothing after the machine has slept
        } while (leftMs > 0 && !woken?.aborted);
      },
    };
  }
}
