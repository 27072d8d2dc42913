/** Large text stands last in its table, so that list queries never read its overflow pages. */
export const sql = `
CREATE TABLE models (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  provider TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE model_versions (
  id TEXT PRIMARY KEY,
  model_id TEXT NOT NULL REFERENCES models(id),
  version TEXT NOT NULL,
  status TEXT NOT NULL,
  digest TEXT,
  configuration TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (model_id, version)
) STRICT;

CREATE TABLE use_cases (
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO use_cases VALUES
  ('story_generation', 'Writes the next passage of a story', 1),
  ('coordination_layer', 'Plans the beats of a scene', 2),
  ('foundation_layer', 'Drafts a scene from its beats', 3),
  ('customization_layer', 'Adapts a draft to a voice', 4),
  ('interaction_layer', 'Writes dialogue and choices', 5);

CREATE TABLE assignments (
  id TEXT PRIMARY KEY,
  use_case TEXT NOT NULL REFERENCES use_cases(name),
  version_id TEXT NOT NULL REFERENCES model_versions(id),
  from_ms INTEGER NOT NULL,
  until_ms INTEGER,
  assigned_by TEXT NOT NULL,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX assignments_live ON assignments (use_case) WHERE until_ms IS NULL;
CREATE INDEX assignments_history ON assignments (use_case, from_ms DESC);

CREATE TABLE inferences (
  id TEXT PRIMARY KEY,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  use_case TEXT NOT NULL,
  version_id TEXT,
  model TEXT NOT NULL,
  version TEXT NOT NULL,
  provider TEXT NOT NULL,
  digest TEXT,
  outcome TEXT NOT NULL,
  severity TEXT NOT NULL,
  finish_reason TEXT,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  queue_ms REAL,
  load_ms REAL,
  prefill_ms REAL,
  decode_ms REAL,
  first_token_ms REAL,
  total_ms REAL,
  error_class TEXT,
  error_message TEXT,
  registry_stale INTEGER NOT NULL,
  prompt_template TEXT,
  prompt_excerpt TEXT NOT NULL,
  response_excerpt TEXT NOT NULL,
  options TEXT NOT NULL,
  findings TEXT NOT NULL,
  messages TEXT NOT NULL,
  response TEXT NOT NULL
) STRICT;
CREATE INDEX inferences_newest ON inferences (started_at_ms DESC, id DESC);
CREATE INDEX inferences_by_use_case ON inferences (use_case, started_at_ms DESC, id DESC);
CREATE INDEX inferences_by_model ON inferences (model, started_at_ms DESC, id DESC);
CREATE INDEX inferences_by_outcome ON inferences (outcome, started_at_ms DESC, id DESC);

CREATE TABLE violations (
  id TEXT PRIMARY KEY,
  inference_id TEXT NOT NULL REFERENCES inferences(id),
  at_ms INTEGER NOT NULL,
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  message TEXT NOT NULL,
  score REAL NOT NULL,
  decision TEXT NOT NULL,
  span_start INTEGER NOT NULL,
  span_end INTEGER NOT NULL,
  excerpt TEXT NOT NULL,
  shown TEXT,
  original TEXT NOT NULL
) STRICT;
CREATE INDEX violations_newest ON violations (at_ms DESC, id DESC);
CREATE INDEX violations_by_severity ON violations (severity, at_ms DESC, id DESC);
CREATE INDEX violations_open ON violations (severity) WHERE decision = 'open';
CREATE INDEX violations_by_inference ON violations (inference_id);

CREATE TABLE violation_reviews (
  id INTEGER PRIMARY KEY,
  violation_id TEXT NOT NULL REFERENCES violations(id),
  at_ms INTEGER NOT NULL,
  decision TEXT,
  reason TEXT
) STRICT;
CREATE INDEX violation_reviews_of ON violation_reviews (violation_id, id);

CREATE TABLE stories (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE passages (
  id TEXT PRIMARY KEY,
  story_id TEXT NOT NULL REFERENCES stories(id),
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  words INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  caret INTEGER NOT NULL,
  saved_at_ms INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX passages_of ON passages (story_id, position);

CREATE TABLE proposals (
  id TEXT PRIMARY KEY,
  passage_id TEXT NOT NULL REFERENCES passages(id),
  inference_id TEXT,
  state TEXT NOT NULL,
  model TEXT,
  version TEXT,
  seed INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  note TEXT,
  prompt TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX proposals_of ON proposals (passage_id, created_at_ms);
CREATE INDEX proposals_streaming ON proposals (state) WHERE state = 'streaming';
`;
