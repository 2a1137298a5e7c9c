-- Instants are epoch milliseconds. JSON texts were validated by whoever wrote them; the CHECKs catch bugs.

-- One row for the life of the store: its fence never goes back.
CREATE TABLE offpeak_lease (
  name            TEXT    PRIMARY KEY CHECK (name = 'scheduler'),
  fence           INTEGER NOT NULL CHECK (fence > 0),
  host            TEXT    NOT NULL,
  boot_id         TEXT    NOT NULL,
  pid             INTEGER NOT NULL,
  process_start   TEXT    NOT NULL,
  command         TEXT    NOT NULL,
  heartbeat_at_ms INTEGER NOT NULL,
  expires_at_ms   INTEGER NOT NULL,
  released        INTEGER NOT NULL CHECK (released IN (0, 1))
) STRICT;

CREATE TABLE offpeak_job (
  job           TEXT    PRIMARY KEY,
  first_seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE offpeak_checkpoint (
  job             TEXT    NOT NULL,
  partition       TEXT    NOT NULL,
  cursor          TEXT    CHECK (cursor IS NULL OR json_valid(cursor)),
  bookmark        TEXT    CHECK (bookmark IS NULL OR json_valid(bookmark)),
  version         INTEGER NOT NULL CHECK (version >= 0),
  fence           INTEGER NOT NULL CHECK (fence >= 0),
  status          TEXT    NOT NULL CHECK (status IN ('idle', 'running', 'parked', 'failed')),
  parked_until_ms INTEGER,
  reason          TEXT,
  sink_state      TEXT,
  updated_at_ms   INTEGER NOT NULL,
  PRIMARY KEY (job, partition),
  CHECK ((status = 'parked') = (parked_until_ms IS NOT NULL))
) STRICT;

-- Version 0 is not kept: it has neither cursor nor bookmark.
CREATE TABLE offpeak_checkpoint_version (
  job       TEXT    NOT NULL,
  partition TEXT    NOT NULL,
  version   INTEGER NOT NULL CHECK (version > 0),
  cursor    TEXT,
  bookmark  TEXT,
  change    TEXT    NOT NULL CHECK (change IN ('page', 'complete', 'rewind', 'set', 'reset', 'undo')),
  restores  INTEGER CHECK ((change = 'undo') = (restores IS NOT NULL)),
  at_ms     INTEGER NOT NULL,
  PRIMARY KEY (job, partition, version),
  FOREIGN KEY (job, partition) REFERENCES offpeak_checkpoint (job, partition) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE offpeak_run (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job           TEXT    NOT NULL,
  slot_at_ms    INTEGER NOT NULL,
  kind          TEXT    NOT NULL CHECK (kind IN ('schedule', 'manual')),
  state         TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'parked', 'done', 'failed')),
  reason        TEXT,
  started_at_ms INTEGER,
  ended_at_ms   INTEGER,
  UNIQUE (job, kind, slot_at_ms),
  CHECK ((state IN ('done', 'failed')) = (ended_at_ms IS NOT NULL))
) STRICT;

CREATE INDEX offpeak_run_unfinished ON offpeak_run (slot_at_ms) WHERE ended_at_ms IS NULL;
CREATE INDEX offpeak_run_slot ON offpeak_run (slot_at_ms);

-- `position` is the order in which the job named its partitions.
CREATE TABLE offpeak_run_partition (
  run_id          INTEGER NOT NULL REFERENCES offpeak_run (id) ON DELETE CASCADE,
  partition       TEXT    NOT NULL,
  position        INTEGER NOT NULL,
  scope           TEXT    NOT NULL CHECK (json_valid(scope)),
  state           TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'parked', 'done', 'failed')),
  pages           INTEGER NOT NULL DEFAULT 0,
  records         INTEGER NOT NULL DEFAULT 0,
  attempts        INTEGER NOT NULL DEFAULT 0,
  parks           INTEGER NOT NULL DEFAULT 0,
  resumes         INTEGER NOT NULL DEFAULT 0,
  parked_until_ms INTEGER,
  reason          TEXT,
  PRIMARY KEY (run_id, partition),
  CHECK ((state = 'parked') = (parked_until_ms IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- `limit_` may fall below what was drawn: the platform lowered it in the middle of a window.
CREATE TABLE offpeak_ledger (
  platform   TEXT    NOT NULL,
  budget     TEXT    NOT NULL,
  scope_key  TEXT    NOT NULL,
  window_key TEXT    NOT NULL,
  start_ms   INTEGER NOT NULL,
  end_ms     INTEGER NOT NULL,
  limit_     INTEGER NOT NULL,
  used       INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  reserved   INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (platform, budget, scope_key, window_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX offpeak_ledger_end ON offpeak_ledger (end_ms);

CREATE TABLE offpeak_hold (
  platform  TEXT    NOT NULL,
  scope_key TEXT    NOT NULL,
  scope     TEXT    NOT NULL CHECK (json_valid(scope)),
  until_ms  INTEGER NOT NULL,
  code      TEXT    NOT NULL,
  reason    TEXT    NOT NULL,
  since_ms  INTEGER NOT NULL,
  PRIMARY KEY (platform, scope_key)
) STRICT, WITHOUT ROWID;

-- No reference to the run: the log outlives it.
CREATE TABLE offpeak_call (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id      INTEGER NOT NULL,
  job         TEXT    NOT NULL,
  partition   TEXT    NOT NULL,
  platform    TEXT    NOT NULL,
  api         TEXT    NOT NULL,
  scope_key   TEXT    NOT NULL,
  attempt     INTEGER NOT NULL,
  sent_at_ms  INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status      INTEGER,
  reply_bytes INTEGER NOT NULL,
  outcome     TEXT    NOT NULL CHECK (outcome IN ('ok', 'pause', 'backoff', 'park', 'reauth', 'rewind', 'fatal')),
  code        TEXT,
  reason      TEXT
) STRICT;

CREATE INDEX offpeak_call_partition ON offpeak_call (job, partition);
CREATE INDEX offpeak_call_run ON offpeak_call (run_id);
