import { copyFile, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { forkNodeEngine } from "../../src/main/inference/providers/embedded/engine-process.ts";
import { createEmbeddedProvider, type EmbeddedProvider } from "../../src/main/inference/providers/embedded/provider.ts";
import { createOllamaProvider } from "../../src/main/inference/providers/ollama/ollama-provider.ts";
import type { Provider, ProviderRequest } from "../../src/main/inference/provider.ts";
import type { InferenceEvent } from "../../src/shared/contract/inference.ts";
import { startBackend } from "../kit/backend.ts";
import { ggufFile, ggufString, ggufTensor, ggufUint32 } from "../kit/servers/gguf.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { hasStarterFile, starterFile } from "../kit/servers/starter-file.ts";
import { transports } from "../kit/transports.ts";

// Seconds on an idle machine; the cores are shared with other test files.
vi.setConfig({ testTimeout: 120_000 });

const engineUrl = new URL("../../src/main/engine.ts", import.meta.url);
const never = new AbortController().signal;
let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "taleward-engine-"))));
afterAll(() => rm(directory, { recursive: true, force: true }));

const opened: EmbeddedProvider[] = [];
afterEach(() => opened.splice(0).forEach((provider) => provider.close()));

/** The real engine on a file; `pids` has each start's process. */
function engineOn(file: string): { provider: EmbeddedProvider; pids: number[] } {
  const pids: number[] = [];
  const provider = createEmbeddedProvider({
    fork: () => forkNodeEngine(engineUrl, { started: (pid) => pids.push(pid) }),
    files: { resolve: () => file },
  });
  opened.push(provider);
  return { provider, pids };
}

function asking(options: ProviderRequest["options"] = {}): ProviderRequest {
  const messages = [{ role: "user" as const, content: "Tell a long tale of the sea." }];
  return { model: "m", configuration: {}, messages, options: { seed: 7, threads: 1, maxTokens: 5, ...options } };
}

async function read(provider: Provider, request: ProviderRequest, onText = (): void => {}): Promise<string> {
  let text = "";
  for await (const event of provider.stream(request, never)) {
    if (event.type !== "text") continue;
    text += event.text;
    onText();
  }
  return text;
}

describe.skipIf(!hasStarterFile)("the engine with the real starter model", () => {
  test("kill -9 takes its own calls and nothing else: an Ollama chat and an Ollama embedding finish, and the next call starts afresh", async () => {
    const server = await startOllamaServer();
    const ollama = createOllamaProvider({ defaultEndpoint: server.url });
    const { provider, pids } = engineOn(starterFile);
    try {
      server.use(streamText("The lamp burned all night and the sea was quiet.", { everyMs: 40 }));
      const { promise: chatting, resolve: chatBegan } = Promise.withResolvers<void>();
      const onOllama = { ...asking(), model: "smollm2:135m" };
      const chat = read(ollama, onOllama, () => chatBegan());
      const { promise: generating, resolve: generationBegan } = Promise.withResolvers<void>();
      const generation = read(provider, asking({ maxTokens: 2_000 }), () => generationBegan());
      const embedding = provider.embed(asking(), ["the sea"], never);
      const outcomes = Promise.allSettled([generation, embedding, chat]);
      await Promise.all([chatting, generating]);
      const vectors = ollama.embed(onOllama, ["the sea"], never).catch((error: unknown) => error);
      process.kill(pids[0] ?? 0, "SIGKILL");
      const [generated, embedded, chatted] = await outcomes;
      const crashed = {
        status: "rejected",
        reason: { errorClass: "engine_crashed", remedy: expect.stringMatching(/starts afresh/) },
      };
      expect(generated).toMatchObject(crashed);
      expect(embedded).toMatchObject(crashed);
      expect(chatted).toEqual({ status: "fulfilled", value: "The lamp burned all night and the sea was quiet." });
      expect(await vectors).toMatchObject({ vectors: [expect.any(Array)] });
      expect((await read(provider, asking())).length).toBeGreaterThan(0);
      expect((await provider.embed(asking(), ["the sea"], never)).vectors).toHaveLength(1);
      expect(pids).toHaveLength(2);
      expect(isRunning(pids[0])).toBe(false);
    } finally {
      await ollama.close();
      await server.close();
    }
  });

  test("a call whose engine is killed before it said a word is answered by a fresh one, and the log has both attempts", async () => {
    const pids: number[] = [];
    const backend = await startBackend({
      forkEngine: () =>
        forkNodeEngine(engineUrl, {
          started: (pid) => {
            if (pids.push(pid) === 1) process.kill(pid, "SIGKILL");
          },
        }),
    });
    const { client, close } = await transports[0][1](backend.router);
    try {
      const version = await client.registry.registerModel({
        modelName: "killed",
        provider: "embedded",
        version: "1",
        configuration: { file: starterFile, options: { threads: 1 } },
      });
      const { id: versionId } = version;
      const events: InferenceEvent[] = [];
      for await (const event of await client.inference.chat({
        target: { type: "version", versionId },
        messages: [{ role: "user", content: "Tell of the sea." }],
        options: { maxTokens: 8, seed: 7 },
      })) {
        if (event.type === "wire_request" || event.type === "wire_response") continue;
        events.push(event);
      }
      const crashed = { outcome: "failed", errorClass: "engine_crashed", next: "retry" };
      const done = events.at(-1);
      expect(done).toMatchObject({ type: "done", attempts: [crashed, { outcome: "answered", next: "end" }] });
      expect(pids).toHaveLength(2);
      if (done?.type !== "done") return;
      expect(await client.logs.get({ inferenceId: done.inferenceId })).toMatchObject({
        outcome: "completed",
        attempts: [crashed, { outcome: "answered" }],
      });
    } finally {
      await close();
      await backend.close();
    }
  });

  test("a hung engine is ended at the deadline, and the next call starts afresh", async () => {
    const { provider, pids } = engineOn(starterFile);
    const hanging = read(provider, { ...asking({ maxTokens: 2_000 }), deadlines: { betweenTokensMs: 1_500 } }, () => {
      process.kill(pids[0] ?? 0, "SIGSTOP");
    });
    await expect(hanging).rejects.toMatchObject({
      errorClass: "timeout",
      message: expect.stringMatching(/stopped in the middle of an answer within 1\.5 s and was ended/),
    });
    expect((await read(provider, asking())).length).toBeGreaterThan(0);
    expect(pids).toHaveLength(2);
    await expect.poll(() => isRunning(pids[0]), { timeout: 5_000 }).toBe(false);
  });

  test("weights that are noise end in noise or in an error, and nothing worse", async () => {
    const file = join(directory, "noise.gguf");
    await copyFile(starterFile, file);
    const weights = await open(file, "r+");
    const noise = Buffer.alloc(1_000_000);
    for (let at = 0; at < noise.length; at += 1) noise[at] = (at * 2_654_435_761) >>> 13;
    for (let at = 20_000_000; at < 90_000_000; at += noise.length) await weights.write(noise, 0, noise.length, at);
    await weights.close();
    const { provider } = engineOn(file);
    const outcome = await read(provider, asking({ maxTokens: 3 })).catch((error: unknown) => error);
    expect(typeof outcome === "string" || outcome).toEqual(
      typeof outcome === "string" ? true : expect.objectContaining({ name: "ProviderError" }),
    );
    const healthy = engineOn(starterFile);
    expect((await read(healthy.provider, asking())).length).toBeGreaterThan(0);
  });

  test("a file that is replaced between two calls is the new one, and one that is gone is not found", async () => {
    const file = join(directory, "replaced.gguf");
    await copyFile(starterFile, file);
    const { provider, pids } = engineOn(file);
    expect((await read(provider, asking())).length).toBeGreaterThan(0);
    const other = join(directory, "other.gguf");
    await writeFile(other, ggufFile({ values: [ggufString("general.architecture", "a-model-nobody-knows")] }));
    await rename(other, file);
    await expect(read(provider, asking())).rejects.toMatchObject({ errorClass: "rejected" });
    await copyFile(starterFile, file);
    expect((await read(provider, asking())).length).toBeGreaterThan(0);
    await rm(file);
    await expect(read(provider, asking())).rejects.toMatchObject({
      errorClass: "model_not_found",
      message: `There is no model file at ${file}.`,
    });
    expect(await provider.isLoaded(asking())).toBe(false);
    expect(pids).toHaveLength(1);
  });

  test("a file whose end is missing is refused, though its header is whole", async () => {
    const file = join(directory, "cut.gguf");
    await writeFile(file, (await readFile(starterFile)).subarray(0, -5_000));
    const { provider } = engineOn(file);
    await expect(read(provider, asking())).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringMatching(/^cut\.gguf /),
      remedy: expect.stringContaining("Fetch the GGUF file again"),
    });
  });
});

test.each<[string, Buffer]>([
  ["an architecture that nobody knows", ggufFile({ values: [ggufString("general.architecture", "nobody-knows-me")] })],
  ["no architecture", ggufFile({ values: [] })],
  [
    "a model of 4,000,000,000 layers",
    ggufFile({
      values: [
        ggufString("general.architecture", "llama"),
        ...["block_count", "embedding_length", "context_length", "attention.head_count", "feed_forward_length"].map(
          (key) => ggufUint32(`llama.${key}`, 4_000_000_000),
        ),
      ],
    }),
  ],
  [
    "a tensor of more numbers than there are",
    ggufFile({ tensors: [ggufTensor("token_embd.weight", [2 ** 31, 2 ** 31, 2 ** 31], 0)] }),
  ],
])("a hostile file with %s fails its own call with a remedy, and the next call is answered", async (_what, content) => {
  const file = join(directory, "hostile.gguf");
  await writeFile(file, content);
  const { provider } = engineOn(file);
  for (let time = 0; time < 2; time += 1) {
    const error = await read(provider, asking()).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: "ProviderError", remedy: expect.stringMatching(/\S/) });
    expect(["rejected", "not_enough_memory", "engine_crashed"]).toContain((error as { errorClass: string }).errorClass);
  }
  const described = await provider.describe(file).catch((cause: unknown) => cause);
  expect(described).toEqual(
    described instanceof Error
      ? expect.objectContaining({ name: "ProviderError" })
      : expect.objectContaining({ neededBytes: expect.any(Number) }),
  );
});

function isRunning(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}
