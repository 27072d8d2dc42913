import { expect, test } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { modelId, versionId } from "../../../src/shared/contract/ids.ts";
import { draftFrom, toRegistration, whatIsWrong } from "../../../src/renderer/src/features/models/register-draft.ts";

const version: ModelVersion = {
  id: versionId.parse("01900000-0000-7000-8000-000000000001"),
  modelId: modelId.parse("01900000-0000-7000-8000-000000000002"),
  model: "storyteller",
  modelType: "self_hosted",
  provider: "ollama",
  version: "1.0",
  status: "active",
  digest: null,
  configuration: {
    endpoint: "http://127.0.0.1:11434",
    replicas: ["http://127.0.0.1:11435"],
    serverModel: "smollm2:135m",
    contextTokens: 4_096,
    options: { temperature: 0.7, stop: ["\n"], format: "json" },
    deadlines: { totalMs: 60_000 },
  },
  createdAtMs: 0,
  assignedTo: [],
  tags: ["prose"],
  aliases: ["stable"],
  note: "Kept.",
  drift: null,
};

test("a new version of one carries its whole configuration over, also what has no field", () => {
  const { input, errors } = toRegistration({ ...draftFrom({ kind: "version", version }), version: "1.1" });
  expect(errors).toEqual({});
  expect(input).toEqual({
    modelName: "storyteller",
    version: "1.1",
    provider: "ollama",
    tags: ["prose"],
    note: "Kept.",
    configuration: version.configuration,
  });
});

test("a file is registered under its own name, for the built-in engine", () => {
  const draft = draftFrom({ kind: "file", file: String.raw`C:\models\tiny.Q4_1.gguf` });
  expect(whatIsWrong(draft)).toEqual({});
  expect(toRegistration(draft).input).toEqual({
    modelName: "tiny.Q4_1",
    version: "1.0",
    provider: "embedded",
    configuration: { file: String.raw`C:\models\tiny.Q4_1.gguf` },
  });
});

test("what is missing is said for every field at once", () => {
  const empty = draftFrom({ kind: "nothing" });
  expect(Object.keys(whatIsWrong({ ...empty, provider: "embedded", contextTokens: 12 }))).toEqual([
    "modelName",
    "version",
    "file",
    "contextTokens",
  ]);
});
