import type { BackfillStore } from '../job/backfill';
import type { CheckpointStore } from '../job/checkpoint';
import type { ExpectationStore } from '../job/expectation';
import type { LeaseStore } from '../job/lease';
import type { OperatorPauseStore } from '../job/operator-pause';
import type { RunStore } from '../job/run';
import type { SkipAheadStore } from '../job/skip-ahead';
import type { UnknownReplyStore } from '../job/unknown-reply';
import type { HoldStore } from '../limit/hold';
import type { LearnedStore } from '../limit/learned';
import type { Ledger } from '../limit/ledger';
import type { OrderStore } from '../limit/order';
import type { PlanStore } from '../schedule/plan-store';
import type { Clock } from '../time/clock';
import { systemClock } from '../time/system-clock';
import { SqliteBackfills } from './backfill';
import { CALL_LOG_ROWS_MAX, type CallFilter, CallLog, type LoggedCall } from './call';
import { Checkpoints } from './checkpoint';
import { SqliteCheckpoints } from './checkpoint-store';
import type { Connection } from './connection';
import { type DatabaseOptions, openForReading, openForWriting, openInMemory, type RemoteDisk } from './database';
import { SqliteExpectations } from './expectation';
import { explaining } from './failure';
import { followLinks } from './file';
import { type ReadFileSystem, readFileSystem } from './file-system';
import { fork } from './fork';
import type { NextTurn } from './group-commit';
import { SqliteHolds } from './hold';
import { Jobs } from './job';
import { SqliteLearned } from './learned';
import { SqliteLease } from './lease';
import { SqliteLedger } from './ledger';
import { type Machine, thisMachine } from './machine';
import { loadMigrations } from './migrate';
import { SqliteOperatorPauses } from './operator-pause';
import { SqliteOrders } from './order';
import { SqlitePlans } from './plan';
import { type RecordReader, Records } from './record';
import { Runs } from './run';
import { RUN_PARTITIONS_KEPT_MAX, RunDetails } from './run-detail';
import { RunEnds } from './run-end';
import { RunPartitions } from './run-partition';
import { RunPartitionGroups } from './run-partition-group';
import { SqliteRuns } from './run-store';
import { SqliteSkipsAhead } from './skip-ahead';
import { SqliteUnknownReplies } from './unknown-reply';

/** One open store: every port of the core that is kept in it, and readers for what people look at. */
export interface Store {
  readonly checkpoints: CheckpointStore;
  readonly runs: RunStore;
  readonly expectations: ExpectationStore;
  readonly lease: LeaseStore;
  readonly ledger: Ledger;
  readonly holds: HoldStore;
  readonly learned: LearnedStore;
  readonly orders: OrderStore;
  readonly operatorPauses: OperatorPauseStore;
  readonly skipsAhead: SkipAheadStore;
  readonly backfills: BackfillStore;
  readonly plans: PlanStore;
  readonly unknownReplies: UnknownReplyStore;
  /** What the upsert sink kept. */
  readonly records: RecordReader;
  /** The call log, newest first. */
  calls(filter: CallFilter): Promise<LoggedCall[]>;
  readonly path: string;
  /**
   * A store in memory that starts from what decides when runs go on: ledger, holds, what was learned, runs that have not
   * ended. It keeps no call log, and nothing that is done to it comes back here.
   */
  fork(nowMs: number): Promise<Store>;
  /** Releases no lease: that is its holder's to do. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * Only look: makes no file, migrates nothing, refuses every write with STORE_READ_ONLY. A missing file reads as an empty
   * store. Default false.
   */
  readonly readOnly?: boolean;
  /** Names the backup before a migration. Default the machine's clock. */
  readonly clock?: Clock;
  /** When the writes of one turn of the event loop are committed together. Default: each is committed at once. */
  readonly nextTurn?: NextTurn;
  /** How long an access waits for another process's, with the event loop standing still. Default 5,000 ms. */
  readonly busyTimeoutMs?: number;
  /** Rows kept in the call log. Default CALL_LOG_ROWS_MAX. */
  readonly callLogRowsMax?: number;
  /** Partitions of ended runs that are kept, per job and kind. Default RUN_PARTITIONS_KEPT_MAX. */
  readonly runPartitionsKeptMax?: number;
  /** Who this process is, and how it tells whether another one lives. Default this machine. */
  readonly machine?: Machine;
  /** Whether a store on a network disk is written to: SQLite's locks do not hold there. Default refuse. */
  readonly remoteDisk?: RemoteDisk;
  /** Default the system's. */
  readonly fileSystem?: ReadFileSystem;
}

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the store in a SQLite file: makes it where it is missing, brings it up to date where it is older (with a backup).
 * Throws OffpeakError STORE_NEWER, STORE_CORRUPT, STORE_READ_ONLY, STORE_REMOTE, STORE_FULL or STORE_FAILED.
 */
export function openStore(given: string, options: OpenOptions = {}): Promise<Store> {
  return new Promise((resolve) => {
    const path = followLinks(given);
    const database = explaining(path, () => databaseOptions(options));
    const connection = options.readOnly ? openForReading(path, database) : openForWriting(path, database);
    resolve(storeOn(connection, options));
  });
}

function forked(connection: Connection, nowMs: number): Connection {
  const memory = openInMemory(IN_MEMORY, { migrations: loadMigrations(), busyTimeoutMs: BUSY_TIMEOUT_MS, nowMs });
  fork(connection, memory, nowMs);
  return memory;
}

/** An empty store in memory, gone when it is closed: for simulations. */
export function openMemoryStore(options: OpenOptions = {}): Promise<Store> {
  return new Promise((resolve) => {
    resolve(storeOn(openInMemory(IN_MEMORY, databaseOptions(options)), options));
  });
}

const IN_MEMORY = 'the store in memory';

function databaseOptions(options: OpenOptions): DatabaseOptions {
  const { remoteDisk = 'refuse', fileSystem = readFileSystem } = options;
  return {
    remoteDisk,
    fileSystem,
    migrations: loadMigrations(),
    busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    nowMs: (options.clock ?? systemClock).nowMs(),
    ...(options.nextTurn && { nextTurn: options.nextTurn }),
  };
}

/** The store on a database that is open and up to date. */
export function storeOn(connection: Connection, options: OpenOptions = {}): Store {
  const { db } = connection;
  const lease = new SqliteLease(connection, options.machine ?? thisMachine);
  const ledger = new SqliteLedger(connection, lease);
  const checkpoints = new Checkpoints(db);
  const calls = new CallLog(connection, options.callLogRowsMax ?? CALL_LOG_ROWS_MAX);
  const records = new Records(connection);
  const partitions = new RunPartitions(db);
  const details = new RunDetails(db, partitions, options.runPartitionsKeptMax ?? RUN_PARTITIONS_KEPT_MAX);
  const runs = new Runs(db, details);
  const ends = new RunEnds({ runs, partitions, checkpoints });
  const groups = new RunPartitionGroups(db);
  const jobs = new Jobs(db);
  const holds = new SqliteHolds(connection, lease);
  const learned = new SqliteLearned(connection, lease);
  return {
    checkpoints: new SqliteCheckpoints(connection, { lease, checkpoints }),
    runs: new SqliteRuns(connection, {
      lease,
      ledger,
      checkpoints,
      calls,
      records,
      jobs,
      runs,
      partitions,
      ends,
      groups,
      details,
    }),
    expectations: new SqliteExpectations(connection, lease),
    lease,
    ledger,
    holds,
    learned,
    orders: new SqliteOrders(connection, { lease, holds, learned, checkpoints, runs, partitions }),
    operatorPauses: new SqliteOperatorPauses(connection),
    skipsAhead: new SqliteSkipsAhead(connection),
    backfills: new SqliteBackfills(connection, { lease, runs, ends }),
    plans: new SqlitePlans(connection, lease),
    unknownReplies: new SqliteUnknownReplies(connection, lease),
    records,
    calls: (filter) => calls.list(filter),
    path: connection.path,
    fork: (nowMs) => connection.read(() => storeOn(forked(connection, nowMs), { ...options, callLogRowsMax: 0 })),
    close: () => connection.close(),
  };
}
