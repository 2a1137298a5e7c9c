-- Pauses that have ended stay for a while: they say why slots were skipped. One that `until_ms` ended was ended by nobody.
CREATE TABLE offpeak_operator_pause (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT    NOT NULL CHECK (kind IN ('job', 'platform')),
  name        TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  paused_by   TEXT    NOT NULL,
  since_ms    INTEGER NOT NULL,
  until_ms    INTEGER CHECK (until_ms > since_ms),
  ended_at_ms INTEGER,
  ended_by    TEXT,
  CHECK ((ended_at_ms IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE TABLE offpeak_skip_ahead (
  job         TEXT    NOT NULL,
  slot_at_ms  INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  asked_by    TEXT    NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (job, slot_at_ms)
) STRICT, WITHOUT ROWID;
