import { describe, expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { collect, conformance, shortRequest, textOf } from "./conformance.ts";
import { optionsConformance } from "./options-conformance.ts";
import { model, never, server, useScriptedServer } from "./scripted.ts";
import { fast, stall, streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("the scripted server", () => {
  conformance(() => ({ url: server.url, modelName: model, report: (script) => server.use(script) }));
  optionsConformance(() => ({ url: server.url, modelName: model, report: (script) => server.use(script) }));
});

describe("connections", () => {
  test("calls one after the other share their connections, and closing the provider ends them", async () => {
    const own = await startOllamaServer({ script: fast(20) });
    const provider = createOllamaProvider({ defaultEndpoint: own.url });
    for (let call = 0; call < 20; call++) await collect(provider.stream(shortRequest(model), never));
    expect(await own.connections()).toBeLessThanOrEqual(2);
    await provider.close();
    await expect.poll(() => own.connections()).toBe(0);
    await own.close();
  });

  test("64 calls at once are all answered", async () => {
    server.use(streamText("Yes, indeed.", { everyMs: 5 }));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const calls = Array.from({ length: 64 }, () => collect(provider.stream(shortRequest(model), never)));
    const answers = await Promise.all(calls);
    expect(answers.map((events) => textOf(events))).toEqual(answers.map(() => "Yes, indeed."));
    await provider.close();
  });

  test("closing the provider ends a call that is running", async () => {
    server.use(stall("Once"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const run = collect(provider.stream(shortRequest(model), never));
    await expect.poll(() => server.requests.at(-1)?.outcome).toBe(null);
    await provider.close();
    await expect(run).rejects.toMatchObject({ name: "ProviderError" });
    expect(await server.requests.at(-1)?.ended).toBe("left");
  });
});
