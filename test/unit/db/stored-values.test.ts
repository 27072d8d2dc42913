import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newCallId } from "../../../src/main/db/call-ids.ts";
import { migrate } from "../../../src/main/db/migrate.ts";
import { type InferenceBegin, type InferenceEnd, logReads, logWrites } from "../../../src/main/db/queries/logs.ts";
import { inferenceRecord, inferenceSummary } from "../../../src/shared/contract/logs.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";

let db: Sqlite.Database;
const id = newCallId();
beforeEach(() => {
  db = new Sqlite(":memory:");
  migrate(db);
  logWrites.beginInference(db, begin);
});
afterEach(() => db.close());

const begin: InferenceBegin = {
  id,
  startedAtMs: 1_000,
  useCase: "direct",
  versionId: null,
  model: "smollm2",
  version: "1",
  provider: "ollama",
  digest: null,
  registryStale: false,
  promptTemplate: null,
  ask: "Begin",
  messages: [{ role: "user", content: "Begin" }],
  options: { temperature: 0.1 },
  caller: "test",
  sessionKey: null,
  rollout: null,
};

const end: InferenceEnd = {
  id,
  finishedAtMs: 2_000,
  outcome: "completed",
  finishReason: "stop",
  promptTokens: 1,
  completionTokens: 2,
  timings: { queueMs: 1, loadMs: 2, prefillMs: 3, decodeMs: 4, firstTokenMs: 5, totalMs: 6 },
  verdict: { severity: "none", findings: [] },
  checked: [],
  errorClass: null,
  errorMessage: null,
  errorRemedy: null,
  attempts: [],
  promptTruncated: false,
  response: "It was night.",
  raw: "It was night.",
  leftOut: [],
  thoughts: "",
  toolCalls: [],
  rerouted: null,
  rollout: null,
  severity: "none",
  violations: [],
};

const durations = "queue_ms load_ms prefill_ms decode_ms first_token_ms total_ms".split(" ");

test.each(["9e999", "-9e999", "-1"])(
  "a row that holds %s for its counts and durations is read, without them",
  (stored) => {
    logWrites.finishInference(db, end);
    db.prepare("UPDATE inferences SET prompt_tokens = -1, completion_tokens = -1 WHERE id = ?").run(id);
    for (const column of durations) db.prepare(`UPDATE inferences SET ${column} = ${stored} WHERE id = ?`).run(id);
    const record = inferenceRecord.parse(logReads.getInference(db, { inferenceId: id }));
    expect(record).toMatchObject({
      response: "It was night.",
      raw: "It was night.",
      leftOut: [],
      promptTokens: null,
      completionTokens: null,
      timings: { queueMs: null, loadMs: null, prefillMs: null, decodeMs: null, firstTokenMs: null, totalMs: 1_000 },
    });
    const { items } = logReads.listInferences(db, { limit: 10 });
    expect(items.map((item) => inferenceSummary.parse(item))).toMatchObject([
      { completionTokens: null, totalMs: null },
    ]);
  },
);

test.each(["''", "'{'", "'null'", "'42'"])("a row that holds %s where JSON should be is read, without it", (stored) => {
  logWrites.finishInference(db, end);
  for (const column of ["messages", "options", "findings", "attempts", "tool_calls"])
    db.prepare(`UPDATE inferences SET ${column} = ${stored} WHERE id = ?`).run(id);
  const record = inferenceRecord.parse(logReads.getInference(db, { inferenceId: id }));
  expect(record).toMatchObject({ response: "It was night.", messages: [], options: {}, attempts: [], toolCalls: [] });
});

test("the row of a call that another version answered says what was sent to that version", () => {
  // A version's row is not looked at here.
  db.pragma("foreign_keys = OFF");
  const sent = { messages: [{ role: "user" as const, content: "Begin, briefly" }], options: { temperature: 0.9 } };
  const versionId = newCallId() as unknown as VersionId;
  const rerouted = { id: versionId, model: "smollm2", version: "2", provider: "ollama", digest: null };
  logWrites.finishInference(db, { ...end, rerouted, sent: { ...sent, promptTemplate: "brief 2" } });
  expect(logReads.getInference(db, { inferenceId: id })).toMatchObject({
    version: "2",
    promptTemplate: "brief 2",
    ...sent,
  });
});
