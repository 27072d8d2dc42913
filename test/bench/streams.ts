import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { TextCall } from "../../src/main/inference/call/call-types.ts";
import { startBackend } from "../kit/backend.ts";
import { assignOllama } from "../kit/narrative.ts";
import { startOllamaServerThread } from "../kit/servers/ollama-server-thread.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { transports } from "../kit/transports.ts";
import { percentile, report } from "./figures.ts";

/** A thousand streams at once through one client: what the event loop and the memory pay, and whether each is in the log. */
const streams = 1_000;
/** Two and a half tokens a second each: what a machine that served a thousand at once would still give them. */
const tokensEveryMs = 400;

const text = Array.from({ length: 3 }, (_, index) => `Sentence ${index + 1} of the story went on and on. `).join("");
const server = await startOllamaServerThread(streamText(text, { everyMs: tokensEveryMs }));
const backend = await startBackend();
const { client, close } = await transports[0][1](backend.router);
await assignOllama(client, server.url);
await client.registry.saveEndpoint({ endpoint: server.url, provider: "ollama", maxConcurrent: streams });
const { llm } = backend.services;
await one();

globalThis.gc?.();
const before = process.memoryUsage().rss;
let maxBytes = 0;
const watching = setInterval(() => (maxBytes = Math.max(maxBytes, process.memoryUsage().rss)), 100);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const started = performance.now();
// They come over two seconds, as callers do, and then all stream together.
const lasting = await Promise.all(
  Array.from({ length: streams }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 2));
    return one();
  }),
);
const tookMs = performance.now() - started;
delay.disable();
clearInterval(watching);
const logged = await countLogged();

report("streams", [
  { metric: "streams at once", value: streams, unit: "streams" },
  { metric: "a stream p50", value: percentile(lasting, 0.5), unit: "ms" },
  { metric: "a stream p99", value: percentile(lasting, 0.99), unit: "ms" },
  { metric: "all of them", value: tookMs, unit: "ms" },
  { metric: "event loop delay p99", value: delay.percentile(99) / 1e6 - 1, unit: "ms" },
  { metric: "event loop longest stall", value: delay.max / 1e6 - 1, unit: "ms", target: 20 },
  { metric: "memory beyond idle, a stream", value: (maxBytes - before) / 1024 / streams, unit: "KiB", target: 256 },
  { metric: "not in the log", value: streams + 1 - logged, unit: "streams", target: 0 },
]);
await close();
await backend.close();
await server.close();

async function one(): Promise<number> {
  const from = performance.now();
  const call: TextCall = {
    target: { type: "use_case", useCase: "story_generation" },
    caller: "bench",
    compose: async () => ({
      ask: "Go",
      messages: [{ role: "user", content: "Go" }],
      options: {},
      promptTemplate: null,
    }),
  };
  for await (const event of llm.generateText(call)) if (event.type === "failed") throw new Error(event.message);
  return performance.now() - from;
}

async function countLogged(): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await client.logs.list({ outcome: "completed", limit: 200, ...(cursor && { cursor }) });
    count += page.items.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return count;
}
