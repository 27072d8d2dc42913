/** An actor as data, where the words for it were kept. `actorFromText` reads the same words in documents. */
const actorIn = (column: string) => `
  CASE
    WHEN ${column} = 'Taleward' THEN '{"kind":"system"}'
    WHEN ${column} IN ('', 'a person', 'the person at this desk', 'whoever assigned another version') THEN '{"kind":"person"}'
    ELSE json_object('kind', 'person', 'name', substr(${column}, 1, 200))
  END`;

export const sql = `
UPDATE assignments SET assigned_by = ${actorIn("assigned_by")};
UPDATE rollout_events SET asked_by = ${actorIn("asked_by")};
UPDATE alerts SET acknowledged_by = ${actorIn("acknowledged_by")} WHERE acknowledged_by IS NOT NULL;

UPDATE rollouts SET status = json_remove(
  json_set(status,
    '$.deadlineReported', json(coalesce(status -> '$.deadlineTold', 'false')),
    '$.stuckReported', json(coalesce(status -> '$.stuckTold', 'false'))),
  '$.deadlineTold', '$.stuckTold');
`;
