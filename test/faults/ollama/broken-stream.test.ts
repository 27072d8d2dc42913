import { describe, expect, test } from "vitest";
import { FakeClock } from "../../kit/fake-clock.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { failure } from "../call-to-end.ts";
import { checkAddress, generateAgain, host, model, request, run, server, useScriptedServer } from "./scripted-call.ts";
import {
  breakOff,
  errorInStream,
  garbageLine,
  halfLine,
  missingDone,
  type Script,
  stall,
  streamText,
} from "../../kit/servers/ollama-scripts.ts";

useScriptedServer();

describe("in the middle of the stream", () => {
  const text = "The lamp went out.";
  const after = "after 18 characters of text";

  test.each<[string, Script, string, string]>([
    [
      "a connection that closes",
      breakOff(text, "hangUp"),
      `The connection to Ollama at HOST broke ${after}.`,
      generateAgain,
    ],
    ["a reset", breakOff(text, "reset"), `The connection to Ollama at HOST broke ${after}.`, generateAgain],
    [
      "half a line and a close",
      halfLine(text, "hangUp"),
      `The connection to Ollama at HOST broke ${after}.`,
      generateAgain,
    ],
    [
      "half a line and an end",
      halfLine(text, "end"),
      `The answer of Ollama at HOST ended in the middle of a line, ${after}.`,
      generateAgain,
    ],
    [
      "a garbage line",
      garbageLine(text),
      `Ollama at HOST sent a line that is not JSON ${after}: %% not json %%`,
      generateAgain,
    ],
    [
      "a line of JSON that is no object",
      garbageLine(text, "[1,2]"),
      `Ollama at HOST sent a line that is not JSON ${after}: [1,2]`,
      generateAgain,
    ],
    [
      "a line of another protocol",
      garbageLine(text, '{"message":{"content":5}}'),
      `HOST sent a line that is not one of Ollama's ${after}.`,
      checkAddress,
    ],
    [
      "a line over 8 MB",
      garbageLine(text, `{"message":{"content":"${"x".repeat(9_000_000)}"}}`),
      `Ollama at HOST sent a line longer than 8 MB ${after}.`,
      generateAgain,
    ],
    [
      "a missing final line",
      missingDone(text),
      `The answer of Ollama at HOST ended without its final line, ${after}.`,
      generateAgain,
    ],
    [
      "an empty answer",
      { steps: [] },
      "The answer of Ollama at HOST ended without its final line, before any text had come.",
      generateAgain,
    ],
    [
      "a web page with status 200",
      { contentType: "text/html", steps: [{ do: "bytes", bytes: "<html>\n" }] },
      "Ollama at HOST sent a line that is not JSON before any text had come: <html>",
      checkAddress,
    ],
  ])("%s is a broken stream that says how much had come", async (_name, script, message, remedy) => {
    server.use(script);
    const result = await run(server.url);
    expect(result.error).toMatchObject(failure("broken_stream", message.replace("HOST", host()), remedy));
    expect(result.text).toBe(message.includes("before any text") ? "" : text);
    expect(result.events.every((event) => event.type === "text")).toBe(true);
  });

  test("an invalid UTF-8 byte is a broken stream, never a silently changed text", async () => {
    const bytes = Buffer.concat([Buffer.from('{"message":{"content":"caf'), Buffer.of(0xe9), Buffer.from('"}}\n')]);
    server.use({ steps: [{ do: "bytes", bytes }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("broken_stream", expect.stringContaining("sent a line that is not JSON"), checkAddress),
    );
  });

  test("a stall is a timeout after the between-tokens deadline", async () => {
    server.use(stall(text));
    const clock = new FakeClock();
    void clock.scheduled(900).then(() => clock.advance(900));
    const result = await run(server.url, { deadlines: { betweenTokensMs: 900 }, clock });
    expect(result.error).toMatchObject(
      failure("timeout", `Ollama at ${host()} fell silent for 900 ms ${after}.`, generateAgain),
    );
    expect(result.text).toBe(text);
    expect(await server.requests[0]?.ended).toBe("left");
  });

  test("an error inside the stream is a server error in the server's own words", async () => {
    server.use(errorInStream(text, "an error was encountered while running the model: unexpected EOF"));
    const result = await run(server.url);
    expect(result.error).toMatchObject(
      failure(
        "server_error",
        `Ollama at ${host()} stopped ${after}: an error was encountered while running the model: unexpected EOF.`,
        "Ollama's own log says more. Try again, or assign another model.",
      ),
    );
    expect(result.text).toBe(text);
  });

  test("an error inside the stream about a missing model is model_not_found", async () => {
    server.use(errorInStream("", "model 'smollm2:135m' not found"));
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure(
        "model_not_found",
        `Ollama at ${host()} has no model ${model}.`,
        `Pull it with \`ollama pull ${model}\`, or assign another model.`,
      ),
    );
  });

  test.each([
    ["load", "loaded", "Give it a prompt that is not empty."],
    ["unload", "unloaded", "Generate again: the next call loads the model."],
  ])("an answer that only did a %s is a server error, not an empty passage", async (reason, verb, remedy) => {
    server.use({ steps: [{ do: "done", reason }] });
    const { error } = await run(server.url);
    expect(error).toMatchObject(
      failure("server_error", `Ollama at ${host()} ${verb} ${model} instead of answering.`, remedy),
    );
  });

  test("a server that never ends its answer after the final line does not keep us, and loses its connection", async () => {
    server.use({ steps: [...streamText("Done.").steps, { do: "stall" }] });
    const clock = new FakeClock();
    const provider = createOllamaProvider({ defaultEndpoint: server.url, clock });
    const types: string[] = [];
    for await (const event of provider.stream(request, new AbortController().signal)) types.push(event.type);
    // The call is over although the clock stood still; the connection has a second for its end.
    expect({ types, pendingMs: clock.pendingMs }).toEqual({ types: ["text", "result"], pendingMs: [1_000] });
    expect(server.requests[0]?.outcome).toBe(null);
    clock.advance(1_000);
    expect(await server.requests[0]?.ended).toBe("left");
    await provider.close();
  });
});
