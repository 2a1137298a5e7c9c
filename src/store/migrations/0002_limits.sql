-- A rolling span is counted in slices, a row each. A slice counts beyond its end, until `counts_until_ms`; null where a
-- window counts alone.
ALTER TABLE offpeak_ledger ADD COLUMN counts_until_ms INTEGER CHECK (counts_until_ms >= end_ms);

CREATE INDEX offpeak_ledger_slice ON offpeak_ledger (platform, budget, scope_key, end_ms)
  WHERE counts_until_ms IS NOT NULL;
CREATE INDEX offpeak_ledger_counts_until ON offpeak_ledger (counts_until_ms) WHERE counts_until_ms IS NOT NULL;

-- Settled draws by the job that made them. Draws that no job made are in `used` of the window only.
CREATE TABLE offpeak_ledger_job (
  platform   TEXT    NOT NULL,
  budget     TEXT    NOT NULL,
  scope_key  TEXT    NOT NULL,
  window_key TEXT    NOT NULL,
  job        TEXT    NOT NULL,
  used       INTEGER NOT NULL CHECK (used >= 0),
  PRIMARY KEY (platform, budget, scope_key, window_key, job),
  FOREIGN KEY (platform, budget, scope_key, window_key)
    REFERENCES offpeak_ledger (platform, budget, scope_key, window_key) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A column is null where nothing was learned. Limits, guards and strangers are computed: they may have fractions.
CREATE TABLE offpeak_learned (
  platform         TEXT    NOT NULL,
  budget           TEXT    NOT NULL,
  scope_key        TEXT    NOT NULL,
  limit_           REAL    CHECK (limit_ >= 0),
  said             REAL    CHECK (said >= 0),
  guard_ms         REAL    CHECK (guard_ms >= 0),
  guard_refused_ms REAL    CHECK (guard_refused_ms >= 0),
  catch_up_max     INTEGER CHECK (catch_up_max >= 0),
  strangers        REAL    CHECK (strangers >= 0),
  refusals         INTEGER NOT NULL CHECK (refusals >= 0),
  refused_at_ms    INTEGER,
  reason           TEXT    NOT NULL,
  changed_at_ms    INTEGER NOT NULL,
  PRIMARY KEY (platform, budget, scope_key)
) STRICT, WITHOUT ROWID;

-- What an operator asked for, until the holder of the lease takes it.
CREATE TABLE offpeak_order (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT    NOT NULL CHECK (kind IN ('unpark', 'forget')),
  filter TEXT    NOT NULL CHECK (json_valid(filter)),
  at_ms  INTEGER NOT NULL
) STRICT;
