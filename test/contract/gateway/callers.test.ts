import { afterEach, describe, expect, test } from "vitest";
import { v7 as uuid } from "uuid";
import type { EmbedCall } from "../../../src/main/inference/call/embedding-call.ts";
import { ProviderError } from "../../../src/main/inference/provider.ts";
import { type InferenceId, inferenceId } from "../../../src/shared/contract/ids.ts";
import { get, ollamaAt, openaiAt, post } from "./programs.ts";
import {
  type Script,
  type ScriptedGateway,
  oneVector,
  smollm,
  startScriptedGateway,
  streams,
} from "./scripted-gateway.ts";

const messages = [{ role: "user" as const, content: "Begin" }];
const asksOllama = { model: "story_generation", messages };

let server: ScriptedGateway;
afterEach(() => server.close());

describe("names", () => {
  test.each([
    ["story_generation", { type: "use_case", useCase: "story_generation" }],
    ["story_generation:latest", { type: "use_case", useCase: "story_generation" }],
    ["smollm2@1.0", { type: "version", versionId: smollm.id }],
    ["smollm2@1.0:latest", { type: "version", versionId: smollm.id }],
    ["smollm2@stable", { type: "version", versionId: smollm.id }],
    ["smollm2", { type: "version", versionId: smollm.id }],
  ])("%s leads to %j, and the answer repeats the name", async (model, target) => {
    await serve(streams("Yes."));
    expect((await ollamaAt(server).chat({ model, messages })).model).toBe(model);
    expect(server.asked[0]).toMatchObject({ target, messages });
  });

  test("are listed for both APIs: what can answer, and no use case without a model", async () => {
    await serve(streams("Yes."));
    const names = ["story_generation", "smollm2@1.0", "smollm2@stable"];
    expect((await ollamaAt(server).list()).models.map(({ name }) => name)).toEqual(names);
    expect((await openaiAt(server).models.list()).data.map(({ id }) => id)).toEqual(names);
    expect(await openaiAt(server).models.retrieve("smollm2@1.0")).toEqual({
      id: "smollm2@1.0",
      object: "model",
      created: Date.UTC(2026, 0, 2) / 1000,
      owned_by: "taleward",
    });
    await expect(openaiAt(server).models.retrieve("gpt-9")).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
    await expect(ollamaAt(server).show({ model: "unassigned" })).rejects.toThrow(/No model is assigned to unassigned/);
  });
});

describe("who calls", () => {
  test.each([
    ["x-session-id", { "x-session-id": "reader 1" }, {}, "reader 1"],
    [
      "x-taleward-session, which comes first",
      { "x-taleward-session": "reader 2", "x-session-id": "x" },
      {},
      "reader 2",
    ],
    ["the user field", {}, { user: "reader 3" }, "reader 3"],
    ["a header before the user field", { "x-session-id": "reader 4" }, { user: "x" }, "reader 4"],
  ])("has its session from %s, in the call and in the list", async (_how, headers, fields, sessionKey) => {
    await serve(streams("Yes."));
    await (
      await post(server, "/v1/chat/completions", { ...asksOllama, ...fields }, { ...headers, "user-agent": "Tavern/1" })
    ).text();
    expect(server.asked[0]).toMatchObject({ sessionKey, caller: "gateway: Tavern/1" });
    expect(server.gateway.calls()[0]).toEqual({
      id: 1,
      atMs: expect.any(Number),
      client: "Tavern/1",
      session: sessionKey,
      method: "POST",
      path: "/v1/chat/completions",
      model: "story_generation",
      status: 200,
      durationMs: expect.any(Number),
      inferenceId: expect.any(String),
      error: null,
    });
  });

  test("is listed while it is being answered, and afterwards among the last 200", async () => {
    let go = () => {};
    const waits = new Promise<void>((resolve) => (go = resolve));
    await serve(async function* (call, signal) {
      await waits;
      yield* streams("Yes.")(call, signal);
    });
    const asking = whole("/api/chat", { ...asksOllama, stream: false });
    await expect
      .poll(() => server.gateway.calls())
      .toMatchObject([{ status: null, durationMs: null, model: "story_generation" }]);
    go();
    await asking;
    for (let count = 0; count < 205; count += 1) await (await get(server, "/api/version")).text();
    await expect
      .poll(() => server.gateway.calls().map(({ status }) => status))
      .toEqual(Array.from({ length: 200 }, () => 200));
    expect(server.gateway.calls()[0]?.id).toBe(206);
  });
});

describe("vectors", () => {
  test.each([
    ["story_generation", "/api/embed", { type: "use_case", useCase: "story_generation" }],
    ["story_generation:latest", "/v1/embeddings", { type: "use_case", useCase: "story_generation" }],
    ["smollm2@stable", "/api/embeddings", { type: "version", versionId: smollm.id }],
  ])("are asked of what %s means at %s, with the program's session", async (model, path, target) => {
    const asked: EmbedCall[] = [];
    server = await startScriptedGateway(undefined, {
      models: { chat: streams("Never."), embed: (call) => (asked.push(call), Promise.resolve(oneVector)) },
    });
    const body = { model, input: "abc", prompt: "abc", user: "reader 6" };
    const named = { "user-agent": "Tavern/1", "x-session-id": "reader 5" };
    for (const headers of [named, { "user-agent": "Tavern/1" }])
      expect((await post(server, path, body, headers)).status).toBe(200);
    const how = path === "/v1/embeddings" ? { truncate: true } : { options: {} };
    const truncate = path === "/api/embed" ? { truncate: true } : {};
    const common = { target, texts: ["abc"], caller: "gateway: Tavern/1", began: expect.any(Function) };
    expect(asked).toEqual([
      { ...common, ...how, ...truncate, sessionKey: "reader 5" },
      { ...common, ...how, ...truncate, sessionKey: "reader 6" },
    ]);
    expect(server.gateway.calls().map(({ session }) => session)).toEqual(["reader 6", "reader 5"]);
  });

  test.each([
    ["/api/embed", { truncate: false }],
    ["/api/embeddings", {}],
  ])("are asked for at %s with the window, the stay and the cutting the program wants", async (path, truncate) => {
    const asked: EmbedCall[] = [];
    server = await startScriptedGateway(undefined, {
      models: { chat: streams("Never."), embed: (call) => (asked.push(call), Promise.resolve(oneVector)) },
    });
    const manner = { truncate: false, keep_alive: "5m", options: { num_ctx: 256, num_thread: 2 } };
    expect((await post(server, path, { model: "smollm2", input: "abc", prompt: "abc", ...manner })).status).toBe(200);
    const options = { threads: 2, keepAlive: 300, serverOptions: { num_ctx: 256 } };
    expect(asked).toMatchObject([{ options, ...truncate }]);
    expect(asked[0]?.truncate ?? false).toBe(false);
  });

  test.each(["/api/embed", "/api/embeddings", "/v1/embeddings"])(
    "at %s have their place in the log in a header and in the list, made or not",
    async (path) => {
      const ids: InferenceId[] = [];
      server = await startScriptedGateway(undefined, {
        models: {
          chat: streams("Never."),
          embed: async ({ began }) => {
            const id = inferenceId.parse(uuid());
            began?.(id);
            if (ids.push(id) > 1) throw new ProviderError("refused", "Nobody is there.", "Start it.");
            return oneVector;
          },
        },
      });
      for (const [index, status] of [200, 502].entries()) {
        const answer = await post(server, path, { model: "smollm2", input: "abc", prompt: "abc" });
        expect([answer.status, answer.headers.get("x-taleward-inference-id")]).toEqual([status, ids[index]]);
        expect(server.gateway.calls()[0]).toMatchObject({ inferenceId: ids[index], status });
      }
    },
  );

  test("of nothing only bring the model into memory or out of it", async () => {
    await serve(streams("Never."));
    expect(await whole("/api/embed", { model: "smollm2", input: [], keep_alive: "5m" })).toEqual({
      model: "smollm2",
      embeddings: [],
    });
    expect(await whole("/api/embeddings", { model: "smollm2", prompt: "", keep_alive: 0 })).toEqual({ embedding: [] });
    expect(server.residency).toEqual(["300", "0"]);
  });
});

describe("small talk", () => {
  test("Ollama is running, has a version and nothing in memory", async () => {
    await serve(streams("Yes."));
    expect(await (await get(server, "/")).text()).toBe("Ollama is running");
    expect((await get(server, "/", "HEAD")).status).toBe(200);
    expect((await get(server, "/api/tags", "HEAD")).status).toBe(200);
    expect(await ollamaAt(server).version()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(await ollamaAt(server).ps()).toEqual({ models: [] });
  });

  test("vectors have length 1, as many dimensions as asked for, and OpenAI's own encoding", async () => {
    await serve(streams("Yes."));
    expect(await ollamaAt(server).embed({ model: "smollm2@1.0", input: ["abc", "de"], dimensions: 2 })).toMatchObject({
      model: "smollm2@1.0",
      embeddings: [
        [1, 0],
        [1, 0],
      ],
      prompt_eval_count: 3,
    });
    expect(await ollamaAt(server).embeddings({ model: "smollm2@1.0", prompt: "abc" })).toEqual({
      embedding: [3, 0, 0],
    });
    for (const encoding_format of [undefined, "float", "base64"] as const) {
      const answer = await openaiAt(server).embeddings.create({
        model: "smollm2@1.0",
        input: "abc",
        ...(encoding_format && { encoding_format }),
      });
      const { embedding } = answer.data[0] ?? {};
      if (encoding_format === "base64")
        expect(embedding).toBe(Buffer.from(new Float32Array([1, 0, 0]).buffer).toString("base64"));
      else expect(embedding).toEqual([1, 0, 0]);
      expect(answer.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    }
  });
});

async function serve(script: Script): Promise<void> {
  server = await startScriptedGateway(script);
}

async function whole(path: string, body: object) {
  return (await post(server, path, body)).json();
}
