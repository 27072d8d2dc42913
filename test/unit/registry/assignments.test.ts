import { afterEach, beforeEach, expect, test } from "vitest";
import type { Database } from "better-sqlite3";
import { v7 as uuid } from "uuid";
import {
  type AssignFact,
  assignmentReads,
  assignmentWrites,
} from "../../../src/main/db/queries/registry/assignments.ts";
import { versionReads, versionWrites } from "../../../src/main/db/queries/registry/versions.ts";
import { assignmentId, modelId, versionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { emptyRegistry } from "../../kit/empty-registry.ts";
import { aTest } from "../../kit/actors.ts";

const dayMs = 86_400_000;
const useCase = "story_generation";
let db: Database;
let one: ModelVersion;
let two: ModelVersion;

beforeEach(() => {
  db = emptyRegistry();
  [one, two] = [register("1.0"), register("2.0")];
});
afterEach(() => db.close());

const register = (version: string): ModelVersion =>
  versionWrites.registerVersion(db, {
    modelName: "llama",
    modelType: "self_hosted",
    provider: "ollama",
    version,
    configuration: {},
    modelId: modelId.parse(uuid()),
    versionId: versionId.parse(uuid()),
    assignmentId: assignmentId.parse(uuid()),
    digest: null,
    servers: [""],
    atMs: 1,
    by: aTest,
  });
const assign = (version: ModelVersion, atMs: number, more: Partial<AssignFact> = {}) =>
  assignmentWrites.assign(db, {
    assignmentId: assignmentId.parse(uuid()),
    useCase,
    versionId: version.id,
    atMs,
    by: aTest,
    reason: null,
    ...more,
  });
const undo = (atMs: number) =>
  assignmentWrites.undoAssignment(db, { useCase, newId: assignmentId.parse(uuid()), atMs, by: aTest, reason: null });

test("live assignments hold every use case, with whole versions of what answers and of its fallbacks in order", () => {
  const three = register("3.0");
  assign(one, 10, { fallbacks: [three.id, two.id], defaults: { topK: 3 } });
  const now = (version: ModelVersion) => versionReads.getVersion(db, { versionId: version.id });
  expect(assignmentReads.liveAssignments(db)).toEqual([
    { useCase, version: now(one), fallbacks: [now(three), now(two)], defaults: { topK: 3 } },
    ...["coordination_layer", "foundation_layer", "customization_layer", "interaction_layer"].map((name) => ({
      useCase: name,
      version: null,
      fallbacks: [],
      defaults: {},
    })),
  ]);
});

test("an undo names the assignment it goes back to by weekday and local time, and an older one by its date", () => {
  const thenMs = new Date(2026, 10, 3, 9, 5).getTime(); // a Tuesday
  assign(one, thenMs);
  assign(two, thenMs + 1);
  expect(undo(thenMs + 5 * dayMs).reason).toBe("Undo: back to llama 1.0 of Tue 09:05");
  assign(two, thenMs + 6 * dayMs);
  const second = assignmentReads.assignmentHistory(db, { useCase }).at(-1);
  const old = assignmentWrites.undoAssignment(db, {
    useCase,
    assignmentId: second?.id,
    newId: assignmentId.parse(uuid()),
    atMs: thenMs + 7 * dayMs,
    by: aTest,
    reason: null,
  });
  expect(old.reason).toBe("Undo: back to llama 1.0 of 3 Nov 2026 09:05");
});

test("a clock that went back leaves no assignment that ends before it begins, and no two at a time", () => {
  assign(one, 1_000);
  assign(two, 500);
  undo(200);
  const history = assignmentReads.assignmentHistory(db, { useCase });
  expect(history.map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
    [1_000, null],
    [1_000, 1_000],
    [1_000, 1_000],
  ]);
  expect(assignmentReads.assignmentTimeline(db, { sinceMs: 1_000, untilMs: null })).toHaveLength(3);
});
