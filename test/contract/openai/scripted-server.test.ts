import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { collect, conformance, shortRequest, textOf, withProvider } from "./conformance.ts";
import { closeServerAfterEach, model, never, server, start } from "./scripted.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import type { Dialect } from "../../kit/servers/openai-dialects.ts";

closeServerAfterEach();

describe.each<Dialect>(["llama.cpp", "LM Studio", "vLLM", "LiteLLM", "OpenAI"])("a scripted %s", (dialect) => {
  const subject = () => ({ url: server.url, modelName: model });
  describe("conforms", () => {
    // Each test of the suite has a server of its own, closed after it.
    conformance(subject, () => start(dialect));
  });
});

describe("connections", () => {
  test("calls one after the other share their connections, refusals and late last bytes between them", async () => {
    await start("LiteLLM");
    server.use({ steps: [...streamText("Yes.").steps, { do: "wait", ms: 20 }] });
    const request = shortRequest({ url: server.url, modelName: model }, { options: { topK: 5 } });
    await withProvider(async (provider) => {
      for (let call = 0; call < 5; call++) {
        await collect(provider.stream(request, never));
        // The last bytes come after the answer is complete; in the turns after that they are read.
        expect(await server.calls.at(-1)?.ended).toBe("answered");
        for (let turn = 0; turn < 3; turn++) await nextTurn();
      }
    });
    expect(server.calls).toHaveLength(6);
    // A refusal's connection is not free yet when the call is made again.
    expect(server.opened()).toBeLessThanOrEqual(2);
    await expect.poll(() => server.connections()).toBe(0);
  });

  test("64 calls at once are all answered", async () => {
    await start("llama.cpp");
    server.use(streamText("Yes, indeed.", { everyMs: 5 }));
    const request = shortRequest({ url: server.url, modelName: model });
    const answers = await withProvider((provider) =>
      Promise.all(Array.from({ length: 64 }, () => collect(provider.stream(request, never)))),
    );
    expect(answers.map(textOf)).toEqual(answers.map(() => "Yes, indeed."));
  });
});
