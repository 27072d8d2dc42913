/**
 * Answers as models wrote them, where their reader was shown less: by the id of their call, and of the proposal they became.
 * `left_out` is JSON; `is_used` says that the proposal's writer took back what was left out. In a table of its own, since few
 * answers have one and lists must not read past it.
 */
export const sql = `
CREATE TABLE raw_answers (
  id TEXT PRIMARY KEY,
  raw TEXT NOT NULL,
  left_out TEXT NOT NULL,
  is_used INTEGER NOT NULL DEFAULT 0
) STRICT;
`;
