import { expect, test } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { modelId, versionId } from "../../../src/shared/contract/ids.ts";
import {
  draftFrom,
  fieldOf,
  toRegistration,
  whatIsWrong,
} from "../../../src/renderer/src/features/models/register/register-draft.ts";

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

test("a new version of one carries its whole configuration over", () => {
  const { input, errors } = toRegistration({ ...draftFrom({ kind: "version", version }), version: "1.1" });
  expect(errors).toEqual({ options: {}, deadlines: {} });
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

test("further addresses and deadlines are registered, those left empty are not", () => {
  const draft = {
    ...draftFrom({ kind: "nothing" }),
    modelName: "storyteller",
    version: "1.0",
    replicas: ["", " http://10.0.0.2:11434 ", ""],
    deadlines: { connectMs: "500", firstTokenMs: "30000", totalMs: "" },
  };
  expect(whatIsWrong(draft)).toEqual({});
  expect(toRegistration(draft).input.configuration).toEqual({
    replicas: ["http://10.0.0.2:11434"],
    deadlines: { connectMs: 500, firstTokenMs: 30_000 },
  });
  // The built-in engine is neither at an address nor connected to.
  expect(toRegistration({ ...draft, provider: "embedded", file: "a.gguf" }).input.configuration).toEqual({
    file: "a.gguf",
    deadlines: { firstTokenMs: 30_000 },
  });
});

test("what is wrong with an address or a deadline is said at it, and what the backend refuses too", () => {
  const draft = {
    ...draftFrom({ kind: "version", version }),
    version: "1.1",
    replicas: ["http://10.0.0.2:11434", "", "10.0.0.3"],
    deadlines: { totalMs: "1" },
  };
  expect(whatIsWrong(draft)).toEqual({ "replicas.2": expect.stringMatching(/http:\/\/ or https:\/\//) });
  expect(toRegistration(draft).errors.deadlines).toEqual({
    totalMs: "Give milliseconds from 10 to 86,400,000, or leave it empty.",
  });
  expect(fieldOf("configuration.replicas.1", draft)).toBe("replicas.2");
  expect(fieldOf("configuration.endpoint", draft)).toBe("endpoint");
  expect(fieldOf("configuration.options.stop", draft)).toBe("form");
  expect(fieldOf(null, draft)).toBe("form");
});
