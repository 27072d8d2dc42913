import { describe, expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import { collect, shortRequest } from "./conformance.ts";
import { ask, closeServerAfterEach, model, never, server, start } from "./scripted.ts";

closeServerAfterEach();

describe("keys", () => {
  test("go with every request to their server, and nowhere into what is told of it", async () => {
    const key = "sk-very-secret-1234";
    await start("llama.cpp", { key });
    const wire: unknown[] = [];
    await ask({ repeatPenalty: 1.1 }, { observe: (event) => wire.push(event) }, key);
    expect(server.requests.length).toBeGreaterThan(1);
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(wire).toHaveLength(2);
    expect(JSON.stringify(wire)).not.toContain(key);
  });

  test("a missing key is asked for, and a wrong one is never said back", async () => {
    await start("LiteLLM", { key: "right" });
    const host = new URL(server.url).host;
    const words = "Authentication Error, Invalid proxy server token passed. Received API Key =";
    await expect(ask({})).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: `${host} asks for a key (401). ${words}.`,
      remedy: "Save the server's key with its endpoint on the Models screen.",
    });
    const wire: unknown[] = [];
    await expect(ask({}, { observe: (event) => wire.push(event) }, "sk-wrong-1234")).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: `${host} does not allow this with the key that is kept for it (401). ${words} [key].`,
      remedy: "Save a valid key for this endpoint on the Models screen.",
    });
    expect(JSON.stringify(wire)).not.toContain("sk-wrong-1234");
    expect(await probeOpenAI(server.url, { key: "sk-wrong-1234" })).toEqual({
      state: "down",
      lastError: `${host} does not allow this with the key that is kept for it (401). ${words} [key].`,
      remedy: "Save a valid key for this endpoint on the Models screen.",
    });
  });

  test.each<[string, string]>([
    ["an error inside the answer", 'data: {"error":{"message":"key sk-said-back-1234 has no budget"}}\n\n'],
    ["a line that cannot be read", "key sk-said-back-1234 has no budget\n"],
  ])("%s that says the key back is told without it", async (_name, bytes) => {
    await start("llama.cpp", { key: "sk-said-back-1234" });
    server.use({ steps: [{ do: "bytes", bytes }] });
    const wire: unknown[] = [];
    await expect(ask({}, { observe: (event) => wire.push(event) }, "sk-said-back-1234")).rejects.toMatchObject({
      message: expect.stringContaining("key [key] has no budget"),
    });
    expect(JSON.stringify(wire)).toContain("key [key] has no budget");
    expect(JSON.stringify(wire)).not.toContain("sk-said-back-1234");
  });

  test.each(["two\nlines", "two words", "schlüssel", ""])(
    "one that cannot be a header, %j, is not allowed and not sent",
    async (key) => {
      await start("llama.cpp");
      const remedy = "Save the key again for this endpoint on the Models screen.";
      await expect(ask({}, {}, key)).rejects.toMatchObject({ errorClass: "not_allowed", remedy });
      expect(await probeOpenAI(server.url, { key })).toMatchObject({ state: "down", remedy });
      expect(server.requests).toEqual([]);
    },
  );

  test("one that cannot be read is not allowed, with the way to put that right", async () => {
    await start("llama.cpp");
    const failure = new Failure("STORAGE", "The keys in keys.json cannot be read.", { remedy: "Move it away." });
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.reject(failure) } });
    const request = shortRequest({ url: server.url, modelName: model });
    await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
      errorClass: "not_allowed",
      message: "The keys in keys.json cannot be read.",
      remedy: "Move it away.",
    });
    expect(await provider.contextTokens(request)).toBe(2_048);
    await provider.close();
  });

  test("credentials in the address become basic authorization and are not told", async () => {
    await start("llama.cpp");
    const endpoint = server.url.replace("http://", "http://anna:s%C3%BC%C3%9F@");
    const wire: unknown[] = [];
    await ask({}, { configuration: { endpoint }, observe: (event) => wire.push(event) });
    const expected = `Basic ${Buffer.from("anna:süß").toString("base64")}`;
    expect(server.calls[0]?.headers.authorization).toBe(expected);
    expect(JSON.stringify(wire)).not.toContain("anna");
  });
});
