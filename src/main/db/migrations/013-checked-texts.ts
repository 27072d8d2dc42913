/**
 * What violations were found in, once a call and part of it, whatever their number: a violation of before has it in its own row,
 * and no part. `found` is how many findings there were, those included that have no row.
 */
export const sql = `
CREATE TABLE checked_texts (
  inference_id TEXT NOT NULL REFERENCES inferences (id) ON DELETE CASCADE,
  part TEXT NOT NULL CHECK (part IN ('answer', 'thoughts')),
  text TEXT NOT NULL,
  found INTEGER NOT NULL,
  PRIMARY KEY (inference_id, part)
) STRICT;
ALTER TABLE violations ADD COLUMN part TEXT;
`;
