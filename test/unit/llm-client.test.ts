import { expect, test } from "vitest";
import { createStreamGate } from "../../src/main/guardrails/stream-gate.ts";
import { LLMClient, type LLMClientNeeds, type TextCall } from "../../src/main/inference/llm-client.ts";
import type { Provider, ProviderEvent } from "../../src/main/inference/provider.ts";
import { Running } from "../../src/main/running.ts";
import type { InferenceEvent } from "../../src/shared/contract/inference.ts";
import { modelId, versionId } from "../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../src/shared/contract/registry.ts";

const version: ModelVersion = {
  id: versionId.parse("019ab000-0000-7000-8000-000000000001"),
  modelId: modelId.parse("019ab000-0000-7000-8000-00000000000a"),
  model: "smollm2",
  modelType: "self_hosted",
  provider: "ollama",
  version: "1",
  status: "active",
  digest: "sha256:00",
  configuration: { options: { temperature: 0.1, topK: 5 } },
  createdAtMs: 1,
  assignedTo: ["story_generation"],
};

const call: TextCall = {
  useCase: "story_generation",
  compose: async () => ({
    ask: "Begin",
    messages: [{ role: "user", content: "Begin" }],
    options: { topK: 9 },
    promptTemplate: null,
  }),
};

function telling(text: string): Provider {
  return {
    async *stream(): AsyncGenerator<ProviderEvent> {
      yield { type: "text", text };
      const result = {
        finishReason: "stop",
        promptTokens: 1,
        completionTokens: 2,
        queueMs: null,
        loadMs: null,
        prefillMs: 1,
        decodeMs: 1,
      } as const;
      yield { type: "result", result };
    },
    countTokens: async () => null,
    isLoaded: async () => null,
    contextTokens: async () => null,
  };
}

function client(needs: Partial<LLMClientNeeds>): { llm: LLMClient; log: string[] } {
  const log: string[] = [];
  const provider = telling("It was night.");
  const llm = new LLMClient({
    resolve: async () => ({ version, stale: false }),
    providers: { ollama: provider, embedded: provider },
    begin: async ({ options, registryStale }) =>
      void log.push(`begin ${JSON.stringify(options)} stale=${registryStale}`),
    finish: async ({ outcome }) => void log.push(`finish ${outcome}`),
    createGate: createStreamGate,
    fallbackFor: () => "Later.",
    describeHeld: () => "Held.",
    running: new Running(),
    nowMs: () => 1,
    ...needs,
  });
  return { llm, log };
}

async function told(llm: LLMClient, log: string[]): Promise<InferenceEvent[]> {
  const events: InferenceEvent[] = [];
  for await (const event of llm.generateText(call)) {
    log.push(event.type);
    events.push(event);
  }
  return events;
}

test("the row is running before the call and finished before the reader is told done; a call's options win over its version's", async () => {
  const { llm, log } = client({});
  await told(llm, log);
  expect(log[0]).toBe('begin {"temperature":0.1,"topK":9} stale=false');
  expect(log.filter((entry) => entry !== "token").slice(1)).toEqual(["started", "finish completed", "done"]);
});

test("a call on a last known good assignment is logged and told as stale", async () => {
  const { llm, log } = client({ resolve: async () => ({ version, stale: true }) });
  const [started] = await told(llm, log);
  expect(started).toMatchObject({ type: "started", registryStale: true });
  expect(log[0]).toContain("stale=true");
});

test("a call that cannot be logged is not made", async () => {
  let asked = 0;
  const provider = telling("Never.");
  const counting: Provider = { ...provider, stream: (...input) => ((asked += 1), provider.stream(...input)) };
  const { llm, log } = client({
    providers: { ollama: counting, embedded: counting },
    begin: () => Promise.reject(new Error("the disk is full")),
  });
  const events = await told(llm, log);
  expect(events).toMatchObject([{ type: "failed", inferenceId: null, errorClass: "storage" }]);
  expect(asked).toBe(0);
});

test("an answer whose end cannot be logged is not called done", async () => {
  const { llm, log } = client({ finish: () => Promise.reject(new Error("the disk is full")) });
  const events = await told(llm, log);
  expect(events.map(({ type }) => type)).toEqual(["started", "token", "failed"]);
});

test("with nothing assigned the reader is told what to do", async () => {
  const { llm, log } = client({ resolve: async () => ({ version: null, stale: false }) });
  expect(await told(llm, log)).toMatchObject([
    { type: "failed", errorClass: "no_model", remedy: expect.stringContaining("Models") },
  ]);
});
