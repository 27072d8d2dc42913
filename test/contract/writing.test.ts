import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../src/main/backend.ts";
import type { GenerateEvent, Proposal } from "../../src/shared/contract/story.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama, collect, startStory } from "../kit/narrative.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import { breakOff, held, streamText } from "../kit/servers/ollama-scripts.ts";
import { type Client, type Transport, transports } from "../kit/transports.ts";

const english = "The keeper climbed the stairs and it was dark, and he looked at the sea. ";
const boilerplate = /could no longer be read/;

/** The one open proposal of a new passage with a text, after a prompt. */
async function proposed(client: Client, prompt: string, text = ""): Promise<Proposal> {
  const { passage } = await startStory(client);
  if (text !== "") await client.story.savePassage({ passageId: passage.id, text, caret: 0, baseRevision: 0 });
  await collect(await client.story.generate({ passageId: passage.id, prompt })).catch(() => []);
  const [proposal] = (await client.story.passage({ passageId: passage.id })).proposals;
  if (proposal === undefined) throw new Error("there is no proposal");
  return proposal;
}

describe.each(transports)("writing over a %s", (_name, open) => {
  let server: OllamaServer;
  let backend: Backend;
  let transport: Transport;
  let client: Client;
  const lastSent = () => server.requests.at(-1)?.body as { messages: { content: string }[]; options: object };
  beforeAll(async () => {
    server = await startOllamaServer();
    backend = await startBackend();
    transport = await open(backend.router);
    ({ client } = transport);
    await assignOllama(client, server.url);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
    await server.close();
  });

  test("a long passage fills the model's own window, which the server is asked for, and what was left out is said", async () => {
    server.use(streamText("It rained."));
    const text = english.repeat(1_400);
    const { sent } = await proposed(client, "Continue", text);
    if (sent === null) throw new Error("nothing is said of what was sent");
    const { messages, options } = lastSent();
    expect(options).toMatchObject({ num_ctx: 8_192 });
    const request = messages.at(-1)?.content ?? "";
    expect(request).toContain(text.trim().slice(-sent.storyCharacters));
    expect(sent.storyCharacters).toBeGreaterThan(20_000);
    expect(sent.storyCharacters + sent.leftOutCharacters).toBe(text.trim().length);
    expect(sent).toMatchObject({ windowTokens: 8_192, windowFrom: "server" });
    expect(sent.reason).toMatch(/window of 8,192 tokens is full/);
  });

  test.each([
    ["Chinese", "守塔人爬上楼梯，望着大海。", 2],
    ["Arabic", "صعد الحارس الدرج ونظر إلى البحر. ", 0.91],
  ])("a long passage in %s stays within the window", async (_language, sentence, tokensPerLetter) => {
    server.use(streamText("It rained."));
    const { sent } = await proposed(client, "Continue", sentence.repeat(3_000));
    expect(sent?.storyCharacters).toBeGreaterThan(2_000);
    expect((sent?.storyCharacters ?? 0) * tokensPerLetter).toBeLessThan(8_192);
  });

  test("a Modelfile's num_ctx is the window", async () => {
    server.shelf.put({ name: "narrow:latest", options: { num_ctx: 1_024 } });
    await assignNamed("narrow:latest");
    server.use(streamText("It rained."));
    expect((await proposed(client, "Continue", english.repeat(400))).sent).toMatchObject({
      windowTokens: 1_024,
      reason: expect.stringContaining("1,024 tokens"),
    });
    await assignNamed("smollm2:135m");
  });

  test("a story's style is kept, sent with each prompt, and taken back whole", async () => {
    server.use(streamText("You wait."));
    const { story, passage } = await startStory(client);
    expect(story.style).toEqual({});
    const style = { person: "second", tense: "present", words: 40, kind: "dialogue" } as const;
    await client.story.setStyle({ storyId: story.id, style });
    expect((await client.story.outline({ storyId: story.id })).story.style).toEqual(style);
    await collect(await client.story.generate({ passageId: passage.id, prompt: "The door opens" }));
    expect(JSON.stringify(lastSent())).toMatch(/second person.*present tense.*dialogue/);
    expect(lastSent().options).toMatchObject({ num_predict: 120 });
    await client.story.setStyle({ storyId: story.id, style: {} });
    await collect(await client.story.generate({ passageId: passage.id, prompt: "The door opens" }));
    expect(JSON.stringify(lastSent())).not.toMatch(/person|tense|scene|dialogue/);
  });

  test("what is typed is kept for the next start, and forgotten once it is empty", async () => {
    await client.drafts.keep({ key: "prompt a", text: "Half a pro" });
    await client.drafts.keep({ key: "prompt b", text: "x" });
    await client.drafts.keep({ key: "prompt a", text: "Half a prompt" });
    await client.drafts.keep({ key: "prompt b", text: "" });
    expect(await client.drafts.list()).toEqual([
      { key: "prompt a", text: "Half a prompt", savedAtMs: expect.any(Number) },
    ]);
  });

  test("a prompt of 25,000 characters is sent whole", async () => {
    await client.registry.registerModel({
      modelName: "wide",
      provider: "ollama",
      version: "1",
      useCase: "story_generation",
      configuration: { endpoint: server.url, serverModel: "smollm2:135m", contextTokens: 32_768 },
    });
    server.use(streamText("It rained."));
    const prompt = english.repeat(350).trim();
    await proposed(client, prompt);
    expect(lastSent().messages.at(-1)?.content).toContain(prompt);
    await assignNamed("smollm2:135m");
  });

  test("a replacement never enters a story: what passed is accepted, or nothing", async () => {
    server.use(streamText("He opened it. The number of the card was 4111 1111 1111 1111, he said."));
    const partly = await proposed(client, "Begin");
    expect(partly).toMatchObject({ state: "held", text: expect.stringMatching(boilerplate) });
    expect(partly.text.endsWith(partly.replacement ?? "none")).toBe(true);
    expect((await client.story.accept({ proposalId: partly.id, baseRevision: 0 })).text).toBe("He opened it.");

    server.use(streamText("The number of the card was 4111 1111 1111 1111, he said."));
    const wholly = await proposed(client, "Begin");
    await expect(client.story.accept({ proposalId: wholly.id, baseRevision: 0 })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("only the replacement"),
    });
  });

  test("what was held comes back once it is overridden, is held again when that is undone, and can be accepted", async () => {
    const words = "He opened it. The number of the card was 4111 1111 1111 1111, he said.";
    server.use(streamText(words));
    const proposal = await proposed(client, "Begin");
    const again = async () => (await client.story.passage({ passageId: proposal.passageId })).proposals[0];
    const review = async (decision: "overridden" | "open" | "false_alarm") => {
      const { items } = await client.guardrails.violations({});
      for (const { id } of items.filter(({ inferenceId }) => inferenceId === proposal.inferenceId))
        await client.guardrails.review({ violationId: id, decision, reason: "A test number" });
    };
    await review("false_alarm");
    expect(await again()).toMatchObject({ state: "held" });
    await review("overridden");
    const restored = await again();
    expect(restored).toMatchObject({ state: "overridden", replacement: null });
    expect(restored?.text).toContain("4111 1111 1111 1111");
    expect(restored?.text).not.toMatch(boilerplate);
    await review("open");
    expect(await again()).toMatchObject({ state: "held", text: proposal.text });
    await review("overridden");
    const accepted = await client.story.accept({ proposalId: proposal.id, baseRevision: 0 });
    expect(accepted.text).toContain("4111 1111 1111 1111");
  });

  test("an answer without a word is no proposal, and a way on is said", async () => {
    server.use(streamText(""));
    expect(await proposed(client, "Begin")).toMatchObject({
      state: "failed",
      text: "",
      note: { message: expect.stringContaining("without writing a word"), remedy: expect.stringMatching(/\S/) },
    });
  });

  test("what had come of a broken answer is kept with its failure", async () => {
    server.use(breakOff("It rained. The sea was cold. And", "reset"));
    const proposal = await proposed(client, "Begin");
    expect(proposal).toMatchObject({ state: "failed", note: { message: expect.stringMatching(/\S/) } });
    expect(proposal.text).toContain("It rained.");
  });

  test("a prompt that fits into no window is said to, and was sent to nobody", async () => {
    const before = server.requests.length;
    expect(await proposed(client, "word ".repeat(30_000))).toMatchObject({
      state: "failed",
      model: null,
      note: { message: expect.stringMatching(/window of 8,192 tokens has room for/) },
    });
    expect(server.requests.length).toBe(before);
  });

  test("a reload is followed on: the proposal is written to its end, and can be stopped from anywhere", async () => {
    const { script, release } = held(" The sea was cold. It rained again.", "It rained.");
    server.use(script);
    const { passage } = await startStory(client);
    const leave = new AbortController();
    const reading = await client.story.generate(
      { passageId: passage.id, prompt: "Begin", whenLeft: "continue" },
      { signal: leave.signal },
    );
    await reading.next();
    leave.abort();
    await reading.return?.(undefined).catch(() => {});
    release();
    const first = async () => (await client.story.passage({ passageId: passage.id })).proposals[0];
    await expect.poll(async () => (await first())?.state).toBe("ready");
    expect((await first())?.text).toContain("It rained again.");

    server.use(held("", "It rained. The sea was cold.").script);
    let id: Proposal["id"] | null = null;
    const events: GenerateEvent[] = [];
    for await (const event of await client.story.generate({
      passageId: passage.id,
      prompt: "On",
      whenLeft: "continue",
    })) {
      events.push(event);
      if (event.type === "proposal") id = event.proposal.id;
      if (event.type === "started" && id !== null)
        expect(await client.story.stop({ proposalId: id })).toEqual({ stopped: true });
    }
    if (id === null) throw new Error("no proposal");
    expect(events.at(-1)).toMatchObject({ type: "done", finishReason: "stopped" });
    expect(await client.story.stop({ proposalId: id })).toEqual({ stopped: false });
  });

  async function assignNamed(serverModel: string): Promise<void> {
    await client.registry.registerModel({
      modelName: "storyteller",
      provider: "ollama",
      version: `${serverModel} ${server.requests.length}`,
      useCase: "story_generation",
      configuration: { endpoint: server.url, serverModel },
    });
  }
});
