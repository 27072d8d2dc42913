import { describe, expect, test } from "vitest";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { probeOpenAI } from "../../../src/main/inference/providers/openai/probe.ts";
import { requestTo, server, startIt, useScriptedServer } from "./scripted-call.ts";
import { startFullListener } from "../../kit/servers/full-listener.ts";
import { stall } from "../../kit/servers/ollama-scripts.ts";
import { refusingUrl } from "../../kit/servers/ollama-server.ts";
import { startOpenAIServer } from "../../kit/servers/openai-server.ts";

useScriptedServer();

describe("a server that is away or strange", () => {
  test("is an answer of a probe, and unknown to all other questions", async () => {
    const url = await refusingUrl();
    expect(await probeOpenAI(url)).toEqual({
      state: "down",
      lastError: `Nothing answers at ${new URL(url).host}.`,
      remedy: startIt,
    });
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    const request = requestTo(url);
    expect(await provider.isLoaded(request)).toBe(null);
    expect(await provider.contextTokens(request)).toBe(null);
    expect(await provider.countTokens(request, "one")).toBe(null);
    await expect(provider.embed(request, ["one"], new AbortController().signal)).rejects.toMatchObject({
      errorClass: "refused",
    });
    await provider.close();
  });

  test("a probe that is aborted throws the reason and leaves no connection", async () => {
    const full = await startFullListener();
    const stop = new AbortController();
    const reason = new Error("left the screen");
    setTimeout(() => stop.abort(reason), 50);
    await expect(probeOpenAI(full.url, { signal: stop.signal })).rejects.toBe(reason);
    await full.close();
  });

  test("closing the provider ends a call that is running", async () => {
    server.use(stall("Once"));
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    const reading = provider.stream(requestTo(server.url), new AbortController().signal)[Symbol.asyncIterator]();
    expect((await reading.next()).value).toEqual({ type: "text", text: "Once" });
    const next = reading.next();
    await Promise.all([expect(next).rejects.toMatchObject({ name: "ProviderError" }), provider.close()]);
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("a server restarted on its port is called again by the next call", async () => {
    const first = await startOpenAIServer();
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    const call = async () => {
      const types: string[] = [];
      for await (const event of provider.stream(requestTo(first.url), new AbortController().signal))
        types.push(event.type);
      return types.at(-1);
    };
    expect(await call()).toBe("result");
    await first.close();
    await expect(call()).rejects.toMatchObject({ errorClass: "refused" });
    const again = await startOpenAIServer({ port: Number(new URL(first.url).port) });
    expect(await call()).toBe("result");
    await provider.close();
    await again.close();
  });
});
