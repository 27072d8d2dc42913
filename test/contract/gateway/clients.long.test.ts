import { Ollama } from "ollama";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type RealOllama, startRealOllama, whyNoRealOllama } from "../../kit/servers/real-ollama.ts";
import { ollamaAt, openaiAt } from "./programs.ts";
import { type RealGateway, startRealGateway } from "./real-gateway.ts";

// A real model reads and writes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const missing = whyNoRealOllama();
const messages = [{ role: "user" as const, content: "Tell of a lighthouse." }];
const options = { temperature: 0, seed: 1, num_predict: 12, num_thread: 1 };
const schema = {
  type: "object",
  properties: { place: { type: "string" }, ships: { type: "integer" } },
  required: ["place", "ships"],
};

describe.skipIf(missing !== null)(
  `npm's clients, unchanged, in front of a real Ollama${missing === null ? "" : ` (${missing})`}`,
  () => {
    let server: RealOllama;
    let gateway: RealGateway;
    let ollama: Ollama;
    let openai: OpenAI;
    beforeAll(async () => {
      const started = await startRealOllama();
      if (!started) throw new Error("there is no Ollama");
      server = started;
      gateway = await startRealGateway(server.url);
      ollama = ollamaAt(gateway);
      openai = openaiAt(gateway);
    });
    afterAll(async () => {
      await gateway?.close();
      await server?.close();
    });

    describe("ollama", () => {
      test("lists use cases and versions, with what the server says of their model", async () => {
        const { models } = await ollama.list();
        expect(models.map(({ name }) => name)).toEqual(["story_generation", "smollm2@1.0", "smollm2@stable"]);
        const listed = await new Ollama({ host: server.url }).list();
        expect(models[1]?.digest).toBe(listed.models[0]?.digest);
        expect(models[0]?.digest).not.toBe(listed.models[0]?.digest);
        for (const model of models)
          expect(model).toMatchObject({
            digest: expect.stringMatching(/^[0-9a-f]{64}$/),
            size: listed.models[0]?.size,
            details: { parameter_size: "134.52M", quantization_level: "Q4_1" },
          });
      });

      test.each(["story_generation", "story_generation:latest", "smollm2@1.0"])("shows %s", async (model) => {
        expect(await ollama.show({ model })).toMatchObject({
          details: { family: "llama", parameter_size: "134.52M" },
          model_info: { "general.architecture": "llama", "llama.context_length": expect.any(Number) },
          capabilities: ["completion"],
          template: expect.stringContaining("im_start"),
        });
      });

      test("chats, streamed and not, and says the same", async () => {
        const whole = await ollama.chat({ model: "story_generation", messages, options });
        let text = "";
        let last: object = {};
        for await (const part of await ollama.chat({ model: "story_generation", messages, options, stream: true })) {
          text += part.message.content;
          last = part;
        }
        expect(text).toMatch(/\S/);
        expect(text).toBe(whole.message.content);
        expect(last).toMatchObject({ done: true, done_reason: "length", eval_count: 12 });
      });

      test("generates, streamed and not, and says the same", async () => {
        const whole = await ollama.generate({
          model: "smollm2@1.0",
          prompt: "Tell of the sea.",
          system: "Be brief.",
          options,
        });
        let text = "";
        for await (const part of await ollama.generate({
          model: "smollm2@1.0",
          prompt: "Tell of the sea.",
          system: "Be brief.",
          options,
          stream: true,
        }))
          text += part.response;
        expect(text).toMatch(/\S/);
        expect(text).toBe(whole.response);
      });

      test("continues a raw prompt as it stands, as SillyTavern asks for", async () => {
        const raw = "Mara climbed the stairs of the lighthouse and";
        const ours = await ollama.generate({ model: "story_generation", prompt: raw, raw: true, options });
        const theirs = await new Ollama({ host: server.url }).generate({
          model: server.modelName,
          prompt: raw,
          raw: true,
          options,
        });
        expect(ours.response).toBe(theirs.response);
        expect(ours.prompt_eval_count).toBe(theirs.prompt_eval_count);
      });

      test("gets JSON that fits the schema it asked for", async () => {
        const answer = await ollama.chat({
          model: "story_generation",
          messages: [{ role: "user", content: "A place and how many ships lie there, as JSON." }],
          format: schema,
          options: { ...options, num_predict: 100 },
        });
        expect(JSON.parse(answer.message.content)).toEqual({ place: expect.any(String), ships: expect.any(Number) });
      });

      test("is told of tools that the model cannot call in the server's own words", async () => {
        const tools = [
          {
            type: "function",
            function: { name: "look", description: "Looks.", parameters: { type: "object", properties: {} } },
          },
        ];
        await expect(ollama.chat({ model: "story_generation", messages, tools })).rejects.toThrow(
          /does not support tools/,
        );
      });

      test("embeds texts", async () => {
        const theirs = await new Ollama({ host: server.url }).embed({
          model: server.modelName,
          input: ["sea", "lamp"],
        });
        const ours = await ollama.embed({ model: "smollm2@1.0", input: ["sea", "lamp"] });
        expect(ours.embeddings.map((vector) => vector.length)).toEqual(
          theirs.embeddings.map((vector) => vector.length),
        );
        for (const [index, vector] of ours.embeddings.entries())
          expect(cosine(vector, theirs.embeddings[index] ?? [])).toBeGreaterThan(0.9999);
        expect((await ollama.embeddings({ model: "story_generation", prompt: "sea" })).embedding.length).toBe(
          ours.embeddings[0]?.length,
        );
      });

      test("loads and lets go of the model by empty prompts, which `ps` shows", async () => {
        await ollama.generate({ model: "story_generation", prompt: "" });
        expect((await ollama.ps()).models.map(({ name }) => name)).toEqual([
          "story_generation",
          "smollm2@1.0",
          "smollm2@stable",
        ]);
        await ollama.chat({ model: "smollm2@1.0", messages: [], keep_alive: 0 });
        await expect.poll(async () => (await ollama.ps()).models, { timeout: 60_000 }).toEqual([]);
      });

      test("aborts a stream, which stops the model and is logged as stopped", async () => {
        const stream = await ollama.chat({
          model: "story_generation",
          messages,
          options: { ...options, num_predict: 2_000, stop: ["never"] },
          stream: true,
        });
        const reading = (async () => {
          for await (const part of stream) if (part.message.content !== "") stream.abort();
        })();
        await expect(reading).rejects.toThrow(/abort/i);
        await expect.poll(() => lastLog()).toMatchObject({ outcome: "stopped", useCase: "story_generation" });
        await expect.poll(async () => (await gateway.client.gateway.calls())[0]).toMatchObject({ status: 499 });
      });

      test("is told that it does not know a model", async () => {
        await expect(ollama.chat({ model: "gpt-9", messages })).rejects.toMatchObject({
          message: "model 'gpt-9' not found",
          status_code: 404,
        });
      });
    });

    describe("openai", () => {
      const asks = { messages, temperature: 0, seed: 1, max_tokens: 12 };

      test("lists and retrieves models", async () => {
        const ids = (await openai.models.list()).data.map(({ id }) => id);
        expect(ids).toEqual(["story_generation", "smollm2@1.0", "smollm2@stable"]);
        for (const id of ids) expect((await openai.models.retrieve(id)).id).toBe(id);
      });

      test("chats, streamed and not, and says the same, with the tokens used", async () => {
        const whole = await openai.chat.completions.create({ model: "story_generation", ...asks });
        const stream = await openai.chat.completions.create({
          model: "story_generation",
          ...asks,
          stream: true,
          stream_options: { include_usage: true },
        });
        let text = "";
        let usage;
        for await (const chunk of stream) {
          text += chunk.choices[0]?.delta.content ?? "";
          usage = chunk.usage ?? usage;
        }
        expect(text).toMatch(/\S/);
        expect(whole.choices[0]).toMatchObject({ message: { content: text }, finish_reason: "length" });
        expect(usage).toEqual(whole.usage);
        expect(whole.usage).toMatchObject({ completion_tokens: 12 });
      });

      test("completes a prompt", async () => {
        const { choices } = await openai.completions.create({
          model: "smollm2@stable",
          prompt: "The sea",
          max_tokens: 5,
          temperature: 0,
        });
        expect(choices[0]).toMatchObject({ text: expect.stringMatching(/\S/), finish_reason: "length" });
      });

      test("gets JSON that fits the schema it asked for", async () => {
        const completion = await openai.chat.completions.create({
          model: "story_generation",
          messages: [{ role: "user", content: "A place and how many ships lie there, as JSON." }],
          temperature: 0,
          max_completion_tokens: 100,
          response_format: { type: "json_schema", json_schema: { name: "scene", schema } },
        });
        expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({
          place: expect.any(String),
          ships: expect.any(Number),
        });
      });

      test("is told of tools that the model cannot call", async () => {
        const tools = [
          { type: "function" as const, function: { name: "look", parameters: { type: "object", properties: {} } } },
        ];
        await expect(
          openai.chat.completions.create({ model: "story_generation", ...asks, tools }),
        ).rejects.toMatchObject({
          status: 400,
          code: "rejected",
        });
      });

      test("embeds texts in either encoding", async () => {
        const one = await openai.embeddings.create({ model: "smollm2@1.0", input: ["sea"] });
        const other = await openai.embeddings.create({
          model: "smollm2@1.0",
          input: ["sea"],
          encoding_format: "float",
        });
        expect(cosine(one.data[0]?.embedding ?? [], other.data[0]?.embedding ?? [])).toBeGreaterThan(0.9999);
      });

      test("aborts a stream, which stops the model and is logged as stopped", async () => {
        const stream = await openai.chat.completions.create({
          model: "story_generation",
          ...asks,
          max_tokens: 2_000,
          user: "reader 7",
          stream: true,
        });
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
        await expect.poll(() => lastLog()).toMatchObject({ outcome: "stopped", useCase: "story_generation" });
      });

      test("is told that it does not know a model", async () => {
        await expect(openai.chat.completions.create({ model: "gpt-9", messages })).rejects.toMatchObject({
          status: 404,
          code: "model_not_found",
        });
      });
    });

    test("every call is in the log under its use case, with who asked and in which session", async () => {
      await openai.chat.completions.create({ model: "story_generation", messages, max_tokens: 2, user: "reader 8" });
      const log = await lastLog();
      expect(log).toMatchObject({ outcome: "completed", useCase: "story_generation" });
      const [call] = await gateway.client.gateway.calls();
      expect(call).toMatchObject({ session: "reader 8", model: "story_generation", status: 200, inferenceId: log?.id });
      expect(call?.client).toMatch(/^OpenAI\/JS/);
      expect(await gateway.client.logs.get({ inferenceId: log?.id ?? nobody })).toMatchObject({
        caller: `gateway: ${call?.client}`,
        sessionKey: "reader 8",
      });
    });

    async function lastLog() {
      return (await gateway.client.logs.list({ limit: 1 })).items[0];
    }
  },
);

const nobody = "019ab000-0000-7000-8000-000000000001" as never; // no log has this id

function cosine(left: readonly number[], right: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}
