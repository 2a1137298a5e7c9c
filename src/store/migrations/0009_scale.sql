-- What a run's partitions add up to, kept by triggers with every change of one: what shows runs must not count a million rows.
-- `detail` says whether their rows are there: those of old runs go, some with each new run, and the totals stay.
CREATE TABLE offpeak_run_totals (
  run_id     INTEGER PRIMARY KEY REFERENCES offpeak_run (id) ON DELETE CASCADE,
  waiting    INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
  running    INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
  parked     INTEGER NOT NULL DEFAULT 0 CHECK (parked >= 0),
  done       INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
  failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed >= 0),
  partitions INTEGER GENERATED ALWAYS AS (waiting + running + parked + done + failed),
  pages      INTEGER NOT NULL DEFAULT 0,
  records    INTEGER NOT NULL DEFAULT 0,
  attempts   INTEGER NOT NULL DEFAULT 0,
  parks      INTEGER NOT NULL DEFAULT 0,
  resumes    INTEGER NOT NULL DEFAULT 0,
  detail     TEXT    NOT NULL DEFAULT 'kept' CHECK (detail IN ('kept', 'going', 'gone'))
) STRICT;

INSERT INTO offpeak_run_totals
  (run_id, waiting, running, parked, done, failed, pages, records, attempts, parks, resumes)
SELECT r.id, COUNT(*) FILTER (WHERE p.state = 'waiting'), COUNT(*) FILTER (WHERE p.state = 'running'),
  COUNT(*) FILTER (WHERE p.state = 'parked'), COUNT(*) FILTER (WHERE p.state = 'done'),
  COUNT(*) FILTER (WHERE p.state = 'failed'), COALESCE(SUM(p.pages), 0), COALESCE(SUM(p.records), 0),
  COALESCE(SUM(p.attempts), 0), COALESCE(SUM(p.parks), 0), COALESCE(SUM(p.resumes), 0)
FROM offpeak_run r LEFT JOIN offpeak_run_partition p ON p.run_id = r.id GROUP BY r.id;

CREATE INDEX offpeak_run_totals_going ON offpeak_run_totals (run_id) WHERE detail = 'going';

CREATE TRIGGER offpeak_run_opened AFTER INSERT ON offpeak_run BEGIN
  INSERT INTO offpeak_run_totals (run_id) VALUES (new.id);
END;

CREATE TRIGGER offpeak_run_partition_added AFTER INSERT ON offpeak_run_partition BEGIN
  UPDATE offpeak_run_totals
  SET waiting = waiting + (new.state = 'waiting'), running = running + (new.state = 'running'),
    parked = parked + (new.state = 'parked'), done = done + (new.state = 'done'), failed = failed + (new.state = 'failed'),
    pages = pages + new.pages, records = records + new.records, attempts = attempts + new.attempts,
    parks = parks + new.parks, resumes = resumes + new.resumes
  WHERE run_id = new.run_id;
END;

CREATE TRIGGER offpeak_run_partition_changed
AFTER UPDATE OF state, pages, records, attempts, parks, resumes ON offpeak_run_partition BEGIN
  UPDATE offpeak_run_totals
  SET waiting = waiting + (new.state = 'waiting') - (old.state = 'waiting'),
    running = running + (new.state = 'running') - (old.state = 'running'),
    parked = parked + (new.state = 'parked') - (old.state = 'parked'),
    done = done + (new.state = 'done') - (old.state = 'done'),
    failed = failed + (new.state = 'failed') - (old.state = 'failed'),
    pages = pages + new.pages - old.pages, records = records + new.records - old.records,
    attempts = attempts + new.attempts - old.attempts, parks = parks + new.parks - old.parks,
    resumes = resumes + new.resumes - old.resumes
  WHERE run_id = new.run_id;
END;

-- What is done is most of the table, and is never looked for: the indexes leave it out.
DROP INDEX offpeak_run_partition_parked;
CREATE INDEX offpeak_run_partition_open ON offpeak_run_partition (run_id, state, position) WHERE state <> 'done';
CREATE INDEX offpeak_run_partition_parked ON offpeak_run_partition (run_id, parked_until_ms)
  WHERE parked_until_ms IS NOT NULL;
CREATE INDEX offpeak_run_partition_running ON offpeak_run_partition (run_id) WHERE state = 'running';
CREATE INDEX offpeak_checkpoint_running ON offpeak_checkpoint (job) WHERE status = 'running';
CREATE INDEX offpeak_run_job ON offpeak_run (job, slot_at_ms);
CREATE INDEX offpeak_hold_until ON offpeak_hold (until_ms);
