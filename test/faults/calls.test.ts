import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { ErrorClass } from "../../src/shared/contract/inference.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama, collect, shownText, startStory } from "../kit/narrative.ts";
import {
  breakOff,
  errorInStream,
  garbageLine,
  halfLine,
  missingDone,
  type Script,
  status,
  streamText,
} from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { type Transport, transports } from "../kit/transports.ts";

const begun = "The keeper climbed the stairs. The map lay under";

const problems: readonly (readonly [string, Script, ErrorClass])[] = [
  ["half a line", halfLine(begun, "hangUp"), "broken_stream"],
  ["half a line and an orderly end", halfLine(begun, "end"), "broken_stream"],
  ["a garbage line", garbageLine(begun), "broken_stream"],
  ["a reset in the middle", breakOff(begun, "reset"), "broken_stream"],
  ["an error inside the stream", errorInStream(begun, "llama runner process has terminated"), "server_error"],
  ["no final line", missingDone(begun), "broken_stream"],
  ["a model that is not there", status(404, { error: "model 'smollm2:135m' not found" }), "model_not_found"],
  ["an error status in plain text", status(500, "the runner fell over"), "server_error"],
];

describe.each(transports)("a failing Ollama over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend();
    transport = await open(backend.router);
    await assignOllama(transport.client, server.url);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  test.each(problems)(
    "%s is told with a remedy, logged with its class, and the next call works",
    async (_what, script, errorClass) => {
      server.use(script);
      await expectFailure(transport, errorClass);
      server.use(streamText("All was well again."));
      await expectAnswer(transport, "All was well again.");
      const unanswered = () => server.requests.filter(({ outcome }) => outcome === null).length;
      await expect.poll(unanswered, { timeout: 15_000 }).toBe(0);
    },
  );

  test("UTF-8 split inside a character arrives whole", async () => {
    server.use(streamText("Die Wärterin sah 灯台 und lächelte. 🦊 Nichts fehlte.", { cutBytes: 1 }));
    await expectAnswer(transport, "Die Wärterin sah 灯台 und lächelte. 🦊 Nichts fehlte.");
  });

  test("a server that is away is told by its address and how to start it; back again, it serves", async () => {
    await server.refuse();
    const failed = await expectFailure(transport, "refused");
    expect(`${failed.message} ${failed.remedy}`).toMatch(/127\.0\.0\.1:\d+.*ollama serve/s);
    await server.listen();
    server.use(streamText("Back again."));
    await expectAnswer(transport, "Back again.");
  });
});

async function expectFailure({ client }: Transport, errorClass: ErrorClass) {
  const { passage } = await startStory(client);
  const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
  const failed = events.at(-1);
  if (failed?.type !== "failed" || !failed.inferenceId) throw new Error(`did not fail: ${JSON.stringify(events)}`);
  expect(failed).toEqual({
    type: "failed",
    inferenceId: failed.inferenceId,
    errorClass,
    message: expect.stringMatching(/\S/),
    remedy: expect.stringMatching(/\S/),
    attempts: expect.any(Array),
  });
  expect(await client.logs.get({ inferenceId: failed.inferenceId })).toMatchObject({
    outcome: "failed",
    errorClass,
    errorMessage: failed.message,
    errorRemedy: failed.remedy,
    attempts: failed.attempts,
    response: shownText(events),
  });
  expect((await client.story.passage({ passageId: passage.id })).proposals).toMatchObject([
    {
      state: "failed",
      text: shownText(events),
      note: { severity: null, message: failed.message, remedy: failed.remedy },
    },
  ]);
  return failed;
}

async function expectAnswer({ client }: Transport, text: string): Promise<void> {
  const { passage } = await startStory(client);
  const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
  expect({ text: shownText(events), last: events.at(-1)?.type }).toEqual({ text, last: "done" });
}
