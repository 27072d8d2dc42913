import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import { changeTopic } from "../../src/shared/contract/app.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama, collect, shownText, startStory } from "../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type Transport, transports } from "../kit/transports.ts";

const received = "The keeper climbed the stairs. The map lay under the lamp. He could not read a word of it.";

describe.each(transports)("stories over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend();
    transport = await open(backend.router);
    await assignOllama(transport.client, server.url);
  });
  beforeEach(() => server.use(streamText(received, { everyMs: 1 })));
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  test("a prompt becomes a checked proposal, logged before it is called done", async () => {
    const { client } = transport;
    const { passage } = await startStory(client);
    const events = await collect(
      await client.story.generate({ passageId: passage.id, prompt: "A keeper finds a map", options: { seed: 7 } }),
    );
    const [proposed, started] = events;
    const done = events.at(-1);
    if (proposed?.type !== "proposal" || started?.type !== "started" || done?.type !== "done")
      throw new Error(`unexpected events ${JSON.stringify(events)}`);
    expect(events.slice(2, -1).map(({ type }) => type)).toEqual(["token", "token", "token"]);
    expect(shownText(events)).toBe(received);
    const record = await client.logs.get({ inferenceId: done.inferenceId });
    expect(record).toMatchObject({
      outcome: "completed",
      response: received,
      useCase: "story_generation",
      model: "storyteller",
      finishReason: "stop",
      promptTemplate: expect.stringContaining("@"),
      options: expect.objectContaining({ seed: 7 }),
      registryStale: false,
      sessionKey: expect.stringMatching(`^passage ${passage.id} on \\d{4}-\\d\\d-\\d\\d$`),
      verdict: { severity: "none", findings: [] },
    });
    expect((await client.story.passage({ passageId: passage.id })).proposals).toEqual([
      {
        ...proposed.proposal,
        state: "ready",
        text: received,
        raw: received,
        model: "storyteller",
        version: started.version,
        inferenceId: done.inferenceId,
        sent: { windowTokens: 8_192, windowFrom: "server", storyCharacters: 0, leftOutCharacters: 0, reason: null },
      },
    ]);
  });

  test("text reaches the reader sentence by sentence, before the model has finished", async () => {
    const { client } = transport;
    const first = Promise.withResolvers<void>();
    const words = received.match(/\s*\S+/gu) ?? [];
    server.use({
      steps: [
        { do: "text", tokens: words.slice(0, -1) },
        { do: "hold", until: first.promise },
        { do: "text", tokens: words.slice(-1) },
        { do: "done" },
      ],
    });
    const { passage } = await startStory(client);
    const arrivals: string[] = [];
    for await (const event of await client.story.generate({ passageId: passage.id, prompt: "Go on" })) {
      if (event.type !== "token") continue;
      arrivals.push(event.text.trim());
      first.resolve();
    }
    expect(arrivals).toEqual([
      "The keeper climbed the stairs.",
      "The map lay under the lamp.",
      "He could not read a word of it.",
    ]);
  });

  test("accepting appends the proposal to the passage in one step, and the next prompt continues from it", async () => {
    const { client } = transport;
    const { story, passage } = await startStory(client);
    const [proposed] = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
    if (proposed?.type !== "proposal") throw new Error("no proposal");
    const saved = await client.story.savePassage({
      passageId: passage.id,
      text: "It was night.",
      caret: 13,
      baseRevision: 0,
    });
    const accepted = await client.story.accept({ proposalId: proposed.proposal.id, baseRevision: saved.revision });
    expect(accepted).toMatchObject({ text: `It was night.\n\n${received}`, revision: 2, proposals: [] });
    expect(await client.story.outline({ storyId: story.id })).toMatchObject({
      story: { words: 22 },
      passages: [{ title: "Scene 1", words: 22, openProposals: 0, blockedProposals: 0 }],
    });
    await expect(client.story.accept({ proposalId: proposed.proposal.id, baseRevision: 2 })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await collect(await client.story.generate({ passageId: passage.id, prompt: "Go on" }));
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain("He could not read a word of it.");
  });

  test("stopping stops the model's server, keeps what was cleared, and says so in the log", async () => {
    const { client } = transport;
    server.use(streamText(`${received} ${"And so it went on and on in the dark. ".repeat(200)}`, { everyMs: 20 }));
    const { passage } = await startStory(client);
    const stop = new AbortController();
    await expect(async () => {
      for await (const event of await client.story.generate(
        { passageId: passage.id, prompt: "Begin" },
        { signal: stop.signal },
      ))
        if (event.type === "token") stop.abort();
    }).rejects.toThrow();
    expect(await server.requests.at(-1)?.ended).toBe("left");
    await expect
      .poll(async () => (await client.story.passage({ passageId: passage.id })).proposals.map(({ state }) => state))
      .toEqual(["stopped"]);
    const [proposal] = (await client.story.passage({ passageId: passage.id })).proposals;
    expect(proposal?.text).toContain("The keeper climbed the stairs.");
    if (!proposal?.inferenceId) throw new Error("the proposal has no inference");
    expect(await client.logs.get({ inferenceId: proposal.inferenceId })).toMatchObject({
      outcome: "stopped",
      response: proposal.text,
    });
  });

  test("what must not be said is replaced by a fallback; the original is kept for reviewers only", async () => {
    const { client } = transport;
    server.use(
      streamText("He opened his wallet. The number of the card was 4111 1111 1111 1111, he said. Then he left.", {
        everyMs: 1,
        cutBytes: 3,
      }),
    );
    const { passage } = await startStory(client);
    const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
    const done = events.at(-1);
    if (done?.type !== "done") throw new Error("not done");
    const shown = shownText(events);
    expect(shown).toMatch(/^He opened his wallet\./);
    expect(shown).not.toContain("4111");
    expect(done).toMatchObject({ finishReason: "held", verdict: { severity: expect.stringMatching(/high|critical/) } });
    expect(await server.requests.at(-1)?.ended).toMatch(/left|answered/);
    const { items } = await client.guardrails.violations({});
    const found = items.find(({ inferenceId }) => inferenceId === done.inferenceId);
    if (!found) throw new Error("the violation is not in the list");
    const violation = await client.guardrails.violation({ violationId: found.id });
    expect(violation.original.slice(violation.start, violation.end)).toContain("4111");
    expect(violation).toMatchObject({ decision: "open", model: "storyteller", shown: expect.stringMatching(/\S/) });
    expect((await client.logs.get({ inferenceId: done.inferenceId })).response).toBe(shown);
    expect((await client.story.passage({ passageId: passage.id })).proposals).toMatchObject([
      { state: "held", text: shown },
    ]);
  });

  test("a review is logged, an override needs its reason, and undoing is a decision too", async () => {
    const { client } = transport;
    const [violation] = (await client.guardrails.violations({})).items;
    if (!violation) throw new Error("no violation");
    const violationId = violation.id;
    await expect(client.guardrails.review({ violationId, decision: "overridden" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "reason" },
    });
    await client.guardrails.review({ violationId, decision: "overridden", reason: "A test number" });
    await client.guardrails.review({ violationId, reason: "Seen by two people" });
    const reviewed = await client.guardrails.review({ violationId, decision: "open" });
    expect(reviewed.decision).toBe("open");
    expect(reviewed.reviews.map(({ decision, reason }) => [decision, reason])).toEqual([
      ["overridden", "A test number"],
      [null, "Seen by two people"],
      ["open", null],
    ]);
  });

  test("a save from an old revision is a CONFLICT and changes nothing", async () => {
    const { client } = transport;
    const { passage } = await startStory(client);
    await client.story.savePassage({ passageId: passage.id, text: "Mine", caret: 4, baseRevision: 0 });
    await expect(
      client.story.savePassage({ passageId: passage.id, text: "Theirs", caret: 0, baseRevision: 0 }),
    ).rejects.toMatchObject({
      code: "CONFLICT",
      defined: true,
      data: { field: "baseRevision", value: "0" },
    });
    expect(await client.story.passage({ passageId: passage.id })).toMatchObject({
      text: "Mine",
      revision: 1,
      caret: 4,
    });
  });

  test("a deleted story is away with its passages, and the log of its inferences stays", async () => {
    const { client } = transport;
    const { story, passage } = await startStory(client, "To be deleted");
    const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Begin" }));
    const done = events.at(-1);
    if (done?.type !== "done") throw new Error("not done");
    await client.story.remove({ storyId: story.id });
    await expect(client.story.passage({ passageId: passage.id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await client.logs.get({ inferenceId: done.inferenceId })).outcome).toBe("completed");
  });

  test("text in any script comes back as it was written", async () => {
    const { client } = transport;
    const { passage } = await startStory(client, "潮汐 🦊");
    const text = `${"灯台守は地図を見つけた。".repeat(50)}\n\u202Eright to left\u202C '); DROP TABLE stories; -- <script>alert(1)</script> \u0000 🏴‍☠️`;
    await client.story.savePassage({ passageId: passage.id, text, caret: 3, baseRevision: 0 });
    expect((await client.story.passage({ passageId: passage.id })).text).toBe(text);
  });

  test("the log lists newest first, page by page, each once", async () => {
    const { client } = transport;
    const { items: all } = await client.logs.list({});
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.logs.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(all.length).toBeGreaterThan(5);
    expect(paged).toEqual(all.map(({ id }) => id));
    expect(all.map(({ startedAtMs }) => startedAtMs)).toEqual(
      all.map(({ startedAtMs }) => startedAtMs).toSorted((a, b) => b - a),
    );
    await expect(client.logs.list({ cursor: "x" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "cursor" },
    });
  });

  test("who watches is told once of everything, then of what changes", async () => {
    const { client } = transport;
    const stop = new AbortController();
    const watching = await client.app.changes(undefined, { signal: stop.signal });
    const next = watching[Symbol.asyncIterator]();
    const first = await next.next();
    expect(first.value).toEqual({ topics: changeTopic.options });
    const second = next.next();
    await client.story.create({ title: "Told" });
    expect((await second).value).toMatchObject({ topics: expect.arrayContaining(["stories"]) });
    stop.abort();
  });
});
