import { describe, expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { request, run, server, useScriptedServer } from "./scripted-call.ts";
import { FakeClock } from "../../kit/fake-clock.ts";
import { waitFor } from "../../kit/wait-for.ts";
import { startFullListener } from "../../kit/servers/full-listener.ts";
import {
  breakOff,
  garbageLine,
  missingDone,
  type Script,
  stall,
  status,
  streamText,
} from "../../kit/servers/ollama-scripts.ts";

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
  ])("%s closes the socket at once and throws the signal's reason", async (_name, script, texts) => {
    server.use(script);
    const reason = new Error("stopped by the reader");
    const when = (events: readonly unknown[]) =>
      waitFor(() => expect([server.requests.length, events.length >= texts]).toEqual([1, true]));
    const { error } = await run(server.url, { abort: { when, reason }, clock: new FakeClock() });
    expect(error).toBe(reason);
    expect(await server.requests[0]?.ended).toBe("left");
  });

  test("before the call sends nothing", async () => {
    const reason = new Error("never mind");
    const { error } = await run(server.url, { signal: AbortSignal.abort(reason) });
    expect(error).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("while connecting returns at once", async () => {
    const full = await startFullListener();
    const reason = new Error("stopped");
    const clock = new FakeClock();
    const abort = { when: () => clock.scheduled(60_000), reason };
    const { error } = await run(full.url, { abort, clock, deadlines: { connectMs: 60_000 } });
    expect(error).toBe(reason);
    await full.close();
  });

  test("closes the socket at once even while the consumer is busy with what came before", async () => {
    server.use(stall("Once"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const stop = new AbortController();
    const reason = new Error("stopped");
    const busy = async (): Promise<void> => {
      for await (const event of provider.stream(request, stop.signal)) {
        expect(event).toEqual({ type: "text", text: "Once" });
        stop.abort(reason);
        expect(await server.requests[0]?.ended).toBe("left");
      }
    };
    await expect(busy()).rejects.toBe(reason);
    await provider.close();
  });

  test("a consumer that stops reading closes the socket", async () => {
    server.use(stall("Once upon a time"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    for await (const event of provider.stream(request, new AbortController().signal)) {
      expect(event.type).toBe("text");
      break;
    }
    expect(await server.requests[0]?.ended).toBe("left");
    await provider.close();
  });

  test("a signal that serves many calls keeps no listener of any", async () => {
    const stop = new AbortController();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add(...given));
    stop.signal.removeEventListener = (...given: Parameters<typeof remove>) => (listeners--, remove(...given));
    const scripts = [
      streamText("Well."),
      missingDone("Half"),
      garbageLine("Half"),
      breakOff("Half", "reset"),
      status(500, "no"),
    ];
    for (const script of scripts) {
      server.use(script);
      await run(server.url, { signal: stop.signal });
    }
    expect(listeners).toBe(0);
  });
});

describe("after a fault", () => {
  test("the same provider answers again once the server is back", async () => {
    const provider = createOllamaProvider({ defaultEndpoint: server.url, deadlines: { betweenTokensMs: 10_000 } });
    const ask = async (): Promise<string> => {
      let text = "";
      for await (const event of provider.stream(request, new AbortController().signal)) {
        if (event.type === "text") text += event.text;
      }
      return text;
    };
    server.use(streamText("One."));
    expect(await ask()).toBe("One.");
    await server.refuse();
    await expect(ask()).rejects.toMatchObject({ errorClass: "refused" });
    await server.listen();
    server.use(breakOff("Half", "reset"));
    await expect(ask()).rejects.toMatchObject({ errorClass: "broken_stream" });
    server.use(streamText("Two."));
    expect(await ask()).toBe("Two.");
    await provider.close();
  });
});
