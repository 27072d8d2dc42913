import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { Shape } from "../../../src/shared/contract/registry.ts";
import type { PassageId } from "../../../src/shared/contract/ids.ts";
import { startBackend } from "../../kit/backend.ts";
import { shownCard } from "../../kit/card.ts";
import { collect, shownText, startStory } from "../../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

const story = "The keeper rose. The sea was loud.";
const written = `Sure, here is a scene:\n\n${story} I hope you enjoyed it!`;
const card = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";

describe.each(transports)("what a model wrote, over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let passageId: PassageId;
  let count = 0;
  beforeAll(async () => {
    server = await startOllamaServer({
      models: [
        { name: "smollm2:135m" },
        { name: "llama3.2:1b" },
        { name: "tiny", parameters: "360.2M" },
        { name: "mystery", parameters: "" },
      ],
    });
    backend = await startBackend();
    transport = await open(backend.router);
    passageId = (await startStory(transport.client)).passage.id;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  function assign({ serverModel = "smollm2:135m", shape }: { serverModel?: string; shape?: Shape } = {}) {
    count += 1;
    return transport.client.registry.registerModel({
      modelName: "storyteller",
      provider: "ollama",
      version: String(count),
      useCase: "story_generation",
      configuration: { endpoint: server.url, serverModel, ...(shape && { shape }) },
    });
  }

  async function propose(text: string, passage = passageId) {
    server.use(streamText(text, { everyMs: 1 }));
    const { client } = transport;
    const events = await collect(await client.story.generate({ passageId: passage, prompt: "A keeper wakes" }));
    const [proposed] = events;
    const done = events.at(-1);
    if (proposed?.type !== "proposal" || done?.type !== "done") throw new Error(JSON.stringify(events));
    const record = await client.logs.get({ inferenceId: done.inferenceId });
    return {
      events,
      done,
      record,
      id: proposed.proposal.id,
      proposal: await stored(client, passage, proposed.proposal.id),
    };
  }

  test("of a small model is logged whole, and what was left out of it is named and marked", async () => {
    await assign();
    const { record, proposal, events } = await propose(written);
    expect(shownText(events)).toBe(story);
    expect(record).toMatchObject({ response: story, raw: written, finishReason: "stop" });
    expect(record.leftOut.map(({ start, end, reason }) => `${reason}: ${written.slice(start, end).trim()}`)).toEqual([
      "preamble: Sure, here is a scene:",
      "space: ",
      "aside: I hope you enjoyed it!",
    ]);
    expect(proposal).toMatchObject({ text: story, raw: written, usesRaw: false, leftOut: record.leftOut });
  });

  test("is what the stream passes on, piece by piece and in order, with what was left out", async () => {
    await assign();
    const { events } = await propose(written);
    const pieces = events.flatMap((event) => (event.type === "token" || event.type === "left_out" ? [event.text] : []));
    expect(pieces.join("")).toBe(written);
  });

  test("comes back by one call, stays over a reload, is what Accept takes, and can be left out again", async () => {
    const { client } = transport;
    await assign();
    const { passage } = await startStory(client, "Restored");
    const { id } = await propose(written, passage.id);
    expect((await client.story.useRaw({ proposalId: id, usesRaw: true })).proposals[0]?.text).toBe(written);
    expect(await stored(client, passage.id, id)).toMatchObject({ text: written, usesRaw: true });
    expect((await client.story.useRaw({ proposalId: id, usesRaw: false })).proposals[0]?.text).toBe(story);
    await client.story.useRaw({ proposalId: id, usesRaw: true });
    expect((await client.story.accept({ proposalId: id, baseRevision: passage.revision })).text).toBe(written);
    await expect(client.story.useRaw({ proposalId: id, usesRaw: false })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test.each([
    ["of 1 billion parameters or more", { serverModel: "llama3.2:1b" }],
    ["whose size nobody knows", { serverModel: "mystery" }],
    ["that says so", { shape: "none" }],
  ] as const)("of a version %s is what the reader is shown", async (_, version) => {
    await assign(version);
    const { record, proposal, events } = await propose(written);
    expect(shownText(events)).toBe(written);
    expect(record).toMatchObject({ response: written, raw: written, leftOut: [] });
    expect(proposal).toMatchObject({ text: written, leftOut: [] });
  });

  test("of a version that its server calls small is shaped", async () => {
    await assign({ serverModel: "tiny" });
    expect((await propose(written)).proposal.text).toBe(story);
  });

  test("of a larger version that asks for it is shaped, and an exported registry says so", async () => {
    const { id } = await assign({ serverModel: "llama3.2:1b", shape: "small_model" });
    expect((await propose(written)).proposal.text).toBe(story);
    const { versions } = await transport.client.registry.exportRegistry();
    expect(versions.find((version) => version.id === id)?.configuration.shape).toBe("small_model");
  });

  test("is judged by the guardrails before anything is left out of it", async () => {
    const { client } = transport;
    await assign();
    const { record, done, events } = await propose(`${story} I hope you enjoyed it! ${card} He slept.`);
    expect(record.outcome).toBe("held");
    expect(done.finishReason).toBe("held");
    expect(JSON.stringify([events, record])).not.toMatch(shownCard);
    const { items } = await client.guardrails.violations({});
    expect(items.filter(({ inferenceId }) => inferenceId === record.id)).toMatchObject([{ severity: "critical" }]);
  });

  test("of a program at a use case's name is never shaped", async () => {
    await assign();
    server.use(streamText(written, { everyMs: 1 }));
    const target = { type: "use_case", useCase: "story_generation" } as const;
    const messages = [{ role: "user" as const, content: "A keeper wakes" }];
    const events = await collect(await transport.client.inference.chat({ target, messages }));
    expect(events.flatMap((event) => (event.type === "token" ? [event.text] : [])).join("")).toBe(written);
  });

  test("thinks in its text: the thought is logged as one, and is no part of passage or response", async () => {
    await assign({ shape: "none" });
    const { record, proposal } = await propose(`<think>He wants a keeper.</think>\n\n${story}`);
    expect(record).toMatchObject({ thoughts: "He wants a keeper.", response: story, raw: story });
    expect(proposal.text).toBe(story);
  });

  test("has a thought that its chat template opened: what was shown of it is taken back", async () => {
    await assign({ shape: "none" });
    const { record, proposal, events } = await propose(`He wants a keeper. I write it.\n</think>\n\n${story}`);
    expect(record).toMatchObject({ thoughts: "He wants a keeper. I write it.\n", response: story, raw: story });
    expect(proposal).toMatchObject({ text: story, raw: story });
    expect(events.some(({ type }) => type === "text_was_thought")).toBe(true);
  });

  test("has something to hold in such a thought: it is found, and the answer goes on", async () => {
    await assign({ shape: "none" });
    const { record, events } = await propose(`<think>${card}</think>\n\n${story}`);
    expect(record).toMatchObject({ response: story, severity: "critical", outcome: "completed" });
    expect(JSON.stringify([events, record])).not.toMatch(shownCard);
  });
});

async function stored(client: Client, passageId: PassageId, id: string) {
  const found = (await client.story.passage({ passageId })).proposals.find((proposal) => proposal.id === id);
  if (!found) throw new Error("the proposal is not stored");
  return found;
}
