import { describe, expect, test } from "vitest";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { failure } from "../call-to-end.ts";
import {
  checkAddress,
  generateAgain,
  host,
  requestTo,
  run,
  server,
  startIt,
  useScriptedServer,
} from "./scripted-call.ts";
import { FakeClock } from "../../kit/fake-clock.ts";
import { startFullListener } from "../../kit/servers/full-listener.ts";
import { breakOff, held, slow, streamText } from "../../kit/servers/ollama-scripts.ts";
import { refusingUrl } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("before the first byte", () => {
  test("a port where nothing listens is refused", async () => {
    const url = await refusingUrl();
    const { error } = await run(url);
    expect(error).toMatchObject(failure("refused", `Nothing answers at ${new URL(url).host}.`, startIt));
  });

  test("a name that no machine has is refused and says so", async () => {
    const { error } = await run("http://no-such-machine.invalid:8080");
    const message = expect.stringMatching(/^Nothing answers at no-such-machine\.invalid:8080 \(.+\)\.$/);
    expect(error).toMatchObject(failure("refused", message, startIt));
  });

  test("a machine that does not accept the connection is a timeout after the connect deadline", async () => {
    const full = await startFullListener();
    const { error } = await run(full.url, { deadlines: { connectMs: 200 } });
    const message = `${new URL(full.url).host} does not accept the connection.`;
    expect(error).toMatchObject(failure("timeout", message, startIt));
    await full.close();
  });

  test("a call's own connect deadline comes before the provider's, a longer one too", async () => {
    const full = await startFullListener();
    const provider = createOpenAIProvider({
      keys: { keyOf: () => Promise.resolve(null) },
      deadlines: { connectMs: 200 },
    });
    const call = { ...requestTo(full.url), deadlines: { connectMs: 2_600 } };
    const startedAt = performance.now();
    const connecting = provider.stream(call, new AbortController().signal)[Symbol.asyncIterator]().next();
    const message = `${new URL(full.url).host} does not accept the connection.`;
    await expect(connecting).rejects.toMatchObject({ errorClass: "timeout", message });
    expect(performance.now() - startedAt).toBeGreaterThan(2_550);
    await provider.close();
    await full.close();
  });

  test.each(["hangUp", "reset"] as const)("a connection that ends before the answer (%s) is refused", async (how) => {
    server.use(breakOff("", how));
    const { error } = await run(server.url);
    const message = `${host()} closed the connection before it answered.`;
    expect(error).toMatchObject(failure("refused", message, generateAgain));
  });

  test("a slow server within the first-token deadline is waited for", async () => {
    const gate = held("At last.");
    server.use(gate.script);
    const clock = new FakeClock();
    const answer = run(server.url, { deadlines: { firstTokenMs: 15_000, betweenTokensMs: 1_000 }, clock });
    await clock.scheduled(15_000);
    clock.advance(14_999);
    gate.release();
    expect(await answer).toMatchObject({ text: "At last.", error: null });
  });

  test("a server slower than the first-token deadline is a timeout, and the connection is dropped", async () => {
    server.use(slow(5_000, "Too late."));
    const { error } = await run(server.url, { deadlines: { firstTokenMs: 150 } });
    const remedy = "It may still be loading the model: generate again in a while, or assign a smaller model.";
    expect(error).toMatchObject(failure("timeout", `${host()} sent no text within 150 ms.`, remedy));
    expect(await server.calls[0]?.ended).toBe("left");
  });

  test("a role and heartbeats are no first token: their deadline runs on", async () => {
    const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
    const heartbeats = Array.from({ length: 60 }, () => [
      { do: "wait" as const, ms: 25 },
      { do: "bytes" as const, bytes: ": still here\n\n" },
    ]).flat();
    server.use({ steps: [{ do: "bytes", bytes: role }, ...heartbeats, ...streamText("Late.").steps] });
    const { error, text: received } = await run(server.url, { deadlines: { firstTokenMs: 300, betweenTokensMs: 50 } });
    expect(error).toMatchObject({ errorClass: "timeout", message: `${host()} sent no text within 300 ms.` });
    expect(received).toBe("");
  });

  test("a call's own deadlines come before the provider's", async () => {
    server.use(slow(5_000, "Too late."));
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    const request = { ...requestTo(server.url), deadlines: { firstTokenMs: 120 } };
    const reading = provider.stream(request, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toMatchObject({ message: `${host()} sent no text within 120 ms.` });
    await provider.close();
  });

  test("something that is not HTTP is named as such", async () => {
    server.use({ steps: [{ do: "socket", bytes: "SSH-2.0-OpenSSH_9.6\r\n\r\n" }, { do: "hangUp" }] });
    const { error } = await run(server.url);
    const message = `What answers at ${host()} does not speak HTTP.`;
    expect(error).toMatchObject(failure("broken_stream", message, checkAddress));
  });

  test("a version without an endpoint is rejected before anything is sent", async () => {
    const provider = createOpenAIProvider({ keys: { keyOf: () => Promise.resolve(null) } });
    const request = { ...requestTo(server.url), configuration: {} };
    const reading = provider.stream(request, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toMatchObject({
      errorClass: "rejected",
      message: "The version of story-model names no endpoint.",
    });
    await provider.close();
  });
});
