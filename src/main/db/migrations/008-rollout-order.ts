export const sql = `
-- The place of an arm's call among those of its rollout as they were routed: clocks go back and have ties, evidence depends on
-- the order. What ended first is no such order, so rollout_end is left to the shadows.
ALTER TABLE inferences ADD COLUMN rollout_begin INTEGER;
UPDATE inferences SET rollout_begin = placed.place, rollout_end = NULL
FROM (
  SELECT id, row_number() OVER (PARTITION BY rollout_id ORDER BY id) AS place
  FROM inferences WHERE rollout_id IS NOT NULL AND arm IS NOT NULL
) AS placed
WHERE inferences.id = placed.id;
CREATE UNIQUE INDEX inferences_by_rollout_begin ON inferences (rollout_id, rollout_begin) WHERE rollout_begin IS NOT NULL;
-- The place of the last call before the rollout was taken up again: those up to it do not count.
ALTER TABLE rollouts ADD COLUMN counted_after INTEGER NOT NULL DEFAULT 0;
`;
