import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import { startBackend } from "../kit/backend.ts";
import { breakOff, busy, type Script, stall, streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type OpenAIServer, startOpenAIServer } from "../kit/servers/openai-server.ts";
import { type Transport, transports } from "../kit/transports.ts";

// So much that some of it is shown: such a call is not tried again.
const begun = "Mara opened the book and read what stood there. ".repeat(4);
const messages = [{ role: "user" as const, content: "Begin" }];

let ollama: OllamaServer;
let openai: OpenAIServer;
let backend: Backend;
let transport: Transport;
beforeEach(async () => {
  ollama = await startOllamaServer({ models: [{ name: "m" }, { name: "n" }] });
  openai = await startOpenAIServer({ models: ["m", "n"] });
  backend = await startBackend({ healthMs: 3_600_000 });
  transport = await transports[0][1](backend.router);
});
afterEach(async () => {
  await transport.close();
  await backend.close();
  await ollama.close();
  await openai.close();
});

/** A version on either server, and what makes that one break off, be busy or hang. */
async function versionOn(provider: "ollama" | "openai") {
  const endpoint = provider === "ollama" ? ollama.url : `${openai.url}/v1`;
  const use = (script: Script) => (provider === "ollama" ? ollama.use(script) : openai.use(script));
  const input = { modelName: "m", provider, version: "1", configuration: { endpoint } };
  const { id: versionId } = await transport.client.registry.registerModel(input);
  const call = async (shown = () => {}) => {
    const target = { type: "version" as const, versionId };
    let last: unknown;
    for await (const event of await transport.client.inference.chat({ target, messages })) {
      if (event.type === "token") shown();
      last = event;
    }
    return last;
  };
  const load = () => backend.services.llm.load().find((each) => each.endpoint === endpoint);
  const health = async () => (await transport.client.registry.endpoints({ provider }))[provider === "ollama" ? 1 : 0];
  return { use, call, load, health };
}

test("one restart that breaks ten calls under way is one failure, and the server is called on", async () => {
  const { use, call, load } = await versionOn("ollama");
  use(stall(begun));
  const shown = Array.from({ length: 10 }, () => Promise.withResolvers<void>());
  const calls = shown.map(({ resolve }) => call(resolve));
  await Promise.all(shown.map(({ promise }) => promise));
  await ollama.refuse();
  const ends = await Promise.all(calls);
  expect(ends).toEqual(ends.map(() => expect.objectContaining({ type: "failed", errorClass: "broken_stream" })));
  expect(load()).toMatchObject({ circuitOpenUntilMs: null });
});

test.each(["ollama", "openai"] as const)(
  "a model on a server of %s that broke off its answers is called again once the server is seen to answer",
  async (provider) => {
    const { use, call, load, health } = await versionOn(provider);
    use(breakOff(begun, "reset"));
    for (let time = 0; time < 3; time += 1) expect(await call()).toMatchObject({ errorClass: "broken_stream" });
    expect(load()).toMatchObject({
      circuitOpenUntilMs: null,
      models: [{ model: "m", circuitOpenUntilMs: expect.any(Number) }],
    });
    expect(await health()).toMatchObject({ state: "up" });
    expect(load()).toMatchObject({ circuitOpenUntilMs: null, models: [] });
  },
);

test.each(["ollama", "openai"] as const)(
  "a server of %s that asked for fewer calls is left alone, however well it answers when it is looked at",
  async (provider) => {
    const { use, call, load, health } = await versionOn(provider);
    use(busy(429, "3600"));
    for (let time = 0; time < 3; time += 1) expect(await call()).toMatchObject({ errorClass: "overloaded" });
    const cooling = load()?.circuitOpenUntilMs;
    expect(cooling).toEqual(expect.any(Number));
    expect(await health()).toMatchObject({ state: "up" });
    expect(load()).toMatchObject({ circuitOpenUntilMs: expect.any(Number), lastError: expect.stringContaining("429") });
  },
);

test.each(["ollama", "openai"] as const)(
  "one model's bad answers on a server of %s keep no other model there from its calls",
  async (provider) => {
    const { use, call, load } = await versionOn(provider);
    use({ steps: [{ do: "bytes", bytes: `{"choices":[${"x".repeat(40)}\n\n` }] });
    for (let time = 0; time < 3; time += 1) expect(await call()).toMatchObject({ errorClass: "broken_stream" });
    expect(load()).toMatchObject({
      circuitOpenUntilMs: null,
      models: [{ model: "m", circuitOpenUntilMs: expect.any(Number) }],
    });
    use(streamText("Then it was dawn."));
    const input = { modelName: "n", provider, version: "1", configuration: { endpoint: load()?.endpoint ?? "" } };
    const { id } = await transport.client.registry.registerModel(input);
    const target = { type: "version" as const, versionId: id };
    const events = await Array.fromAsync(await transport.client.inference.chat({ target, messages }));
    expect(events.at(-1)).toMatchObject({ type: "done", attempts: [{ outcome: "answered" }] });
    expect(load()?.models).toMatchObject([{ model: "m" }]);
  },
);
