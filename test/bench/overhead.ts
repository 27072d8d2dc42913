import type { StreamGate } from "../../src/main/guardrails/gate.ts";
import { createStreamGate } from "../../src/main/guardrails/stream-gate.ts";
import { createOllamaProvider } from "../../src/main/inference/providers/ollama/ollama-provider.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama } from "../kit/narrative.ts";
import { fast, tell } from "../kit/ollama-scripts.ts";
import { startOllamaServer } from "../kit/ollama-server.ts";
import { transports } from "../kit/transports.ts";
import { percentile, report } from "./figures.ts";

/**
 * What routing, guardrails and logging add to a call: the same stand-in server asked directly (the bare provider) and
 * through LLMClient, alternating in one run. First token: the direct call's text is held back by the same gate, so that
 * what remains is ours and not the sentence the gate waits for.
 */
const rounds = 2_000;
const warmUp = 200;

const server = await startOllamaServer({ script: fast(60) });
const backend = await startBackend();
const { client, close } = await transports[0][1](backend.router);
await assignOllama(client, server.url);
const provider = createOllamaProvider({ defaultEndpoint: server.url });
const { llm } = backend.services;

const direct: Timing[] = [];
const guarded: Timing[] = [];
for (let round = -warmUp; round < rounds; round += 1) {
  const pair =
    round % 2 === 0
      ? ([await viaProvider(), await viaClient()] as const)
      : swap(await viaClient(), await viaProvider());
  if (round < 0) continue;
  direct.push(pair[0]);
  guarded.push(pair[1]);
}

// Streaming, with time between the tokens, as a model would: what the first sentence waits for.
server.use(tell("The lamp went out at dusk. Mara climbed the stairs with the map.", { everyMs: 2 }));
const directFirst: number[] = [];
const guardedFirst: number[] = [];
for (let round = 0; round < 150; round += 1) {
  directFirst.push((await viaProvider(createStreamGate())).firstMs);
  guardedFirst.push((await viaClient()).firstMs);
}

const added = guarded.map(({ totalMs }, index) => totalMs - (direct[index]?.totalMs ?? Number.NaN));
report("overhead", [
  {
    metric: "direct call p50",
    value: percentile(
      direct.map(({ totalMs }) => totalMs),
      0.5,
    ),
    unit: "ms",
  },
  {
    metric: "direct call p99",
    value: percentile(
      direct.map(({ totalMs }) => totalMs),
      0.99,
    ),
    unit: "ms",
  },
  {
    metric: "through LLMClient p50",
    value: percentile(
      guarded.map(({ totalMs }) => totalMs),
      0.5,
    ),
    unit: "ms",
  },
  {
    metric: "through LLMClient p99",
    value: percentile(
      guarded.map(({ totalMs }) => totalMs),
      0.99,
    ),
    unit: "ms",
  },
  { metric: "added p50", value: percentile(added, 0.5), unit: "ms", target: 1 },
  { metric: "added p99", value: percentile(added, 0.99), unit: "ms", target: 5 },
  {
    metric: "added first token p50, beyond the gate's hold-back",
    value: percentile(guardedFirst, 0.5) - percentile(directFirst, 0.5),
    unit: "ms",
    target: 1,
  },
]);
await provider.close();
await close();
await backend.close();
await server.close();

interface Timing {
  readonly firstMs: number;
  readonly totalMs: number;
}

/** With a gate, the first token is the first text that the gate lets through. */
async function viaProvider(gate?: StreamGate): Promise<Timing> {
  const started = performance.now();
  let firstMs = Number.NaN;
  const request = { model: "storyteller", configuration: { endpoint: server.url, serverModel: "smollm2:135m" } };
  const messages = [{ role: "user" as const, content: "Begin" }];
  for await (const event of provider.stream({ ...request, messages, options: {} }, new AbortController().signal)) {
    if (event.type !== "text" || !Number.isNaN(firstMs)) continue;
    if (!gate || gate.push(event.text).released !== "") firstMs = performance.now() - started;
  }
  return { firstMs, totalMs: performance.now() - started };
}

async function viaClient(): Promise<Timing> {
  const started = performance.now();
  let firstMs = Number.NaN;
  const compose = async () => ({
    ask: "Begin",
    messages: [{ role: "user" as const, content: "Begin" }],
    options: {},
    promptTemplate: null,
  });
  for await (const event of llm.generateText({ useCase: "story_generation", compose })) {
    if (event.type === "token" && Number.isNaN(firstMs)) firstMs = performance.now() - started;
    if (event.type === "failed") throw new Error(event.message);
  }
  return { firstMs, totalMs: performance.now() - started };
}

function swap<First, Second>(first: First, second: Second): readonly [Second, First] {
  return [second, first];
}
