import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { detailsFromHeader } from "../../../src/main/gateway/file-details.ts";
import { showAnswer, tagEntry } from "../../../src/main/gateway/ollama/models.ts";
import { readGgufHeader } from "../../../src/main/inference/local-models/gguf-header.ts";
import { smollm } from "../../contract/gateway/scripted-gateway.ts";
import { ggufArray, ggufFile, ggufString, ggufTensor, ggufUint32 } from "../../kit/servers/gguf.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-gguf-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function detailsOf(parts: Parameters<typeof ggufFile>[0]) {
  const path = join(directory, "model.gguf");
  await writeFile(path, ggufFile(parts));
  return detailsFromHeader(await readGgufHeader(path));
}

const described = {
  values: [
    ggufString("general.architecture", "llama"),
    ggufString("general.name", "Smol"),
    ggufArray("tokenizer.ggml.scores", 4, 2, Buffer.alloc(8)),
    ggufUint32("general.file_type", 15),
    ggufUint32("llama.context_length", 8_192),
    ggufUint32("llama.embedding_length", 576),
    ggufString("tokenizer.chat_template", "{% for message in messages %}"),
    ggufString("general.license", "apache-2.0"),
  ],
  tensors: [ggufTensor("a", [1_000, 1_000], 0), ggufTensor("b", [500_000], 64)],
};

test("a model of the built-in engine is listed and shown as its file describes it", async () => {
  const details = await detailsOf(described);
  const model = { name: "smollm2@1.0", version: smollm, sinceMs: 0, digest: "ab".repeat(32) };
  expect(tagEntry(model, null, details)).toMatchObject({
    size: details.sizeBytes,
    details: {
      format: "gguf",
      family: "llama",
      families: ["llama"],
      parameter_size: "1.50M",
      quantization_level: "Q4_K_M",
    },
  });
  expect(details.sizeBytes).toBeGreaterThan(300);
  expect(showAnswer(model, details)).toMatchObject({
    license: "apache-2.0",
    template: "{% for message in messages %}",
    details: { family: "llama", parameter_size: "1.50M", quantization_level: "Q4_K_M" },
    model_info: { "general.architecture": "llama", "llama.context_length": 8_192, "llama.embedding_length": 576 },
    capabilities: ["completion"],
  });
});

test("what a file does not say, or says in another type or at impossible length, is left out", async () => {
  const values = [
    ggufUint32("general.architecture", 7),
    ggufUint32("general.file_type", 9_999),
    ggufString("tokenizer.chat_template", "x".repeat(70_000)),
  ];
  expect(await detailsOf({ values })).toMatchObject({
    family: null,
    quantization: null,
    template: null,
    contextTokens: null,
    parameters: "32",
  });
});

test("a file that claims more weights than there are numbers for has no count of them", async () => {
  const tensors = [ggufTensor("a", [9e15, 9e15, 9e15, 9e15], 0)];
  expect((await detailsOf({ tensors })).parameters).toBeNull();
});
