import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "../../../src/main/db/migrate.ts";
import { alertReads } from "../../../src/main/db/queries/alerts.ts";
import { assignmentReads } from "../../../src/main/db/queries/registry/assignments.ts";
import { rolloutReads } from "../../../src/main/db/queries/rollouts.ts";
import { actor, actorFromText } from "../../../src/shared/contract/actor.ts";
import { rolloutStatus } from "../../../src/shared/contract/rollout-status.ts";
import { previous, writePreviousData } from "../../kit/previous-data.ts";

let db: Sqlite.Database;
beforeEach(() => {
  db = new Sqlite(":memory:");
  writePreviousData(db, "http://127.0.0.1:9");
  migrate(db);
});
afterEach(() => db.close());

test("who assigned, acknowledged and commanded is data after the migration", () => {
  const history = assignmentReads.assignmentHistory(db, previous);
  expect(history.map(({ by }) => by)).toEqual([
    { kind: "person" },
    { kind: "person", name: "Mara" },
    { kind: "system" },
  ]);
  const events = rolloutReads.rolloutEvents(db, previous);
  expect(events.map(({ by }) => by)).toEqual([
    { kind: "person" },
    { kind: "system" },
    { kind: "person", name: "Mara" },
    { kind: "person" },
  ]);
  const { items } = alertReads.listAlerts(db, { open: null, limit: 9 });
  expect(items.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual([{ kind: "person" }]);
});

test("the status of a running rollout keeps what was reported, under its new names", () => {
  const { status } = rolloutReads.getRollout(db, previous);
  expect(status).toEqual(rolloutStatus.parse(status));
  expect(status).toMatchObject({ state: "paused", deadlineReported: true, stuckReported: false });
});

test.each([
  "Taleward",
  "the person at this desk",
  "whoever assigned another version",
  "a person",
  "",
  "Mara",
  'it\'s "I"',
])("the migration reads %j as documents do", (text) => {
  const old = new Sqlite(":memory:");
  try {
    writePreviousData(old, "http://127.0.0.1:9");
    old.prepare("UPDATE assignments SET assigned_by = ?").run(text);
    migrate(old);
    const [latest] = assignmentReads.assignmentHistory(old, previous);
    expect(latest?.by).toEqual(actorFromText(text));
    expect(actor.parse(latest?.by)).toEqual(latest?.by);
  } finally {
    old.close();
  }
});
