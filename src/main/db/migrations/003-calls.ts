export const sql = `
ALTER TABLE inferences ADD COLUMN error_remedy TEXT;
ALTER TABLE inferences ADD COLUMN attempts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE inferences ADD COLUMN caller TEXT NOT NULL DEFAULT '';
ALTER TABLE inferences ADD COLUMN session_key TEXT;
ALTER TABLE inferences ADD COLUMN prompt_truncated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inferences ADD COLUMN thoughts TEXT NOT NULL DEFAULT '';
ALTER TABLE inferences ADD COLUMN tool_calls TEXT NOT NULL DEFAULT '[]';
`;
