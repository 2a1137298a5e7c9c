-- Every slot is a row, also one that has no run. `slots` is how many a row stands for. `into_run_id` is no reference: the
-- note outlives the run. Nothing of a job before `decided_until_ms` is decided again.
CREATE TABLE offpeak_run_next (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job           TEXT    NOT NULL,
  slot_at_ms    INTEGER NOT NULL,
  kind          TEXT    NOT NULL CHECK (kind IN ('schedule', 'catch-up', 'backfill', 'manual')),
  state         TEXT    NOT NULL
    CHECK (state IN ('queued', 'running', 'parked', 'done', 'failed', 'skipped', 'canceled')),
  because       TEXT    CHECK (because IN ('overlap', 'coalesced', 'blackout', 'missed', 'paused', 'operator')),
  reason        TEXT,
  into_run_id   INTEGER,
  slots         INTEGER NOT NULL DEFAULT 1 CHECK (slots > 0),
  from_ms       INTEGER CHECK (from_ms <= slot_at_ms),
  start_at_ms   INTEGER,
  started_at_ms INTEGER,
  ended_at_ms   INTEGER,
  UNIQUE (job, kind, slot_at_ms),
  CHECK ((state IN ('done', 'failed', 'skipped', 'canceled')) = (ended_at_ms IS NOT NULL)),
  CHECK ((state = 'skipped') = (because IS NOT NULL)),
  CHECK ((because IS 'coalesced') = (into_run_id IS NOT NULL)),
  CHECK (from_ms IS NULL OR kind = 'backfill')
) STRICT;

INSERT INTO offpeak_run_next (id, job, slot_at_ms, kind, state, reason, started_at_ms, ended_at_ms)
SELECT id, job, slot_at_ms, kind, state, reason, started_at_ms, ended_at_ms FROM offpeak_run;

-- The ids of runs that are gone are not given again.
DELETE FROM sqlite_sequence WHERE name = 'offpeak_run_next';
INSERT INTO sqlite_sequence (name, seq) SELECT 'offpeak_run_next', seq FROM sqlite_sequence WHERE name = 'offpeak_run';

DROP TABLE offpeak_run;
ALTER TABLE offpeak_run_next RENAME TO offpeak_run;

CREATE INDEX offpeak_run_unfinished ON offpeak_run (job) WHERE ended_at_ms IS NULL;
CREATE INDEX offpeak_run_slot ON offpeak_run (slot_at_ms);
-- A slot that was run when it came is not made up for, and the other way round.
CREATE UNIQUE INDEX offpeak_run_once ON offpeak_run (job, slot_at_ms) WHERE kind IN ('schedule', 'catch-up');
CREATE INDEX offpeak_run_partition_parked ON offpeak_run_partition (parked_until_ms) WHERE parked_until_ms IS NOT NULL;

CREATE TABLE offpeak_job_next (
  job              TEXT    PRIMARY KEY,
  first_seen_ms    INTEGER NOT NULL,
  decided_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO offpeak_job_next (job, first_seen_ms, decided_until_ms)
SELECT j.job, j.first_seen_ms, COALESCE(MAX(r.slot_at_ms), j.first_seen_ms)
FROM offpeak_job j LEFT JOIN offpeak_run r ON r.job = j.job AND r.kind = 'schedule' GROUP BY j.job;

DROP TABLE offpeak_job;
ALTER TABLE offpeak_job_next RENAME TO offpeak_job;
