import type { Project } from '../../src/cli/project';
import { isLease, type Lease, type LeaseHolder } from '../../src/job/lease';
import type { Claim, PageCommit, Run, TurnEnd } from '../../src/job/run';
import type { Budget } from '../../src/limit/budget';
import type { HttpRequest } from '../../src/platform/platform';
import type { RunEvent } from '../../src/run/event';
import { type HoursOf, hoursOfJobs } from '../../src/schedule/job-hours';
import type { Computer } from './computer';
import type { StoreCall } from './guarded-store';
import type { Journal } from './journal';
import { CallsOracle } from './oracle/calls';
import { type Kept, PagesOracle } from './oracle/pages';
import { ParksOracle } from './oracle/parks';
import { ProgressOracle } from './oracle/progress';
import { RatesOracle } from './oracle/rates';
import { SlotsOracle } from './oracle/slots';
import { WritersOracle } from './oracle/writers';
import type { SimulatedProcess, Watcher } from './process';
import type { PlatformServer, ServedPage, Sources } from './server';

/** Calls that had left, or had their permit, when the disk filled. */
const CALLS_ON_FULL_DISK_MAX = 9;

export interface WatchOptions {
  readonly journal: Journal;
  readonly computer: Computer;
  readonly sources: Sources;
  readonly servers: readonly PlatformServer[];
  readonly kept: Kept;
  readonly nowMs: () => number;
  /** The supervisor's part. */
  readonly on: Pick<Watcher, 'diesAt' | 'ended' | 'beforeAcquire'>;
  readonly onParked: (untilMs: number) => void;
}

/** Tells the oracles what processes do. */
export class Watch implements Watcher {
  readonly calls: CallsOracle;
  readonly pages: PagesOracle;
  readonly parks: ParksOracle;
  readonly progress: ProgressOracle;
  readonly rates: RatesOracle;
  readonly slots: SlotsOracle;
  readonly #writers: WritersOracle;
  readonly #options: WatchOptions;
  readonly #hours = new WeakMap<Project, HoursOf>();
  readonly #manual = new Set<number>();
  readonly #onFullDisk = new Map<number, number>();

  constructor(options: WatchOptions) {
    const { journal, sources, kept } = options;
    this.#options = options;
    this.calls = new CallsOracle(journal);
    this.pages = new PagesOracle(journal, sources, kept);
    this.parks = new ParksOracle(journal);
    this.progress = new ProgressOracle(journal);
    this.rates = new RatesOracle(journal);
    this.slots = new SlotsOracle(journal);
    this.#writers = new WritersOracle(journal);
  }

  diesAt(process: SimulatedProcess, at: string): boolean {
    return this.#options.on.diesAt(process, at);
  }

  beforeAcquire(process: SimulatedProcess): Promise<void> {
    return this.#options.on.beforeAcquire(process);
  }

  ended(process: SimulatedProcess, why: string): void {
    this.#options.on.ended(process, why);
  }

  did(process: SimulatedProcess, call: StoreCall): void {
    const { name, args, result } = call;
    if (call.isWrite) this.#options.journal.tell(name, String(process.pid));
    this.#writers.did(call, process.fence);
    switch (name) {
      case 'lease.acquire':
        this.#took(process, call.result as Lease | LeaseHolder);
        break;
      case 'runs.commitPage':
        this.#committed(process, args[0] as PageCommit);
        break;
      case 'runs.claim':
        this.#began(process, args[0] as Claim, 'turn');
        break;
      case 'runs.endTurn': {
        const { claim, end } = args[0] as { readonly claim: Claim; readonly end: TurnEnd };
        this.pages.ended(claim, end);
        break;
      }
      case 'ledger.reserve':
        this.#options.journal.tell('reserved', (result as { readonly kind: string }).kind);
        break;
      default:
    }
  }

  sent(process: SimulatedProcess, server: PlatformServer, request: HttpRequest): void {
    const of = server.listOf(request);
    const job = process.project.jobs.find(({ name }) => name === of?.job);
    if (!of || !job) return;
    const ofAll = budgetsOf(process, server).filter(({ scope }) => scope.join() === 'app');
    this.rates.sent(server, ofAll, this.#options.nowMs());
    this.calls.sent(`${of.job}/${of.partition}`, CallsOracle.isOpen(job, this.#hoursOf(process), this.#nowMs));
    if (!this.#options.computer.isDiskFull) return;
    const calls = (this.#onFullDisk.get(process.pid) ?? 0) + 1;
    this.#onFullDisk.set(process.pid, calls);
    if (calls > CALLS_ON_FULL_DISK_MAX)
      this.#options.journal.violated('disk', `process ${process.pid} made ${calls} calls with a full disk`);
  }

  arrived(process: SimulatedProcess, server: PlatformServer): void {
    const limit = budgetsOf(process, server).find(({ name }) => name === 'app-day')?.limit ?? 0;
    this.calls.arrived(server, limit, this.#options.nowMs());
  }

  received(process: SimulatedProcess, page: ServedPage): void {
    this.pages.received(process.pid, page);
  }

  happened(process: SimulatedProcess, event: RunEvent): void {
    this.#options.journal.tell(event.kind, 'job' in event ? event.job : event.run.job);
    if (process.fence !== this.#writers.newest) return; // what one believes that was taken over from
    if (event.kind === 'run-started') {
      if (event.run.kind === 'manual') this.#manual.add(event.run.id);
      this.progress.started(event.run);
      this.#mayStart(process, event.run);
    } else if (event.kind === 'run-ended') this.progress.ended(event.run.job);
    else if (event.kind === 'run-failed') {
      this.progress.ended(event.job);
      this.#options.journal.violated('ended', `the run of ${event.job} could not go on: ${event.reason}`);
    } else if (event.kind === 'parked') {
      this.#options.journal.tell('until', `${event.job}/${event.partition} ${event.untilMs} ${process.pid}`);
      this.#parked(process, event);
      this.#options.onParked(event.untilMs);
    }
  }

  #parked({ project }: SimulatedProcess, event: Extract<RunEvent, { kind: 'parked' }>): void {
    const job = project.jobs.find(({ name }) => name === event.job);
    const server = this.#options.servers.find(({ name }) => name === job?.platform);
    const platform = server && project.config.platforms[server.name];
    if (!server || !platform) return;
    const { untilMs, reason } = event;
    const { resetGuardMs } = platform;
    const name = `${event.job}/${event.partition}`;
    this.parks.parked({ name, server, resetGuardMs, untilMs, reason }, this.#options.nowMs());
  }

  #mayStart({ project, engine }: SimulatedProcess, { job: name }: Run): void {
    const job = project.jobs.find((one) => one.name === name);
    if (job && (engine?.pauses.heldUntilMs(job, this.#nowMs) ?? 0) > this.#nowMs)
      this.#options.journal.violated('I8', `a run of ${name} begins though an operator has paused it`);
  }

  #took({ pid }: SimulatedProcess, answer: Lease | LeaseHolder): void {
    if (!isLease(answer)) return;
    this.#options.journal.tell('lease', `${pid} ${answer.fence}`);
    this.#writers.took(answer.fence);
    this.progress.allEnded();
  }

  get #nowMs(): number {
    return this.#options.computer.nowMs();
  }

  #committed(process: SimulatedProcess, commit: PageCommit): void {
    const job = process.project.jobs.find(({ name }) => name === commit.claim.job);
    if (job) this.pages.committed(process.pid, job, commit);
    if (job?.schedule?.onWindowEnd === 'pause') this.#began(process, commit.claim, 'page');
  }

  #began(process: SimulatedProcess, claim: Claim, what: 'turn' | 'page'): void {
    const job = process.project.jobs.find(({ name }) => name === claim.job);
    if (!job) return;
    const isOpen = this.#manual.has(claim.runId) || CallsOracle.isOpen(job, this.#hoursOf(process), this.#nowMs);
    if (what === 'turn' || !isOpen) this.calls.began(claim, isOpen);
  }

  #hoursOf({ project }: SimulatedProcess): HoursOf {
    let hours = this.#hours.get(project);
    if (!hours) {
      hours = hoursOfJobs(project.config);
      this.#hours.set(project, hours);
    }
    return hours;
  }
}

function budgetsOf({ project }: SimulatedProcess, { name }: PlatformServer): readonly Budget[] {
  return project.config.platforms[name]?.budgets ?? [];
}
