import type { Database } from "better-sqlite3";
import { sql as initial } from "../../src/main/db/migrations/001-initial.ts";
import { sql as registry } from "../../src/main/db/migrations/002-registry.ts";
import { sql as calls } from "../../src/main/db/migrations/003-calls.ts";
import { sql as suites } from "../../src/main/db/migrations/004-suites.ts";
import { sql as rollouts } from "../../src/main/db/migrations/005-rollouts.ts";
import { sql as coordination } from "../../src/main/db/migrations/006-coordination.ts";
import { sql as judgements } from "../../src/main/db/migrations/007-judgements.ts";
import { sql as rolloutOrder } from "../../src/main/db/migrations/008-rollout-order.ts";
import { rolloutId, versionId } from "../../src/shared/contract/ids.ts";
import { rolloutPlan } from "../../src/shared/contract/rollout-plan.ts";

const id = (last: number) => `01900000-0000-7000-8000-00000000000${last}`;
export const previous = {
  useCase: "interaction_layer",
  rolloutId: rolloutId.parse(id(1)),
  stable: versionId.parse(id(2)),
  candidate: versionId.parse(id(3)),
};

/** Writes data as schema 8 had it: a rollout that a person paused at 10 %, its events, and an alert that was acknowledged. */
export function writePreviousData(db: Database, endpoint: string): void {
  for (const sql of [initial, registry, calls, suites, rollouts, coordination, judgements, rolloutOrder]) db.exec(sql);
  db.pragma("user_version = 8");
  const { useCase, stable, candidate } = previous;
  db.exec("INSERT INTO models VALUES ('01900000-0000-7000-8000-000000000009', 'keeper', 'self_hosted', 'ollama', 1)");
  const insertVersion = db.prepare(
    `INSERT INTO model_versions (id, model_id, version, status, digest, configuration, created_at_ms)
     VALUES (?, '01900000-0000-7000-8000-000000000009', ?, ?, NULL, ?, 1)`,
  );
  insertVersion.run(stable, "plain", "active", JSON.stringify({ endpoint, serverModel: "plain" }));
  insertVersion.run(candidate, "poet", "candidate", JSON.stringify({ endpoint, serverModel: "poet" }));
  const insertAssignment = db.prepare(
    "INSERT INTO assignments (id, use_case, version_id, from_ms, until_ms, assigned_by, reason) VALUES (?, ?, ?, ?, ?, ?, NULL)",
  );
  insertAssignment.run(id(4), useCase, candidate, 1, 2, "Taleward");
  insertAssignment.run(id(5), useCase, candidate, 2, 3, "Mara");
  insertAssignment.run(id(6), useCase, stable, 3, null, "the person at this desk");
  db.prepare(
    `INSERT INTO alerts VALUES (?, 1, 'violation', 'warning', 'It was so.', 'Look at it.', NULL, 1, 2, 'the person at this desk')`,
  ).run(id(7));
  insertRollout(db);
}

function insertRollout(db: Database): void {
  const plan = rolloutPlan.parse({
    strategy: "canary",
    warmUp: false,
    steps: [{ type: "weight", percent: 10 }, { type: "pause" }],
    rollbackWindow: 0,
  });
  const status = {
    state: "paused",
    pause: { reason: "person", untilMs: null, message: "Paused by the person at this desk" },
    step: 1,
    stepSinceMs: 10,
    stepUntilMs: null,
    stepUnits: 0,
    pausedAtMs: 20,
    candidatePercent: 10,
    switched: false,
    warmed: false,
    progressAtMs: 10,
    deadlineTold: true,
    watchUntilMs: null,
    accepted: [],
    reason: null,
  };
  db.prepare(
    `INSERT INTO rollouts (id, use_case, stable_version_id, candidate_version_id, plan, status, state, started_at_ms)
     VALUES ($rolloutId, $useCase, $stable, $candidate, $plan, $status, 'paused', 10)`,
  ).run({ ...previous, plan: JSON.stringify(plan), status: JSON.stringify(status) });
  const insertEvent = db.prepare("INSERT INTO rollout_events VALUES (?, ?, ?, ?, ?, ?, ?)");
  const events = [
    ["started", "the person at this desk", 0],
    ["weight", "Taleward", 10],
    ["paused", "Mara", 10],
    ["paused", "whoever assigned another version", 10],
  ] as const;
  for (const [index, [type, by, percent]] of events.entries())
    insertEvent.run(previous.rolloutId, index + 1, 10 + index, type, `It ${type}`, by, percent);
}
