/**
 * What was deleted, and what passages said before. In tables of their own: a column added to passages would stand behind
 * their text, and lists would have to read past it.
 */
export const sql = `
CREATE TABLE bin (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  deleted_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bin_newest ON bin (kind, deleted_at_ms DESC, id DESC);

CREATE TABLE closed_proposals (
  proposal_id TEXT PRIMARY KEY REFERENCES proposals(id),
  state_before TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO closed_proposals (proposal_id, state_before)
  SELECT id, CASE WHEN json_extract(note, '$.severity') IS NOT NULL THEN 'held' WHEN note IS NOT NULL THEN 'failed' ELSE 'ready' END
  FROM proposals WHERE state IN ('accepted', 'discarded');
INSERT INTO bin (id, kind, deleted_at_ms)
  SELECT id, 'proposal', created_at_ms FROM proposals WHERE state = 'discarded';

CREATE TABLE passage_changes (
  passage_id TEXT NOT NULL REFERENCES passages(id),
  revision INTEGER NOT NULL,
  base_revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  began_at_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  save_id TEXT,
  position INTEGER NOT NULL,
  removed TEXT NOT NULL,
  inserted TEXT NOT NULL,
  PRIMARY KEY (passage_id, revision)
) STRICT;
`;
