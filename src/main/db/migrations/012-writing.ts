/**
 * `drafts`: what was typed into a field and not sent yet. `style`: how a story is written, as JSON, `{}` where nothing is chosen.
 * `sent`: what of its passage went with a proposal's prompt, as JSON; null where that is not known.
 */
export const sql = `
CREATE TABLE drafts (
  key TEXT PRIMARY KEY,
  saved_at_ms INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

ALTER TABLE stories ADD COLUMN style TEXT NOT NULL DEFAULT '{}';
ALTER TABLE proposals ADD COLUMN sent TEXT;
`;
