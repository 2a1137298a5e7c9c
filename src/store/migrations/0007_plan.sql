-- The plan in force: a row per job with a schedule. All rows are of one plan, so they share its instant and digest.
CREATE TABLE offpeak_plan (
  job           TEXT    PRIMARY KEY,
  offset_ms     INTEGER NOT NULL CHECK (offset_ms >= 0),
  duration_ms   INTEGER NOT NULL CHECK (duration_ms >= 0),
  reason        TEXT    NOT NULL CHECK (json_valid(reason)),
  planned_at_ms INTEGER NOT NULL,
  digest        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
