-- After a crash what was reserved counts as used: a few rows of the many that are kept.
CREATE INDEX offpeak_ledger_reserved ON offpeak_ledger (platform) WHERE reserved > 0;
