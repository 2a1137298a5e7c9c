import type { ParkedPlace, RunPartition, RunStore } from '../job/run';
import { hashOf } from '../schedule/hash';

/** Partitions that are read ahead of their turns: of a run of a million no more than these are in memory. */
const READ_AHEAD_MAX = 500;

export interface BacklogParts {
  readonly runs: Pick<RunStore, 'waiting' | 'parked'>;
  readonly runId: number;
  readonly job: string;
  /** Only partitions for which this holds take part. */
  readonly selects: (partitionKey: string) => boolean;
  /** True while a turn has it: the store may not know yet. */
  readonly isTaken: (partitionKey: string) => boolean;
}

/** Up to which instant parked partitions are due, and how far they are read. */
interface Round {
  readonly untilMs: number;
  readonly after: ParkedPlace | null;
}

/**
 * The partitions of a run that have no turn yet, read from the store in chunks: first those that went back to their bookmark,
 * then those that wait, in the job's order, then the parked ones whose time has come.
 */
export class Backlog {
  readonly #parts: BacklogParts;
  readonly #rewound: RunPartition[] = [];
  #waiting: RunPartition[] = [];
  #afterPosition = -1;
  #hasWaiting = true;
  #due: RunPartition[] = [];
  /** Null while no parked one is due, or all that are due have been read. */
  #round: Round | null = null;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** It is next: few can be under way, so few wait here. */
  rewind(share: RunPartition): void {
    this.#rewound.push(share);
  }

  /** From now on what is parked until this instant is due. */
  unpark(untilMs: number): void {
    this.#due = [];
    this.#round = { untilMs, after: null };
  }

  /** The next one to get a turn; null when none is left that can go on now. */
  async take(): Promise<RunPartition | null> {
    const rewound = this.#rewound.shift();
    if (rewound) return rewound;
    while (this.#waiting.length === 0 && this.#hasWaiting) await this.#readWaiting();
    const waiting = this.#waiting.shift();
    if (waiting) return waiting;
    while (this.#due.length === 0 && this.#round) await this.#readDue(this.#round);
    return this.#due.shift() ?? null;
  }

  /** False once it is known that none is left that can go on now. */
  get hasMore(): boolean {
    return (
      this.#rewound.length + this.#waiting.length + this.#due.length > 0 || this.#hasWaiting || this.#round !== null
    );
  }

  /** The first instant after this one until which a partition is parked; Infinity when none is. */
  async firstParkedMs(afterMs: number): Promise<number> {
    let after: ParkedPlace = { parkedUntilMs: afterMs + 1, key: '' };
    for (;;) {
      const read = await this.#readParked(Number.MAX_SAFE_INTEGER, after);
      const first = read.find((share) => this.#mayTake(share));
      if (first) return first.parkedUntilMs ?? Infinity;
      const last = read.at(-1);
      if (!last) return Infinity;
      after = placeOf(last);
    }
  }

  async #readWaiting(): Promise<void> {
    const { runs, runId } = this.#parts;
    const read = await runs.waiting({ runId, afterPosition: this.#afterPosition, limit: READ_AHEAD_MAX });
    this.#afterPosition = read.at(-1)?.position ?? this.#afterPosition;
    this.#hasWaiting = read.length === READ_AHEAD_MAX;
    this.#waiting = read.filter((share) => this.#mayTake(share));
  }

  async #readDue({ untilMs, after }: Round): Promise<void> {
    const read = await this.#readParked(untilMs, after);
    const last = read.at(-1);
    this.#round = last && read.length === READ_AHEAD_MAX ? { untilMs, after: placeOf(last) } : null;
    const due = read.filter((share) => this.#mayTake(share));
    this.#due = inStableOrder(this.#parts.job, due);
  }

  #readParked(untilMs: number, after: ParkedPlace | null): Promise<RunPartition[]> {
    const { runs, runId } = this.#parts;
    return runs.parked({ runId, untilMs, after, limit: READ_AHEAD_MAX });
  }

  #mayTake({ partition }: RunPartition): boolean {
    return this.#parts.selects(partition.key) && !this.#parts.isTaken(partition.key);
  }
}

function placeOf({ parkedUntilMs, partition }: RunPartition): ParkedPlace {
  return { parkedUntilMs, key: partition.key };
}

/** Most are parked until the same instant: each goes on at the same place every time, and at another one for every job. */
function inStableOrder(job: string, shares: readonly RunPartition[]): RunPartition[] {
  const ranked = shares.map((share) => ({ share, rank: hashOf(`${job}/${share.partition.key}`) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ share }) => share);
}
