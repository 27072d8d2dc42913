export const sql = `
CREATE TABLE rollouts (
  id TEXT PRIMARY KEY,
  use_case TEXT NOT NULL REFERENCES use_cases(name),
  stable_version_id TEXT NOT NULL REFERENCES model_versions(id),
  candidate_version_id TEXT NOT NULL REFERENCES model_versions(id),
  plan TEXT NOT NULL,
  -- What decide() works on; written with the events that led to it, in one transaction.
  status TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER,
  -- What a simulation foretold of the plan; NULL where none was made.
  prediction TEXT
) STRICT;
CREATE UNIQUE INDEX rollouts_active ON rollouts (use_case) WHERE finished_at_ms IS NULL;
CREATE INDEX rollouts_of ON rollouts (use_case, started_at_ms DESC);

CREATE TABLE rollout_events (
  rollout_id TEXT NOT NULL REFERENCES rollouts(id),
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  candidate_percent REAL NOT NULL,
  PRIMARY KEY (rollout_id, sequence)
) STRICT, WITHOUT ROWID;

-- The arm of a call, and the candidate's share of the line when it was routed; NULL outside a rollout.
ALTER TABLE inferences ADD COLUMN rollout_id TEXT;
ALTER TABLE inferences ADD COLUMN arm TEXT;
ALTER TABLE inferences ADD COLUMN arm_percent REAL;
-- The place of a call among the ended ones of its rollout: clocks go back and have ties, evidence depends on the order.
ALTER TABLE inferences ADD COLUMN rollout_end INTEGER;
CREATE UNIQUE INDEX inferences_by_rollout_end ON inferences (rollout_id, rollout_end) WHERE rollout_end IS NOT NULL;
CREATE INDEX inferences_by_arm ON inferences (rollout_id, arm, id) WHERE rollout_id IS NOT NULL;
`;
