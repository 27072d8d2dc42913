import { FakeClock } from "../../../../kit/fake-clock.ts";
import { describe, expect, test } from "vitest";
import type { ProviderRequest } from "../../../../../src/main/inference/provider.ts";
import type { WireEvent } from "../../../../../src/shared/contract/inference.ts";
import { closeProvidersAfterEach, collect, never, request, result, scripted } from "./scripted-engine.ts";

closeProvidersAfterEach();

describe("what the engine is asked and what it cannot do", () => {
  test.each<[string, Partial<ProviderRequest>, RegExp]>([
    ["tools", { options: { tools: [{ name: "look" }] } }, /does not call tools/],
    ["a tool's answer", { messages: [{ role: "tool", content: "dark" }] }, /answers of tools/],
    ["an image", { messages: [{ role: "user", content: "See", images: ["aGVsbG8="] }] }, /does not see images/],
    [
      "two messages as a raw prompt",
      { messages: [...request.messages, ...request.messages], options: { raw: true } },
      /one message/,
    ],
    ["no message", { messages: [] }, /no message/],
  ])("%s is refused as rejected, with a remedy, and nothing is started", async (_what, asked, message) => {
    const { provider, engines } = scripted(() => {});
    await expect(collect(provider.stream({ ...request, ...asked }, never))).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(/\S/),
    });
    expect(engines).toEqual([]);
  });

  test("thoughts are told apart, and what went over the wire is told as it was", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "thought", id, text: "Hm." });
      reply({ type: "alive", id });
      reply({ type: "text", id, text: "Yes." });
      reply({ type: "generated", id, result });
    });
    const wire: WireEvent[] = [];
    const options = { temperature: 0, threads: 3 };
    const events = await collect(provider.stream({ ...request, options, observe: (event) => wire.push(event) }, never));
    expect(events.slice(0, 2)).toEqual([
      { type: "thought", text: "Hm." },
      { type: "text", text: "Yes." },
    ]);
    const [sent, came] = wire;
    expect(wire).toHaveLength(2);
    expect(sent).toEqual({
      type: "wire_request",
      method: "generate",
      url: "embedded:m.gguf",
      body: expect.any(String),
    });
    expect(sent?.type === "wire_request" && JSON.parse(sent.body)).toEqual({
      type: "generate",
      source: { path: "m.gguf", contextTokens: 2_048 },
      threads: 3,
      messages: request.messages,
      options,
    });
    expect(came).toEqual({
      type: "wire_response",
      status: null,
      body: [
        { type: "thought", text: "Hm." },
        { type: "text", text: "Yes." },
        { type: "generated", result },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    });
  });

  test("a configuration's window and threads are asked for, and a call's own threads come first", async () => {
    const { provider, engines } = scripted(({ id }, reply) => reply({ type: "generated", id, result }));
    const configuration = { contextTokens: 4_096, options: { threads: 2 } };
    await collect(provider.stream({ ...request, configuration }, never));
    await collect(provider.stream({ ...request, configuration, options: { threads: 5 } }, never));
    expect(engines[0]?.received).toMatchObject([
      { source: { contextTokens: 4_096 }, threads: 2 },
      { source: { contextTokens: 4_096 }, threads: 5 },
    ]);
  });

  test("vectors come in order, with the tokens that were read", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "alive", id });
      reply({
        type: "embedded",
        id,
        vectors: [
          [1, 0],
          [0, 1],
        ],
        promptTokens: 5,
        promptTruncated: true,
      });
    });
    expect(await provider.embed(request, ["a", "b"], never)).toEqual({
      vectors: [
        [1, 0],
        [0, 1],
      ],
      promptTokens: 5,
      loadMs: null,
      promptTruncated: true,
    });
  });

  test("memory is given back so long after the last call as it asked, and kept where none did", async () => {
    const clock = new FakeClock();
    const { provider, engines } = scripted(
      ({ type, id }, reply) => {
        if (type === "unload") reply({ type: "unloaded", id });
        else reply({ type: "generated", id, result });
      },
      {},
      clock,
    );
    const unloads = () => engines[0]?.received.filter(({ type }) => type === "unload") ?? [];
    const call = (keepAlive?: number | string) =>
      collect(provider.stream({ ...request, options: keepAlive === undefined ? {} : { keepAlive } }, never));
    await call(0);
    clock.advance(0);
    await expect.poll(() => unloads().length).toBe(1);
    expect(unloads()).toMatchObject([{ path: "m.gguf" }]);
    await call("20ms");
    await expect.poll(() => clock.pendingMs).toEqual([20]);
    clock.advance(20);
    await expect.poll(() => unloads().length).toBe(2);
    await expect.poll(() => clock.pendingMs).toEqual([]);
    for (const keepAlive of [-1, "-1s", undefined]) {
      await call(keepAlive);
      expect(clock.pendingMs).toEqual([]);
    }
    // Only the hour's end brings the next unload: nothing before it did.
    await call("1h");
    expect(clock.pendingMs).toEqual([3_600_000]);
    clock.advance(3_600_000 - 1);
    expect(clock.pendingMs).toEqual([3_600_000]);
    clock.advance(1);
    await expect.poll(() => unloads().length).toBe(3);
    expect(engines[0]?.received.map(({ type }) => type)).toEqual([
      "generate",
      "unload",
      "generate",
      "unload",
      "generate",
      "generate",
      "generate",
      "generate",
      "unload",
    ]);
  });

  test("unloading an engine that does not run starts none", async () => {
    const { provider, engines } = scripted(() => {});
    await provider.unload();
    expect(engines).toEqual([]);
  });
});
