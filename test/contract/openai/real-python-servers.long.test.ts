import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import {
  type RealOpenAIServer,
  startLiteLLM,
  startLlamaServer,
  whyNoRealOpenAIServers,
} from "../../kit/servers/real-openai-servers.ts";
import { collect, conformance, shortRequest, textOf, withProvider } from "./conformance.ts";

const missing = whyNoRealOpenAIServers();
const skipped = missing === null ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;

describe.skipIf(missing !== null)(`real servers of OpenAI's API from PyPI${skipped}`, { timeout: 120_000 }, () => {
  let llama: RealOpenAIServer;
  let litellm: RealOpenAIServer;
  beforeAll(async () => {
    llama = await startLlamaServer();
    litellm = await startLiteLLM(llama);
  }, 300_000);
  afterAll(async () => {
    await litellm?.close();
    await llama?.close();
  });

  const subjectOf = (name: "llama" | "litellm") => (name === "llama" ? llama : litellm);

  describe("llama-cpp-python's server", () => {
    conformance(() => llama);
  });
  describe("LiteLLM's proxy in front of it", () => {
    conformance(() => litellm);

    test("is recognised", async () => {
      expect(await probeOpenAI(litellm.url, { key: litellm.key ?? null })).toMatchObject({
        state: "up",
        server: "LiteLLM",
      });
    });
  });

  test.each(["llama", "litellm"] as const)("%s: ends as length where its tokens end", (name) => {
    const subject = subjectOf(name);
    return withProvider(async (provider) => {
      const events = await collect(provider.stream(shortRequest(subject, { options: { maxTokens: 4 } }), never));
      expect(textOf(events)).not.toBe("");
      expect(events.at(-1)).toMatchObject({ result: { finishReason: "length", promptTruncated: false } });
    }, subject.key ?? null);
  });

  test("a proxy whose server is gone is a named failure, and no answer", async () => {
    const gone = { url: "http://127.0.0.1:9", modelName: llama.modelName, close: () => Promise.resolve() };
    const alone = await startLiteLLM(gone);
    try {
      await withProvider(async (provider) => {
        await expect(collect(provider.stream(shortRequest(alone), never))).rejects.toMatchObject({
          name: "ProviderError",
          errorClass: expect.stringMatching(/^(server_error|overloaded|refused|broken_stream)$/),
        });
      }, alone.key ?? null);
    } finally {
      await alone.close();
    }
  });
});
