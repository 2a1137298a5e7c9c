-- A row per platform, API, code and status: the first reply with them, how often one came, and when.
CREATE TABLE offpeak_unknown_reply (
  platform    TEXT    NOT NULL,
  api         TEXT    NOT NULL,
  code        TEXT    NOT NULL,
  status      INTEGER NOT NULL,
  vendor      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  headers     TEXT    NOT NULL CHECK (json_valid(headers)),
  body        TEXT    NOT NULL CHECK (octet_length(body) <= 4096),
  times       INTEGER NOT NULL CHECK (times > 0),
  first_at_ms INTEGER NOT NULL,
  last_at_ms  INTEGER NOT NULL,
  PRIMARY KEY (platform, api, code, status)
) STRICT;
