export const sql = `
ALTER TABLE model_versions ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- JSON of what the server was found to have instead; NULL while it has what was registered.
ALTER TABLE model_versions ADD COLUMN drift TEXT;
CREATE INDEX model_versions_newest ON model_versions (created_at_ms DESC, id DESC);
CREATE INDEX model_versions_drifted ON model_versions (id) WHERE drift IS NOT NULL;

CREATE TABLE version_tags (
  version_id TEXT NOT NULL REFERENCES model_versions(id),
  tag TEXT NOT NULL,
  PRIMARY KEY (version_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_tags_by_tag ON version_tags (tag, version_id);

CREATE TABLE model_aliases (
  model_id TEXT NOT NULL REFERENCES models(id),
  alias TEXT NOT NULL,
  version_id TEXT NOT NULL REFERENCES model_versions(id),
  PRIMARY KEY (model_id, alias)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_aliases_of ON model_aliases (version_id);

-- JSON arrays of version ids, and JSON objects of options.
ALTER TABLE assignments ADD COLUMN fallbacks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE assignments ADD COLUMN defaults TEXT NOT NULL DEFAULT '{}';
CREATE INDEX assignments_by_version ON assignments (version_id);

CREATE TABLE endpoints (
  endpoint TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  max_concurrent INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
`;
