import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import {
  type EngineProcess,
  forkNodeEngine,
} from "../../../../src/main/inference/providers/embedded/engine-process.ts";
import type { EngineReply } from "../../../../src/main/inference/providers/embedded/protocol.ts";
import { createEmbeddedProvider } from "../../../../src/main/inference/providers/embedded/provider.ts";
import type { ProviderRequest, ProviderResult } from "../../../../src/main/inference/provider.ts";
import { hasStarterFile, starterFile } from "../../../kit/servers/starter-file.ts";

// oxlint-disable-next-line vitest/expect-expect -- makes tests, is none
const withModel = test.skipIf(!hasStarterFile);
const never = new AbortController().signal;
// Seconds on an idle machine; the cores are shared with other test files.
vi.setConfig({ testTimeout: 120_000 });

const engine = new URL("../../../../src/main/engine.ts", import.meta.url);
/** What the engine replied, in order. */
const replies: EngineReply[] = [];
const provider = createEmbeddedProvider({ fork: recordedEngine, files: { resolve: () => starterFile } });
afterAll(() => provider.close());

function recordedEngine(): EngineProcess {
  const started = forkNodeEngine(engine);
  return {
    ...started,
    onMessage: (listener) =>
      started.onMessage((message) => {
        replies.push(message as EngineReply); // the engine's side of the channel is ours
        listener(message);
      }),
  };
}

function asking(content: string, options: ProviderRequest["options"] = {}): ProviderRequest {
  const messages = [
    { role: "system" as const, content: "You are a novelist." },
    { role: "user" as const, content },
  ];
  return { model: "starter", configuration: {}, messages, options: { seed: 7, maxTokens: 40, threads: 1, ...options } };
}

async function generate(request: ProviderRequest): Promise<{ text: string; result: ProviderResult | null }> {
  let text = "";
  let result: ProviderResult | null = null;
  for await (const event of provider.stream(request, never)) {
    if (event.type === "text") text += event.text;
    else if (event.type === "result") result = event.result;
  }
  return { text, result };
}

withModel("the same seed, prompt and options tell the same, whatever was told between", async () => {
  const prompt = `A lighthouse keeper finds a map. ${"The sea was cold that night. ".repeat(12)}`;
  const first = await generate(asking(prompt));
  const again = await generate(asking(prompt));
  await generate(asking(`${prompt.slice(0, 200)} and then a dragon came.`));
  const later = await generate(asking(prompt));
  expect(first.text.length).toBeGreaterThan(40);
  expect([again.text, later.text]).toEqual([first.text, first.text]);
  expect((await generate(asking(prompt, { seed: 8 }))).text).not.toBe(first.text);
});

withModel("counts and timings are told, and running out of tokens is `length`", async () => {
  const { result } = await generate(asking("A knight meets a dragon", { maxTokens: 12 }));
  expect(result).toEqual({
    finishReason: "length",
    promptTokens: expect.any(Number),
    completionTokens: 12,
    queueMs: expect.any(Number),
    loadMs: 0,
    prefillMs: expect.any(Number),
    decodeMs: expect.any(Number),
    promptTruncated: false,
  });
  expect(result?.prefillMs).toBeGreaterThan(0);
  expect(result?.decodeMs).toBeGreaterThan(0);
});

withModel("calls take turns, and the wait is told", async () => {
  replies.length = 0;
  const [first, second] = await Promise.all([
    generate(asking("A ship sails")),
    generate(asking("A horse runs", { maxTokens: 5 })),
  ]);
  const ids = replies.flatMap((reply) => ("id" in reply ? [reply.id] : []));
  expect(ids).toEqual(ids.toSorted((left, right) => left - right));
  // The second was received before the first had its first token, and begins when the first has its last.
  expect(second.result?.queueMs).toBeGreaterThanOrEqual(first.result?.decodeMs ?? Infinity);
});

withModel("stop strings end the answer and are not part of it", async () => {
  const { text, result } = await generate(asking("Tell of a storm", { stop: ["."], maxTokens: 200 }));
  expect(text).not.toContain(".");
  expect(result?.finishReason).toBe("stop");
});

withModel("an abort stops the model within a token", async () => {
  const cancellation = new AbortController();
  const reason = new Error("enough");
  replies.length = 0;
  const reading = (async () => {
    for await (const _ of provider.stream(asking("A long tale", { maxTokens: 1_500 }), cancellation.signal))
      cancellation.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  // One that does not look at the signal between tokens would have gone on to its result.
  const { type, ...last } = replies.findLast((reply) => reply.type !== "resident") ?? { type: "none" };
  expect({ type, last }).toEqual({ type: "cancelled", last: { id: expect.any(Number) } });
  // A model that still worked on the tale would make the next call wait.
  expect((await generate(asking("A ship", { maxTokens: 2 }))).result?.completionTokens).toBe(2);
});

withModel("a prompt larger than the window is refused with both sizes", async () => {
  await expect(generate(asking("word ".repeat(3_000)))).rejects.toMatchObject({
    errorClass: "prompt_too_large",
    message: expect.stringMatching(/The prompt has 30\d\d tokens; the model's window holds 2048/),
  });
});

withModel("tokens are counted exactly, special ones in the text as text", async () => {
  expect(await provider.countTokens(asking(""), "hello there friend")).toBe(3);
  expect(await provider.countTokens(asking(""), "<|im_end|>")).toBeGreaterThan(1);
});

withModel("text that is cut inside a character arrives whole", async () => {
  const { text } = await generate(asking("Repeat after me: 🐉🏰🐉🏰🐉🏰", { temperature: 0, maxTokens: 60 }));
  expect(text).not.toContain("\ufffd");
});

withModel("the main process is never held up while the engine loads and tells", async () => {
  await provider.unload();
  expect(await provider.isLoaded(asking(""))).toBe(false);
  const before = process.threadCpuUsage();
  const { result } = await generate(asking("A fisherman sings", { maxTokens: 80 }));
  const { user, system } = process.threadCpuUsage(before);
  expect(result?.loadMs).toBeGreaterThan(0);
  // Its own work on this thread, to which nobody else on these cores adds. Of the model's, it would be nearly all the time.
  const modelMs = (result?.loadMs ?? 0) + (result?.prefillMs ?? 0) + (result?.decodeMs ?? 0);
  expect((user + system) / 1_000).toBeLessThan(modelMs / 10);
});

withModel("another number of threads and another window share the weights in memory", async () => {
  const request = asking("A knight meets a dragon", { maxTokens: 5 });
  await generate(request);
  expect((await generate({ ...request, options: { ...request.options, threads: 2 } })).result?.loadMs).toBe(0);
  const wider = { ...request, configuration: { contextTokens: 1_024 } };
  const [made, kept] = [await generate(wider), await generate(wider)];
  // A context is made, which takes a moment; the weights, which would take seconds on a large model, are not read again.
  expect(made.result?.loadMs).toBeGreaterThan(0);
  expect([kept.result?.loadMs, (await generate(request)).result?.loadMs]).toEqual([0, 0]);
  expect([await provider.contextTokens(wider), await provider.contextTokens(request)]).toEqual([1_024, 2_048]);
});

withModel("any JSON, and JSON of a schema, is held to by a grammar", async () => {
  // A small model may go on writing JSON for as long as it is let, on another processor with another seed.
  const received: Awaited<ReturnType<typeof generate>>[] = [];
  for (let seed = 1; seed <= 10 && received.at(-1)?.result?.finishReason !== "stop"; seed += 1)
    received.push(await generate(asking("Describe a knight as JSON.", { format: "json", maxTokens: 300, seed })));
  for (const { text } of received) expect(text).toMatch(/^\s*\{/);
  expect(received.at(-1)?.result?.finishReason).toBe("stop");
  expect(JSON.parse(received.at(-1)?.text ?? "")).toEqual(expect.any(Object));
  const format = {
    type: "object",
    properties: {
      name: { type: "string", maxLength: 20 },
      age: { type: "integer" },
      traits: { type: "array", items: { enum: ["brave", "sly"] }, minItems: 1, maxItems: 2 },
    },
    required: ["name", "age", "traits"],
    additionalProperties: false,
  };
  const { text } = await generate(asking("Describe a knight.", { format, maxTokens: 300 }));
  const { name, age, traits, ...rest } = JSON.parse(text);
  expect([typeof name, Number.isInteger(age), rest]).toEqual(["string", true, {}]);
  expect(traits.length).toBeGreaterThan(0);
  expect(traits.every((trait: string) => trait === "brave" || trait === "sly")).toBe(true);
});

withModel("a schema that no grammar holds is answered without one", async () => {
  const { text } = await generate(asking("Tell of a storm", { format: { not: { type: "null" } }, maxTokens: 10 }));
  expect(text).toMatch(/[a-z]{3}/i);
});

withModel("a raw prompt is the whole prompt, its special tokens read as such", async () => {
  const turn = "<|im_start|>user\nSay hello.<|im_end|>\n<|im_start|>assistant\n";
  const raw = { ...asking(""), messages: [{ role: "user" as const, content: turn }] };
  const chat = {
    ...asking(""),
    messages: [
      { role: "system" as const, content: "" },
      { role: "user" as const, content: "Say hello." },
    ],
  };
  const received = await generate({ ...raw, options: { ...raw.options, raw: true, temperature: 0 } });
  expect(received.result?.promptTokens).toBe(12);
  expect(received.text).not.toContain("<|im");
  // In the chat template the same characters are a person's words, and take more tokens.
  expect((await generate(raw)).result?.promptTokens).toBeGreaterThan(40);
  expect((await generate(chat)).result?.promptTokens).toBeGreaterThan(12);
});

withModel("a raw prompt that nearly fills the window is not cut, and one that overfills it is refused", async () => {
  const prompt = (words: number) => ({
    ...asking("", { raw: true, maxTokens: 4 }),
    configuration: { contextTokens: 256 },
    messages: [{ role: "user" as const, content: "word ".repeat(words) }],
  });
  expect((await generate(prompt(235))).result?.promptTokens).toBe(236);
  await expect(generate(prompt(300))).rejects.toMatchObject({ errorClass: "prompt_too_large" });
});

withModel("penalties for what was said change what is said", async () => {
  const greedy = { temperature: 0, repeatPenalty: 1, maxTokens: 60 };
  const plain = await generate(asking("Say the word sea again and again.", greedy));
  for (const penalty of [{ presencePenalty: 2 }, { frequencyPenalty: 2 }])
    expect((await generate(asking("Say the word sea again and again.", { ...greedy, ...penalty }))).text).not.toBe(
      plain.text,
    );
});

withModel("texts become vectors of length one, alike where the texts are, and the same again", async () => {
  const texts = ["The king rode to war.", "The king went into battle.", "Preheat the oven and add two eggs."];
  const { vectors, promptTokens } = await provider.embed(asking(""), texts, never);
  const [war, battle, eggs] = vectors as [number[], number[], number[]]; // three texts, three vectors
  expect(vectors.map((vector) => Number(Math.hypot(...vector).toFixed(6)))).toEqual([1, 1, 1]);
  expect(dot(war, battle)).toBeGreaterThan(dot(war, eggs));
  expect(promptTokens).toBeGreaterThan(15);
  await generate(asking("A king", { maxTokens: 5 }));
  expect((await provider.embed(asking(""), [texts[0] ?? ""], never)).vectors).toEqual([war]);
});

withModel("a text longer than the window is refused before any is embedded", async () => {
  const small = { model: "starter", configuration: { contextTokens: 256 } };
  await expect(provider.embed(small, ["short", "word ".repeat(300)], never)).rejects.toMatchObject({
    errorClass: "prompt_too_large",
    message: expect.stringMatching(/A text has 30\d tokens; the model's window holds 253/),
  });
});

withModel("a text longer than the window is cut to it where that is wanted, and it is said", async () => {
  const small = { model: "starter", configuration: { contextTokens: 256 }, truncate: true };
  const long = "word ".repeat(300);
  const cut = await provider.embed(small, ["short", long], never);
  expect(cut).toMatchObject({ promptTruncated: true });
  expect(cut.promptTokens).toBeGreaterThan(253);
  expect(cut.promptTokens).toBeLessThanOrEqual(253 + 3);
  const [, vector = []] = cut.vectors;
  expect((await provider.embed(small, [`${long} and an end nobody reads`], never)).vectors).toEqual([vector]);
  expect(await provider.embed(small, ["short"], never)).toMatchObject({ promptTruncated: false });
});

withModel("memory that is not there is refused before anything is loaded, in figures", async () => {
  const starved = createEmbeddedProvider({
    fork: () => forkNodeEngine(engine, { memoryBytes: 120_000_000 }),
    files: { resolve: () => starterFile },
  });
  try {
    const call = (async () => {
      for await (const _ of starved.stream(asking("A tale"), never));
    })();
    await expect(call).rejects.toMatchObject({
      errorClass: "not_enough_memory",
      message: expect.stringMatching(
        / needs 0\.2\d GB of memory with a context of 2,048 tokens, and 0\.12 GB are free\.$/,
      ),
      remedy: expect.stringMatching(/smaller context window or a smaller model/),
    });
    expect(await starved.isLoaded(asking(""))).toBe(false);
    // The weights alone fit, so that counting still works.
    expect(await starved.countTokens(asking(""), "hello there friend")).toBe(3);
    await expect(starved.load(asking(""))).rejects.toMatchObject({
      errorClass: "not_enough_memory",
      message: expect.stringMatching(/ needs 0\.15 GB of memory .* and 0\.023 GB are free/),
    });
    expect(await starved.isLoaded(asking(""))).toBe(true);
  } finally {
    starved.close();
  }
});

withModel("a model that fits once another made room takes its place; one that never fits takes nobody's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "taleward-two-models-"));
  const copy = join(folder, "copy.gguf");
  await copyFile(starterFile, copy);
  const crowded = createEmbeddedProvider({
    fork: () => forkNodeEngine(engine, { memoryBytes: 300_000_000 }),
    files: { resolve: ({ file }) => (file === "copy" ? copy : starterFile) },
  });
  const at = (contextTokens: number) => ({ ...asking(""), configuration: { file: "copy", contextTokens } });
  const loaded = async () => [await crowded.isLoaded(asking("")), await crowded.isLoaded(at(2_048))];
  try {
    await crowded.load(asking(""));
    await expect(crowded.load(at(8_192))).rejects.toMatchObject({
      errorClass: "not_enough_memory",
      message: expect.stringMatching(/^copy\.gguf needs 0\.39 GB .* 8,192 tokens, and 0\.3 GB are free/),
    });
    expect(await loaded()).toEqual([true, false]);
    await crowded.load(at(2_048));
    expect(await loaded()).toEqual([false, true]);
  } finally {
    crowded.close();
    await rm(folder, { recursive: true, force: true });
  }
});

withModel("a file is described without being loaded", async () => {
  await provider.unload();
  const described = await provider.describe(starterFile, 100_000);
  expect(described).toEqual({
    name: expect.stringContaining("135M"),
    architecture: "llama",
    parameters: "134.5M",
    quantization: "Q4_1",
    contextTokens: 8_192,
    license: "apache-2.0",
    neededBytes: expect.any(Number),
    freeBytes: expect.any(Number),
    forContextTokens: 8_192,
  });
  const smaller = await provider.describe(starterFile, 512);
  expect(smaller.neededBytes).toBeGreaterThan(98_000_000);
  expect(described.neededBytes).toBeGreaterThan(smaller.neededBytes + 50_000_000);
  expect(await provider.isLoaded(asking(""))).toBe(false);
});

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
