import { describe, expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { failure } from "../call-to-end.ts";
import { generateAgain, host, request, run, server, startIt, useScriptedServer } from "./scripted-call.ts";
import { FakeClock } from "../../kit/fake-clock.ts";
import { startFullListener } from "../../kit/servers/full-listener.ts";
import { breakOff, held, slow, stall, streamText } from "../../kit/servers/ollama-scripts.ts";
import { refusingUrl } from "../../kit/servers/ollama-server.ts";

useScriptedServer();

describe("before the first byte", () => {
  test("a port where nothing listens is refused, in the words of the screen", async () => {
    const url = await refusingUrl();
    const { error } = await run(url);
    expect(error).toMatchObject(failure("refused", `Ollama does not answer at ${new URL(url).host}.`, startIt));
  });

  test("a name without an address is refused and says so", async () => {
    const { error } = await run("http://no-such-machine.invalid:11434");
    expect(error).toMatchObject(
      failure(
        "refused",
        "Ollama does not answer at no-such-machine.invalid:11434 (the name has no address).",
        "Check the spelling of the endpoint's address, and the network.",
      ),
    );
  });

  test("a machine that does not accept the connection is a timeout after the connect deadline", async () => {
    const full = await startFullListener();
    const startedAt = performance.now();
    const { error } = await run(full.url, { deadlines: { connectMs: 2_600 } }); // not the default, which is less
    expect(performance.now() - startedAt).toBeGreaterThan(2_550);
    expect(error).toMatchObject(
      failure("timeout", `Ollama at ${new URL(full.url).host} does not accept the connection.`, startIt),
    );
    await full.close();
  });

  test("a connection that closes before the answer is refused", async () => {
    server.use(breakOff("", "hangUp"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("refused", `Ollama at ${host()} closed the connection before it answered.`, generateAgain),
    );
  });

  test("a reset before the answer is refused", async () => {
    server.use(breakOff("", "reset"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("refused", `Ollama at ${host()} closed the connection before it answered.`, generateAgain),
    );
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

  test("the first-token deadline is one for the status line and the first line after it", async () => {
    for (const [afterHeadMs, result] of [
      [149, { text: "Late.", error: null }],
      [150, { error: { errorClass: "timeout", message: `Ollama at ${host()} sent nothing within 400 ms.` } }],
    ] as const) {
      const [head, text] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      server.use({
        steps: [
          { do: "hold", until: head.promise },
          { do: "bytes", bytes: "" },
          { do: "hold", until: text.promise },
          ...streamText("Late.").steps,
        ],
      });
      const clock = new FakeClock();
      const answer = run(server.url, { deadlines: { firstTokenMs: 400 }, clock });
      await clock.scheduled(400);
      clock.advance(250);
      head.resolve();
      // What is left of the 400 ms after the head.
      await clock.scheduled(150);
      clock.advance(afterHeadMs);
      text.resolve();
      expect(await answer).toMatchObject(result);
    }
  });

  test("a call's own deadlines come before the provider's, the one for connecting too", async () => {
    const full = await startFullListener();
    const provider = createOllamaProvider({ defaultEndpoint: full.url, deadlines: { connectMs: 60_000 } });
    const connecting = provider.stream({ ...request, deadlines: { connectMs: 100 } }, new AbortController().signal);
    await expect(connecting[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      errorClass: "timeout",
      message: `Ollama at ${new URL(full.url).host} does not accept the connection.`,
    });
    await provider.close();
    await full.close();
    server.use(stall("Once"));
    const clock = new FakeClock();
    const between = createOllamaProvider({ defaultEndpoint: server.url, clock });
    const read = async () => {
      const call = { ...request, deadlines: { betweenTokensMs: 900 } };
      for await (const event of between.stream(call, new AbortController().signal)) expect(event.type).toBe("text");
    };
    void clock.scheduled(900).then(() => clock.advance(900));
    await expect(read()).rejects.toMatchObject({
      message: `Ollama at ${host()} fell silent for 900 ms after 4 characters of text.`,
    });
    await between.close();
  });

  test("a server slower than the first-token deadline is a timeout, and the connection is dropped", async () => {
    server.use(slow(5_000, "Too late."));
    const { error } = await run(server.url, { deadlines: { firstTokenMs: 150 } });
    expect(error).toMatchObject(
      failure(
        "timeout",
        `Ollama at ${host()} sent nothing within 150 ms.`,
        "It may still be loading the model: generate again in a while, or assign a smaller model.",
      ),
    );
    expect(await server.requests[0]?.ended).toBe("left");
  });

  test("something that is not HTTP is named as such", async () => {
    server.use({ steps: [{ do: "socket", bytes: "SSH-2.0-OpenSSH_9.6\r\n\r\n" }, { do: "hangUp" }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure(
        "broken_stream",
        `What answers at ${host()} does not speak HTTP, so it is not Ollama.`,
        "Check the endpoint's address and port.",
      ),
    );
  });
});
