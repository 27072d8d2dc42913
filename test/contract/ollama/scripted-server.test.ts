import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { probeOllama } from "../../../src/main/inference/providers/ollama/discover.ts";
import { fast, stall, tell } from "../../kit/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/ollama-server.ts";
import { collect, conformance, shortRequest } from "./conformance.ts";

let server: OllamaServer;
beforeAll(async () => {
  server = await startOllamaServer();
});
afterAll(() => server.close());

const never = new AbortController().signal;
const model = "smollm2:135m";

async function ask(request = shortRequest(model)) {
  const provider = createOllamaProvider({ defaultEndpoint: server.url });
  try {
    return await collect(provider.stream(request, never));
  } finally {
    await provider.close();
  }
}

function textOf(events: Awaited<ReturnType<typeof ask>>): string {
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

describe("the scripted server", () => {
  conformance(() => ({ url: server.url, modelName: model }));
});

describe("what the provider sends", () => {
  test("chat gets the messages and every option by Ollama's name", async () => {
    server.use(tell("Yes."));
    await ask(
      shortRequest("our-name", {
        configuration: { serverModel: model, contextTokens: 2_048, options: { temperature: 0.1, topK: 3 } },
        options: {
          temperature: 0.8,
          topP: 0.9,
          minP: 0.05,
          repeatPenalty: 1.1,
          repeatLastN: 64,
          seed: 11,
          maxTokens: 50,
          stop: ["END"],
          threads: 1,
        },
      }),
    );
    expect(server.requests.at(-1)).toMatchObject({
      path: "/api/chat",
      body: {
        model,
        stream: true,
        messages: [
          { role: "system", content: "You write stories." },
          { role: "user", content: "A lighthouse keeper finds a map." },
        ],
      },
    });
    expect(server.requests.at(-1)?.body["options"]).toEqual({
      temperature: 0.8,
      top_k: 3,
      top_p: 0.9,
      min_p: 0.05,
      repeat_penalty: 1.1,
      repeat_last_n: 64,
      seed: 11,
      num_predict: 50,
      stop: ["END"],
      num_thread: 1,
      num_ctx: 2_048,
    });
  });

  test("an endpoint with a path is asked there, with a prompt and a system text", async () => {
    server.use(tell("Yes."));
    const configuration = { endpoint: `${server.url}/generate` };
    expect(textOf(await ask(shortRequest(model, { configuration })))).toBe("Yes.");
    expect(server.requests.at(-1)).toMatchObject({ path: "/generate" });
    expect(server.requests.at(-1)?.body).toEqual({
      model,
      prompt: "A lighthouse keeper finds a map.",
      system: "You write stories.",
      stream: true,
      options: { num_predict: 24, seed: 7, temperature: 0.7, num_thread: 1 },
    });
  });

  test("credentials in the endpoint become basic authorization", async () => {
    server.use(tell("Yes."));
    const endpoint = server.url.replace("http://", "http://anna:s%C3%BC%C3%9F@");
    await ask(shortRequest(model, { configuration: { endpoint } }));
    const expected = `Basic ${Buffer.from("anna:süß").toString("base64")}`;
    expect(server.requests.at(-1)?.headers["authorization"]).toBe(expected);
  });

  test("a probe and isLoaded never ask for text and never load a model", async () => {
    const quiet = await startOllamaServer({ models: [{ name: model }, { name: "other:latest", loaded: true }] });
    const provider = createOllamaProvider({ defaultEndpoint: quiet.url });
    try {
      expect(await provider.isLoaded({ model, configuration: {} })).toBe(false);
      expect(await provider.isLoaded({ model: "other", configuration: {} })).toBe(true);
      expect(await probeOllama(quiet.url)).toMatchObject({ state: "up", loaded: ["other:latest"] });
      expect(await provider.isLoaded({ model, configuration: {} })).toBe(false);
      expect(quiet.requests).toEqual([]);
    } finally {
      await provider.close();
      await quiet.close();
    }
  });

  test("a probe of a generate URL asks the server behind it", async () => {
    expect(await probeOllama(`${server.url}/generate`)).toMatchObject({ state: "up", version: "0.17.4" });
    expect(await probeOllama(`${server.url}/api/generate`)).toMatchObject({ state: "up", version: "0.17.4" });
  });
});

describe("what the provider makes of the bytes", () => {
  test.each([1, 2, 3, 7, 64])("text survives cuts every %i bytes, inside characters too", async (cutBytes) => {
    const story = "Łódź — 灯台守は地図を見つけた。 👩‍🚀 naïve “quotes”\nnext line.";
    server.use(tell(story, { cutBytes }));
    expect(textOf(await ask())).toBe(story);
  });

  test("CRLF and blank lines are read as Ollama's own", async () => {
    const lines = '\r\n{"message":{"content":"One"},"done":false}\r\n\r\n{"message":{"content":" two"},"done":true}';
    server.use({ steps: [{ do: "bytes", bytes: lines }] });
    const events = await ask();
    expect(textOf(events)).toBe("One two");
    expect(events.at(-1)?.type).toBe("result");
  });

  test("counts and durations that are absent are null, not zero", async () => {
    const fields = { prompt_eval_count: null, load_duration: null, eval_duration: 1_500_000 };
    server.use({
      steps: [
        { do: "text", tokens: ["Yes."] },
        { do: "done", reason: "length", fields },
      ],
    });
    expect((await ask()).at(-1)).toEqual({
      type: "result",
      result: {
        finishReason: "length",
        promptTokens: null,
        completionTokens: 1,
        queueMs: null,
        loadMs: null,
        prefillMs: expect.any(Number),
        decodeMs: 1.5,
      },
    });
  });

  test("a thinking model's thoughts are no part of the text", async () => {
    const thought = '{"message":{"role":"assistant","content":"","thinking":"Hm."},"done":false}\n';
    server.use({ steps: [{ do: "bytes", bytes: thought }, ...tell("Yes.").steps] });
    expect(textOf(await ask())).toBe("Yes.");
  });

  test("pieces pass one to one, as soon as each has come", async () => {
    server.use(tell("a b c d e f", { everyMs: 20 }));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const arrivals: number[] = [];
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type === "text") arrivals.push(performance.now());
    }
    await provider.close();
    expect(arrivals).toHaveLength(6);
    expect((arrivals[5] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(80);
  });

  test("ten thousand tokens at once arrive whole and in order with a consumer that dawdles", async () => {
    const tokens = Array.from({ length: 10_000 }, (_, index) => `${index} `);
    server.use({ steps: [{ do: "text", tokens }, { do: "done" }] });
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    let text = "";
    let seen = 0;
    for await (const event of provider.stream(shortRequest(model), never)) {
      if (event.type === "text") text += event.text;
      if (seen++ % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await provider.close();
    expect(text).toBe(tokens.join(""));
  });
});

describe("connections", () => {
  test("calls one after the other share their connections, and closing the provider ends them", async () => {
    const own = await startOllamaServer({ script: fast(20) });
    const provider = createOllamaProvider({ defaultEndpoint: own.url });
    for (let call = 0; call < 20; call++) await collect(provider.stream(shortRequest(model), never));
    expect(await own.connections()).toBeLessThanOrEqual(2);
    await provider.close();
    await expect.poll(() => own.connections()).toBe(0);
    await own.close();
  });

  test("64 calls at once are all answered", async () => {
    server.use(tell("Yes, indeed.", { everyMs: 5 }));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const calls = Array.from({ length: 64 }, () => collect(provider.stream(shortRequest(model), never)));
    const answers = await Promise.all(calls);
    expect(answers.map(textOf)).toEqual(answers.map(() => "Yes, indeed."));
    await provider.close();
  });

  test("closing the provider ends a call that is running", async () => {
    server.use(stall("Once"));
    const provider = createOllamaProvider({ defaultEndpoint: server.url });
    const run = collect(provider.stream(shortRequest(model), never));
    await expect.poll(() => server.requests.at(-1)?.outcome).toBe(null);
    await provider.close();
    await expect(run).rejects.toMatchObject({ name: "ProviderError" });
    expect(await server.requests.at(-1)?.ended).toBe("left");
  });
});
