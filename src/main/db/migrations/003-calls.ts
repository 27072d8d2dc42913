export const sql = `
ALTER TABLE inferences ADD COLUMN error_remedy TEXT;
ALTER TABLE inferences ADD COLUMN attempts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE inferences ADD COLUMN caller TEXT NOT NULL DEFAULT '';
ALTER TABLE inferences ADD COLUMN session_key TEXT;
ALTER TABLE inferences ADD COLUMN prompt_truncated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inferences ADD COLUMN thoughts TEXT NOT NULL DEFAULT '';
ALTER TABLE inferences ADD COLUMN tool_calls TEXT NOT NULL DEFAULT '[]';

-- Ids are UUIDv7: in the order of the calls. Every index is written twice a call, so there are as few and as short as will do.
DROP INDEX inferences_newest;
DROP INDEX inferences_by_use_case;
DROP INDEX inferences_by_model;
DROP INDEX inferences_by_outcome;
CREATE INDEX inferences_by_use_case ON inferences (use_case, id);
CREATE INDEX inferences_by_model ON inferences (model, id);
CREATE INDEX inferences_by_outcome ON inferences (outcome, id) WHERE outcome <> 'completed';
`;
