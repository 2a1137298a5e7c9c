-- Spans of the past that are done again, a chunk at a time. `run_id` is the newest chunk's run; it is no reference, as old runs go.
CREATE TABLE offpeak_backfill (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  job         TEXT    NOT NULL,
  from_ms     INTEGER NOT NULL,
  to_ms       INTEGER NOT NULL CHECK (to_ms > from_ms),
  step_ms     INTEGER NOT NULL CHECK (step_ms > 0),
  order_      TEXT    NOT NULL CHECK (order_ IN ('old', 'new')),
  calls_max   INTEGER CHECK (calls_max > 0),
  asked_by    TEXT    NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('active', 'done', 'failed', 'canceled')),
  chunks_done INTEGER NOT NULL DEFAULT 0 CHECK (chunks_done >= 0),
  run_id      INTEGER,
  reason      TEXT,
  ended_at_ms INTEGER,
  CHECK ((state = 'active') = (ended_at_ms IS NULL))
) STRICT;

CREATE INDEX offpeak_backfill_active ON offpeak_backfill (id) WHERE state = 'active';

-- The end of the span, and the calls that backfills of its job may make in a quota window.
ALTER TABLE offpeak_run ADD COLUMN to_ms INTEGER CHECK ((to_ms IS NULL) = (from_ms IS NULL) AND (to_ms IS NULL OR to_ms > from_ms));
ALTER TABLE offpeak_run ADD COLUMN calls_max INTEGER CHECK (calls_max IS NULL OR (kind = 'backfill' AND calls_max > 0));
