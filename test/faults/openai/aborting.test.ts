import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { requestTo, run, server, text, useScriptedServer } from "./scripted-call.ts";
import { FakeClock } from "../../kit/fake-clock.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { startFullListener } from "../../kit/servers/full-listener.ts";
import { breakOff, type Script, stall, status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { events } from "../../kit/servers/openai-server.ts";

useScriptedServer();

describe("aborting", () => {
  // The clock stands still, so that no deadline can end these calls.
  test.each<[string, Script, number]>([
    ["while the server evaluates the prompt", stall(""), 0],
    ["while it is silent between tokens", stall("Once"), 1],
    [
      "while tokens pour in",
      { steps: [{ do: "text", tokens: Array.from({ length: 5_000 }, () => " on"), everyMs: 1 }] },
      20,
    ],
  ])("%s closes the socket and throws the signal's reason", async (_name, script, texts) => {
    server.use(script);
    const reason = new Error("stopped by the reader");
    const when = (seen: readonly unknown[]) =>
      waitFor(() => expect([server.calls.length, seen.length >= texts]).toEqual([1, true]));
    const { error } = await run(server.url, { abort: { when, reason }, clock: new FakeClock() });
    expect(error).toBe(reason);
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("before the call sends nothing", async () => {
    const reason = new Error("never mind");
    const { error } = await run(server.url, { signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("while it is still unknown what answers there returns", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    // One turn later the call waits for what the server is.
    const abort = { when: () => nextTurn(), reason };
    const options = { repeatPenalty: 1.1 };
    const { error } = await run(full.url, { abort, deadlines: { connectMs: 60_000 }, options });
    expect(error).toBe(reason);
    await full.close();
  });

  test("while connecting returns", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    const clock = new FakeClock();
    const abort = { when: () => clock.scheduled(60_000), reason };
    const { error } = await run(full.url, { abort, clock, deadlines: { connectMs: 60_000 } });
    expect(error).toBe(reason);
    await full.close();
  });

  test("a reader who leaves closes the socket", async () => {
    server.use(stall("Once upon a time"));
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    for await (const event of provider.stream(requestTo(server.url), new AbortController().signal)) {
      expect(event.type).toBe("text");
      break;
    }
    expect(await server.calls[0]?.ended).toBe("left");
    await provider.close();
  });

  test("a signal that serves many calls keeps no listener of any", async () => {
    const stop = new AbortController();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add(...given));
    stop.signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners--, remove(...given));
    for (const script of [streamText(text), breakOff(text, "reset"), status(500, "no"), events({ choices: [] })]) {
      server.use(script);
      await run(server.url, { signal: stop.signal });
    }
    expect(listeners).toBe(0);
  });
});
