import { describe, expect, test } from "vitest";
import { closeProvidersAfterEach, collect, never, request, result, scripted } from "./scripted-engine.ts";

closeProvidersAfterEach();

describe("with a scripted engine", () => {
  test("text comes in order and the result last", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "text", id, text: "The " });
      reply({ type: "text", id, text: "sea." });
      reply({ type: "generated", id, result });
    });
    expect(await collect(provider.stream(request, never))).toEqual([
      { type: "text", text: "The " },
      { type: "text", text: "sea." },
      { type: "result", result: { ...result, promptTruncated: false } },
    ]);
  });

  test("when the engine ends, running calls fail and the next call has a fresh engine", async () => {
    const { provider, engines } = scripted(({ id }, reply) => {
      if (engines.length === 1) engines[0]?.exit(139);
      else reply({ type: "generated", id, result });
    });
    const running = [collect(provider.stream(request, never)), provider.countTokens(request, "text")];
    for (const call of running) {
      await expect(call).rejects.toMatchObject({
        errorClass: "engine_crashed",
        message: expect.stringContaining("139"),
      });
    }
    expect(await collect(provider.stream(request, never))).toEqual([
      { type: "result", result: { ...result, promptTruncated: false } },
    ]);
    expect(engines).toHaveLength(2);
  });

  test("an abort cancels in the engine and rejects with the signal's reason once that has stopped", async () => {
    let generateId = 0;
    let stopped = false;
    const { provider } = scripted((asked, reply) => {
      if (asked.type === "generate") {
        generateId = asked.id;
        reply({ type: "text", id: asked.id, text: "The " });
      } else {
        setTimeout(() => {
          stopped = true;
          reply({ type: "cancelled", id: asked.id });
        }, 20);
      }
    });
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const _ of provider.stream(request, cancellation.signal)) cancellation.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect({ stopped, generateId }).toEqual({ stopped: true, generateId: 1 });
  });

  test("a reader that walks away stops the engine", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "generate") reply({ type: "text", id, text: "The " });
      else reply({ type: "cancelled", id });
    });
    for await (const _ of provider.stream(request, never)) break;
    expect(engines[0]?.received.map(({ type }) => type)).toEqual(["generate", "cancel"]);
  });

  test("an abort before the call asks nothing of the engine", async () => {
    const { provider, engines } = scripted(() => {});
    const reason = new Error("before");
    await expect(collect(provider.stream(request, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(engines).toHaveLength(0);
  });

  test("whether the model is loaded is known without starting an engine", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      reply({ type: "resident", paths: ["m.gguf"] });
      if (type === "load") reply({ type: "loaded", id, contextTokens: 1_024 });
    });
    expect(await provider.isLoaded(request)).toBe(false);
    expect(engines).toHaveLength(0);
    expect(await provider.contextTokens(request)).toBe(1_024);
    expect(await provider.isLoaded(request)).toBe(true);
  });
});
