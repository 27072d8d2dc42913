import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newCallId } from "../../../src/main/db/call-ids.ts";
import { migrate } from "../../../src/main/db/migrate.ts";
import { type InferenceBegin, type InferenceEnd, logReads, logWrites } from "../../../src/main/db/queries/logs.ts";
import { shortCallWrites } from "../../../src/main/db/queries/short-calls.ts";
import type { InferenceId, ViolationId } from "../../../src/shared/contract/ids.ts";

let db: Sqlite.Database;
beforeEach(() => {
  db = new Sqlite(":memory:");
  migrate(db);
});
afterEach(() => db.close());

test("a call whose beginning and end are written as one has the row, and the violations, of one that was written in two steps", () => {
  const [one, two] = [newCallId(), newCallId()];
  shortCallWrites.insertEndedInference(db, { begin: begin(one), end: end(one) });
  logWrites.beginInference(db, begin(two));
  logWrites.finishInference(db, end(two));
  const row = (inferenceId: InferenceId) => ({ ...logReads.getInference(db, { inferenceId }), id: null });
  expect(row(one)).toEqual(row(two));
  const columns = (id: InferenceId) => ({
    ...(db.prepare("SELECT * FROM inferences WHERE id = ?").get(id) as object),
    id,
  });
  expect({ ...columns(one), id: null }).toEqual({ ...columns(two), id: null });
  const violations = db.prepare(
    "SELECT category, excerpt, text, found, shown FROM violations JOIN checked_texts USING (inference_id, part) WHERE inference_id = ?",
  );
  expect(violations.all(one)).toHaveLength(1);
  expect(violations.all(one)).toEqual(violations.all(two));
});

function begin(id: InferenceId): InferenceBegin {
  return {
    id,
    startedAtMs: 1_000,
    useCase: "direct",
    versionId: null,
    model: "smollm2",
    version: "1",
    provider: "ollama",
    digest: "sha256:00",
    registryStale: true,
    promptTemplate: "story 1",
    ask: "Begin",
    messages: [{ role: "user", content: "Begin" }],
    options: { temperature: 0.1 },
    caller: "test",
    sessionKey: "reader 1",
    rollout: null,
  };
}

function end(id: InferenceId): InferenceEnd {
  const finding = {
    ruleId: "S7.card-number",
    category: "S7" as const,
    severity: "critical" as const,
    message: "A card number.",
    score: 1,
    start: 0,
    end: 4,
  };
  return {
    id,
    finishedAtMs: 2_000,
    outcome: "held",
    finishReason: "held",
    promptTokens: 1,
    completionTokens: 2,
    timings: { queueMs: 1, loadMs: 2, prefillMs: 3, decodeMs: 4, firstTokenMs: 5, totalMs: 6 },
    verdict: { severity: "critical", findings: [finding] },
    errorClass: "internal",
    errorMessage: "It failed.",
    errorRemedy: "Try again.",
    attempts: [],
    promptTruncated: true,
    response: "Later.",
    raw: "Sure! Later.",
    leftOut: [{ start: 0, end: 6, reason: "preamble" }],
    thoughts: "Hm.",
    toolCalls: [{ id: "1", name: "roll", arguments: { sides: 6 } }],
    rerouted: { id: null as never, model: "smollm2", version: "2", provider: "ollama", digest: null },
    rollout: null,
    severity: "critical",
    violations: [
      { ...finding, id: `violation of ${id}` as ViolationId, excerpt: "4111", part: "answer", shown: "Later." },
    ],
    checked: [{ part: "answer", text: "4111", found: 1 }],
  };
}
