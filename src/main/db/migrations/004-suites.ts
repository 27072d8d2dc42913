export const sql = `
CREATE TABLE test_suites (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE test_cases (
  id TEXT PRIMARY KEY,
  suite_id TEXT NOT NULL REFERENCES test_suites(id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  messages TEXT NOT NULL,
  options TEXT NOT NULL,
  assertions TEXT NOT NULL
) STRICT;
CREATE INDEX test_cases_of ON test_cases (suite_id, position);

CREATE TABLE test_runs (
  id TEXT PRIMARY KEY,
  suite_id TEXT NOT NULL REFERENCES test_suites(id) ON DELETE CASCADE,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  state TEXT NOT NULL
) STRICT;
CREATE INDEX test_runs_of ON test_runs (suite_id, started_at_ms DESC);

CREATE TABLE test_results (
  run_id TEXT NOT NULL REFERENCES test_runs(id) ON DELETE CASCADE,
  case_id TEXT NOT NULL,
  version_id TEXT NOT NULL REFERENCES model_versions(id),
  case_position INTEGER NOT NULL,
  version_position INTEGER NOT NULL,
  case_name TEXT NOT NULL,
  state TEXT NOT NULL,
  inference_id TEXT,
  assertions TEXT NOT NULL,
  error TEXT,
  timings TEXT,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  text TEXT NOT NULL,
  PRIMARY KEY (run_id, case_id, version_id)
) STRICT;
CREATE INDEX test_results_by_version ON test_results (version_id);
`;
