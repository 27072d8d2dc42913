import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import { startBackend } from "../../kit/backend.ts";
import { assignOllama, collect, startStory } from "../../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

const received = "The keeper climbed the stairs. The map lay under the lamp.";

describe.each(transports)("the bin over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend();
    transport = await open(backend.router);
    client = transport.client;
    await assignOllama(client, server.url);
  });
  beforeEach(async () => {
    server.use(streamText(received, { everyMs: 1 }));
    await client.story.emptyBin({ untilMs: Date.now() + 60_000 });
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  async function propose(passageId: Awaited<ReturnType<typeof startStory>>["passage"]["id"], prompt = "Begin") {
    const [proposed] = await collect(await client.story.generate({ passageId, prompt }));
    if (proposed?.type !== "proposal") throw new Error("no proposal");
    return proposed.proposal;
  }

  test("a deleted story comes back whole: passages, text, proposals and history", async () => {
    const { story, passage } = await startStory(client, "To be deleted");
    await client.story.savePassage({ passageId: passage.id, text: "It was night.", caret: 5, baseRevision: 0 });
    await propose(passage.id);
    const before = await client.story.passage({ passageId: passage.id });
    const outline = await client.story.outline({ storyId: story.id });
    const history = await client.story.history({ passageId: passage.id });
    await client.story.remove({ storyId: story.id });
    expect((await client.story.list()).map(({ id }) => id)).not.toContain(story.id);
    await expect(client.story.passage({ passageId: passage.id })).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "passageId", remedy: expect.stringContaining("bin") },
    });
    expect(await client.story.bin()).toMatchObject({
      stories: [{ id: story.id, title: "To be deleted", passageCount: 1, words: 3 }],
      passages: [],
      proposals: [],
      counts: { stories: 1, passages: 0, proposals: 0 },
    });
    expect(await client.story.restore({ storyId: story.id })).toEqual(outline.story);
    expect(await client.story.passage({ passageId: passage.id })).toEqual(before);
    expect(await client.story.outline({ storyId: story.id })).toEqual(outline);
    expect(await client.story.history({ passageId: passage.id })).toEqual(history);
    expect(await client.story.bin()).toMatchObject({ stories: [] });
  });

  test("a deleted passage comes back where it was, and is not counted meanwhile", async () => {
    const { story, passage } = await startStory(client);
    const second = await client.story.addPassage({ storyId: story.id, title: "Scene 2" });
    await client.story.addPassage({ storyId: story.id, title: "Scene 3" });
    await client.story.savePassage({ passageId: second.id, text: "Two words", caret: 0, baseRevision: 0 });
    await client.story.removePassage({ passageId: second.id });
    const without = await client.story.outline({ storyId: story.id });
    expect(without.story).toMatchObject({ passageCount: 2, words: 0 });
    expect(without.passages.map(({ title }) => title)).toEqual(["Scene 1", "Scene 3"]);
    expect((await client.story.bin()).passages).toEqual([
      {
        id: second.id,
        storyId: story.id,
        storyTitle: story.title,
        title: "Scene 2",
        words: 2,
        deletedAtMs: expect.any(Number),
      },
    ]);
    expect(await client.story.restorePassage({ passageId: second.id })).toMatchObject({ text: "Two words" });
    const { passages } = await client.story.outline({ storyId: story.id });
    expect(passages.map(({ title }) => title)).toEqual(["Scene 1", "Scene 2", "Scene 3"]);
    await expect(client.story.restorePassage({ passageId: passage.id })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("what was being typed in a passage when it was deleted is saved and comes back with it", async () => {
    const { story, passage } = await startStory(client);
    await client.story.remove({ storyId: story.id });
    await client.story.savePassage({ passageId: passage.id, text: "The last words", caret: 3, baseRevision: 0 });
    await client.story.restore({ storyId: story.id });
    expect((await client.story.passage({ passageId: passage.id })).text).toBe("The last words");
  });

  test("a passage whose story is in the bin too is restored after the story", async () => {
    const { story, passage } = await startStory(client);
    await client.story.removePassage({ passageId: passage.id });
    await client.story.remove({ storyId: story.id });
    await expect(client.story.restorePassage({ passageId: passage.id })).rejects.toMatchObject({
      code: "CONFLICT",
      data: { field: "passageId", value: passage.id, remedy: "Restore the story first, then the passage." },
    });
    await client.story.restore({ storyId: story.id });
    expect((await client.story.outline({ storyId: story.id })).passages).toEqual([]);
    await client.story.restorePassage({ passageId: passage.id });
    expect((await client.story.outline({ storyId: story.id })).passages).toHaveLength(1);
  });

  test("a discarded proposal is opened again with every word and its state", async () => {
    const { story, passage } = await startStory(client);
    server.use(streamText("The card was 4111 1111 1111 1111, he said. Then he left.", { everyMs: 1 }));
    await propose(passage.id, "Pay");
    const [held] = (await client.story.passage({ passageId: passage.id })).proposals;
    if (held === undefined) throw new Error("no proposal");
    expect(held.state).toBe("held");
    await client.story.discard({ proposalId: held.id });
    expect((await client.story.passage({ passageId: passage.id })).proposals).toEqual([]);
    expect((await client.story.bin()).proposals).toEqual([
      {
        id: held.id,
        passageId: passage.id,
        passageTitle: "Scene 1",
        storyTitle: story.title,
        promptExcerpt: "Pay",
        textExcerpt: held.text,
        stateBefore: "held",
        deletedAtMs: expect.any(Number),
      },
    ]);
    const restored = await client.story.restoreProposal({ proposalId: held.id });
    expect(restored.proposals).toEqual([held]);
    expect((await client.story.bin()).proposals).toEqual([]);
    await expect(client.story.restoreProposal({ proposalId: held.id })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("an accepted proposal is opened again when its text was taken back, and closed when that is redone", async () => {
    const { passage } = await startStory(client);
    const { id } = await propose(passage.id);
    const accepted = await client.story.accept({ proposalId: id, baseRevision: 0 });
    const undone = { passageId: passage.id, text: "", caret: 0, baseRevision: accepted.revision };
    await client.story.savePassage(undone);
    expect((await client.story.restoreProposal({ proposalId: id })).proposals).toMatchObject([
      { id, state: "ready", text: received },
    ]);
    const redone = await client.story.closeAsAccepted({ proposalId: id });
    expect(redone).toMatchObject({ text: "", proposals: [] });
    expect((await client.story.bin()).proposals).toEqual([]);
  });

  test("passages are moved to any position of their story, and to no other", async () => {
    const { story, passage: first } = await startStory(client);
    for (const title of ["Scene 2", "Scene 3", "Scene 4"]) await client.story.addPassage({ storyId: story.id, title });
    const titles = (passages: readonly { title: string }[]) => passages.map(({ title }) => title.slice(-1)).join("");
    expect(titles(await client.story.movePassage({ passageId: first.id, position: 3 }))).toBe("2314");
    expect(titles(await client.story.movePassage({ passageId: first.id, position: 4 }))).toBe("2341");
    expect(titles(await client.story.movePassage({ passageId: first.id, position: 1 }))).toBe("1234");
    await expect(client.story.movePassage({ passageId: first.id, position: 5 })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "position", value: "5", remedy: "Give a position from 1 to 4." },
    });
    const { passages } = await client.story.outline({ storyId: story.id });
    expect(passages.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  });

  test("emptying the bin deletes for good what was in it then, keeps what came later, and keeps the log", async () => {
    const { story, passage } = await startStory(client, "For good");
    const kept = await startStory(client, "Kept");
    const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
    const done = events.at(-1);
    if (done?.type !== "done") throw new Error("not done");
    await client.story.savePassage({ passageId: passage.id, text: "Words", caret: 0, baseRevision: 0 });
    const discarded = await propose(kept.passage.id);
    await client.story.discard({ proposalId: discarded.id });
    await client.story.remove({ storyId: story.id });
    const shown = await client.story.bin();
    const untilMs = Math.max(...[...shown.stories, ...shown.proposals].map(({ deletedAtMs }) => deletedAtMs));
    while (Date.now() <= untilMs) await new Promise(setImmediate);
    await client.story.remove({ storyId: kept.story.id });
    expect(await client.story.emptyBin({ untilMs })).toEqual({ stories: 1, passages: 0, proposals: 1 });
    expect(await client.story.bin()).toMatchObject({
      stories: [{ id: kept.story.id }],
      counts: { stories: 1, passages: 0, proposals: 0 },
    });
    await expect(client.story.restore({ storyId: story.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await client.story.restore({ storyId: kept.story.id });
    expect((await client.logs.get({ inferenceId: done.inferenceId })).outcome).toBe("completed");
  });
});
