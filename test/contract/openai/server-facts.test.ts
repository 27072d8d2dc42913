import { describe, expect, test } from "vitest";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import { shortRequest, withProvider } from "./conformance.ts";
import { closeServerAfterEach, model, never, server, start } from "./scripted.ts";
import type { Dialect } from "../../kit/servers/openai-dialects.ts";

closeServerAfterEach();

describe("what a server is and has", () => {
  test.each<[Dialect, string | null, string | null, object]>([
    ["llama.cpp", "llama.cpp", "b8681", { parameters: "134.52M", sizeBytes: 91_720_000, loaded: true }],
    ["LM Studio", "LM Studio", null, { quantization: "Q4_K_M", loaded: true }],
    ["vLLM", "vLLM", "0.9.2", { loaded: true }],
    ["LiteLLM", "LiteLLM", "1.72.0", { loaded: null }],
    ["OpenAI", null, null, { loaded: null }],
  ])("%s is recognised by what only it has", async (dialect, name, version, details) => {
    await start(dialect, { key: "k-123" });
    const nothing = { name: model, digest: null, sizeBytes: null, parameters: null, quantization: null };
    expect(await probeOpenAI(server.url, { key: "k-123" })).toEqual({
      state: "up",
      latencyMs: expect.any(Number),
      server: name,
      version,
      models: [{ ...nothing, ...details }],
    });
    expect(server.calls).toEqual([]);
    // A server that says what it is in its list is not asked for the others' addresses.
    expect(server.requests).toHaveLength(dialect === "OpenAI" ? 7 : 2);
  });

  test.each<[Dialect, number | null, boolean | null, number | null]>([
    ["llama.cpp", 2_048, true, 3],
    ["LM Studio", 4_096, true, null],
    ["vLLM", 2_048, true, 3],
    ["LiteLLM", null, null, null],
    ["OpenAI", null, null, null],
  ])("%s says its window, what is loaded and how it counts, or null", async (dialect, window, loaded, count) => {
    await start(dialect);
    const request = shortRequest({ url: server.url, modelName: model });
    await withProvider(async (provider) => {
      expect(await provider.contextTokens(request)).toBe(window);
      expect(await provider.isLoaded(request)).toBe(loaded);
      expect(await provider.countTokens(request, "one two three")).toBe(count);
      const narrower = { ...request, configuration: { ...request.configuration, contextTokens: 512 } };
      expect(await provider.contextTokens(narrower)).toBe(512);
    });
    expect(server.calls).toEqual([]);
  });

  test("LM Studio's model on disk is not loaded, and has no window yet", async () => {
    await start("LM Studio", { models: [model, "sleeping-model"] });
    const request = shortRequest({ url: server.url, modelName: "sleeping-model" });
    await withProvider(async (provider) => {
      expect(await provider.isLoaded(request)).toBe(false);
      expect(await provider.contextTokens(request)).toBe(null);
    });
  });

  test("vectors come in the order of the texts, whatever order they arrive in", async () => {
    await start("llama.cpp");
    const request = shortRequest({ url: server.url, modelName: model });
    await withProvider(async (provider) => {
      expect(await provider.embed(request, ["a", "bcd"], never)).toEqual({
        vectors: [
          [1, 0],
          [3, 1],
        ],
        promptTokens: 6,
        loadMs: null,
        promptTruncated: false,
      });
    });
  });
});
