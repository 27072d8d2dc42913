export const sql = `
-- The outbox: an update is written in the transaction of the change it tells of.
CREATE TABLE model_updates (
  sequence INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  at_ms INTEGER NOT NULL,
  use_case TEXT NOT NULL,
  type TEXT NOT NULL,
  version_id TEXT NOT NULL,
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  percent REAL NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE subscribers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  url TEXT,
  acknowledged INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  last_error TEXT,
  next_try_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  level TEXT NOT NULL,
  message TEXT NOT NULL,
  remedy TEXT NOT NULL,
  place TEXT,
  -- How often it was met: the same kind at the same place soon after is the same alert.
  times INTEGER NOT NULL,
  acknowledged_at_ms INTEGER,
  acknowledged_by TEXT
) STRICT;
CREATE INDEX alerts_open ON alerts (at_ms DESC) WHERE acknowledged_at_ms IS NULL;
`;
