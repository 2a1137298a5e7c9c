-- What a run was believed to take when it first started.
CREATE TABLE offpeak_expectation (
  run_id          INTEGER PRIMARY KEY REFERENCES offpeak_run (id) ON DELETE CASCADE,
  calls_p50       REAL    NOT NULL CHECK (calls_p50 >= 0),
  calls_p80       REAL    NOT NULL CHECK (calls_p80 >= calls_p50),
  duration_p50_ms REAL    NOT NULL CHECK (duration_p50_ms >= 0),
  duration_p80_ms REAL    NOT NULL CHECK (duration_p80_ms >= duration_p50_ms),
  past_runs       INTEGER NOT NULL CHECK (past_runs >= 0)
) STRICT;
