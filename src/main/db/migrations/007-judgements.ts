export const sql = `
-- A version registered while nobody could say what its name holds is pinned once, when somebody can; never again.
DROP TRIGGER model_versions_immutable;
CREATE TRIGGER model_versions_immutable
  BEFORE UPDATE OF id, model_id, version, configuration, created_at_ms ON model_versions
  BEGIN SELECT RAISE(ABORT, 'a registered version is never changed in place'); END;
CREATE TRIGGER model_versions_pinned_once
  BEFORE UPDATE OF digest ON model_versions WHEN OLD.digest IS NOT NULL OR NEW.digest IS NULL
  BEGIN SELECT RAISE(ABORT, 'a registered version is never changed in place'); END;

-- What persons thought of answers, one rating an answer; with the version that gave it.
CREATE TABLE ratings (
  inference_id TEXT PRIMARY KEY REFERENCES inferences(id) ON DELETE CASCADE,
  version_id TEXT NOT NULL REFERENCES model_versions(id),
  stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
  rated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_of ON ratings (version_id, stars);

-- A version's runs are counted without reading its results.
DROP INDEX test_results_by_version;
CREATE INDEX test_results_by_version ON test_results (version_id, run_id, state);

-- Calls that somebody further down the chain took over, with all that tells who failed them: their rows are not read. Written
-- for such calls alone.
CREATE INDEX inferences_rescued ON inferences (id, started_at_ms, version_id, attempts)
  WHERE instr(attempts, '"next":"fallback"') > 0;
`;
