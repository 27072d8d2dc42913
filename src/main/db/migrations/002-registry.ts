export const sql = `
ALTER TABLE model_versions ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- JSON of what the server was found to have instead; NULL while it has what was registered.
ALTER TABLE model_versions ADD COLUMN drift TEXT;
-- Model, version, tags and note in lower case: what a search by words looks through.
ALTER TABLE model_versions ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE model_versions SET search_text =
  (SELECT lower(m.name || ' ' || model_versions.version) FROM models m WHERE m.id = model_versions.model_id);
-- All that a list filters and orders by, so that only the rows of a page are read whole.
CREATE INDEX model_versions_newest ON model_versions (created_at_ms DESC, id DESC, status, model_id, search_text);
CREATE INDEX model_versions_drifted ON model_versions (id) WHERE drift IS NOT NULL;
CREATE INDEX model_versions_by_file ON model_versions (configuration ->> 'file')
  WHERE configuration ->> 'file' IS NOT NULL;
CREATE TRIGGER model_versions_immutable
  BEFORE UPDATE OF id, model_id, version, digest, configuration, created_at_ms ON model_versions
  BEGIN SELECT RAISE(ABORT, 'a registered version is never changed in place'); END;

CREATE TABLE version_tags (
  version_id TEXT NOT NULL REFERENCES model_versions(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (version_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_tags_by_tag ON version_tags (tag, version_id);

CREATE TABLE model_aliases (
  model_id TEXT NOT NULL REFERENCES models(id),
  alias TEXT NOT NULL,
  version_id TEXT NOT NULL REFERENCES model_versions(id) ON DELETE CASCADE,
  PRIMARY KEY (model_id, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_aliases_of ON model_aliases (version_id);

-- The servers a version's calls may go to, as base URLs; empty for the default one. Generate URLs are not servers to ask.
CREATE TABLE version_servers (
  server TEXT NOT NULL,
  version_id TEXT NOT NULL REFERENCES model_versions(id) ON DELETE CASCADE,
  PRIMARY KEY (server, version_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_servers_of ON version_servers (version_id);
INSERT INTO version_servers
  SELECT rtrim(coalesce(configuration ->> 'endpoint', ''), '/'), v.id
  FROM model_versions v JOIN models m ON m.id = v.model_id
  WHERE m.provider = 'ollama'
    AND rtrim(coalesce(configuration ->> 'endpoint', ''), '/') NOT LIKE '%://%/%';

-- JSON arrays of version ids, and JSON objects of options.
ALTER TABLE assignments ADD COLUMN fallbacks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE assignments ADD COLUMN defaults TEXT NOT NULL DEFAULT '{}';
CREATE INDEX assignments_by_version ON assignments (version_id, until_ms);

CREATE TABLE endpoints (
  endpoint TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  max_concurrent INTEGER NOT NULL
) STRICT;

-- What a model file was when it was hashed, so that one that did not change is not read again.
CREATE TABLE hashed_files (
  path TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
`;
