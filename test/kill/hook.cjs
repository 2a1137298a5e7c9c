// Preloaded into a process of Offpeak (node -r): sends it a signal at a named point of its life. PLAN is JSON, the shape is
// `Plan` in life.ts. It patches what was built, at the ports: nothing in src knows of it.
const { channel } = require('node:diagnostics_channel');
const fs = require('node:fs');
const { join } = require('node:path');
const { statementsOf } = require('./statements.cjs');

const { point, nth = 1, signal = 'SIGKILL', lease, waits = false } = JSON.parse(process.env.PLAN ?? '{}');
let times = 0;

function at(name) {
  if (name !== point) return;
  times += 1;
  if (times !== nth) return;
  fs.writeSync(2, `hit: ${name}\n`);
  process.kill(process.pid, signal);
  // Nothing more happens before the signal arrives.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, signal === 'SIGKILL' ? 60_000 : 20);
}

function built(file) {
  return require(join(__dirname, '../../dist', file));
}

/** `before X` as the method is called, `after X` when it has returned or its promise is fulfilled. */
function around(target, method, name) {
  const original = target[method];
  target[method] = function (...args) {
    at(`before ${name}`);
    const result = original.apply(this, args);
    const after = (value) => {
      at(`after ${name}`);
      return value;
    };
    return typeof result?.then === 'function' ? result.then(after) : after(result);
  };
}

function patchStore() {
  const { SqliteRuns } = built('store/run-store');
  around(SqliteRuns.prototype, 'open', 'the run is opened');
  around(SqliteRuns.prototype, 'start', 'the run is started');
  around(SqliteRuns.prototype, 'claim', 'the claim');
  around(SqliteRuns.prototype, 'commitPage', 'the commit');
  around(SqliteRuns.prototype, 'endTurn', 'the end of a turn');
  around(SqliteRuns.prototype, 'settle', 'the end of the run');
  around(SqliteRuns.prototype, 'recover', 'the recovery');
  const { SqliteLedger } = built('store/ledger');
  around(SqliteLedger.prototype, 'reserve', 'the debit');
  around(SqliteLedger.prototype, 'settle', 'permits are given back');
  around(SqliteLedger.prototype, 'spendReservations', 'reservations are spent, inside the recovery');
  const { Checkpoints } = built('store/checkpoint');
  around(Checkpoints.prototype, 'movePage', 'the cursor, inside the commit');
  around(Checkpoints.prototype, 'move', 'the cursor, inside an edit or the end of a turn');
  around(built('store/record').Records.prototype, 'upsert', 'the records, inside the commit');
  around(built('store/call').CallLog.prototype, 'add', 'the call log, inside the commit');
  const { SqliteLease } = built('store/lease');
  around(SqliteLease.prototype, 'acquire', 'the lease is taken');
  around(SqliteLease.prototype, 'renew', 'the lease is renewed');
  around(SqliteLease.prototype, 'release', 'the lease is let go');
  around(built('store/checkpoint-store').SqliteCheckpoints.prototype, 'edit', 'an edit');
}

/** Every statement of every migration is a point, as are the steps of the backup before them. */
function patchMigrations() {
  around(built('store/backup'), 'backUp', 'the backup');
  around(fs, 'renameSync', 'a file gets its name');
  const { prototype } = built('store/driver').Sqlite;
  const { exec, prepare } = prototype;
  prototype.exec = function (sql) {
    for (const statement of statementsOf(sql)) {
      exec.call(this, statement);
      at('after a statement');
    }
    return this;
  };
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (sql.startsWith('VACUUM INTO')) around(statement, 'run', 'the copy');
    return statement;
  };
}

function patchHttp() {
  const http = built('http/open');
  const { openHttp } = http;
  http.openHttp = (options) => {
    const opened = openHttp(options);
    around(opened, 'attempt', 'a call is sent');
    const { attempt } = opened;
    opened.attempt = (...args) => {
      if (signal === 'SIGSTOP') fs.writeSync(2, 'a call begins\n');
      return attempt(...args);
    };
    return opened;
  };
  // One turn later what was written is with the system.
  channel('undici:request:bodySent').subscribe(() => setImmediate(at, 'while a call is in flight'));
}

/** A page's lines are written in two halves. */
function patchLines() {
  const files = require('node:fs/promises');
  const { open } = files;
  files.open = async (path, ...rest) => {
    const handle = await open(path, ...rest);
    if (!String(path).endsWith('.jsonl')) return handle;
    const { write } = handle;
    handle.write = async (data, offset, length, position) => {
      const written = await write.call(handle, data, offset, Math.ceil(length / 2), position);
      at('between two halves of the lines');
      return written;
    };
    around(handle, 'sync', 'the lines are synced');
    return handle;
  };
}

function shortenLease({ heartbeatMs, ttlMs }) {
  const terms = built('job/lease');
  terms.LEASE_HEARTBEAT_MS = heartbeatMs;
  terms.LEASE_TTL_MS = ttlMs;
}

if (lease) shortenLease(lease);
if (point) {
  patchLines();
  patchStore();
  patchMigrations();
  // A process that only opens a store calls nobody.
  if (process.argv[1]?.endsWith('cli.js')) patchHttp();
}
if (waits) {
  // Everything is loaded, so that a life begins the moment it is told to.
  built('cli/run');
  built('cli/start');
  fs.readSync(0, Buffer.alloc(1));
}
