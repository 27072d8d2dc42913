import { performance } from "node:perf_hooks";
import { checkTextInSlices } from "../../src/main/guardrails/checking/check.ts";
import { withoutFence } from "../../src/main/inference/call/structured-output.ts";
import { inSlices } from "../../src/main/inference/event-slices.ts";
import type { ProviderEvent } from "../../src/main/inference/provider.ts";
import { NdjsonParser } from "../../src/main/inference/providers/ollama/ndjson.ts";
import { SseParser } from "../../src/main/inference/providers/openai/sse.ts";
import { SchemaThread } from "../../src/main/inference/schemas/schema-thread.ts";
import { createStreamGate } from "../../src/main/guardrails/checking/stream-gate.ts";
import { schemaWorker } from "../kit/schemas.ts";
import { type Figure, report } from "./figures.ts";

/** What holds the main thread, by kind of input: the longest turn of the event loop while each is worked on. */
const limitMs = 50;
const megabyte = 1_000_000;
const schemas = new SchemaThread(schemaWorker);
const figures: Figure[] = [];

// Turns of a loop with nothing to do: on a loaded machine even these are long.
figures.push({ metric: "raw: nothing to do", value: await maxTurnMs(idle), unit: "ms" });
await hold("``` and 60,000 line breaks", async () => void withoutFence(`\`\`\`${"\n".repeat(60_000)}x`));
await hold("a schema of 2,000 properties", async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => [
    `p${index}`,
    { type: "string", enum: ["a", `v${index}`] },
  ]);
  await schemas.checkerFor({ type: "object", properties: Object.fromEntries(names) });
});
await hold("a pattern that backtracks for ever", async () => {
  await (
    await schemas.checkerFor({ type: "string", pattern: "^(a+)+$" })
  )(JSON.stringify(`${"a".repeat(40)}!`));
});
await hold("a check of 2 MB of prose", () =>
  checkTextInSlices("The lamp went out at dusk. ".repeat((2 * megabyte) / 27)),
);
await hold("a check of 2 MB, a finding every 19 characters", () =>
  checkTextInSlices("call 212-867-5309, ".repeat((2 * megabyte) / 19)),
);
await hold("2 MB of text in one event through the gate", () =>
  gated([{ type: "text", text: "Once more. ".repeat((2 * megabyte) / 11) }]),
);
await hold("2,000 tool calls in a burst", () =>
  gated(
    Array.from({ length: 2_000 }, (_, index) => ({
      type: "tool_call",
      call: { id: `${index}`, name: "look", arguments: {} },
    })),
  ),
);
await hold("a line of 1 MB in pieces of one byte, ndjson", async () => {
  const parser = new NdjsonParser();
  await byByte(`${JSON.stringify({ text: "a".repeat(megabyte) })}\n`, (piece) => [...parser.push(piece)]);
});
await hold("an event of 1 MB in pieces of one byte, server-sent", async () => {
  const parser = new SseParser();
  await byByte(`data: ${JSON.stringify({ text: "a".repeat(megabyte) })}\n\n`, (piece) => [...parser.push(piece)]);
});
report("stalls", figures);
await schemas.close();

async function hold(metric: string, work: () => Promise<unknown>): Promise<void> {
  figures.push({ metric, value: await maxTurnMs(work), unit: "ms", target: limitMs });
}

/** In milliseconds: how long a timer that is always due had to wait. */
async function maxTurnMs(work: () => Promise<unknown>): Promise<number> {
  let max = 0;
  let last = performance.now();
  let isOver = false;
  const turn = (): void => {
    const now = performance.now();
    max = Math.max(max, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await work();
  await new Promise((resolve) => setTimeout(resolve, 20)); // what held the loop last is seen by the next turn
  isOver = true;
  return max;
}

async function idle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500));
}

async function gated(events: readonly ProviderEvent[]): Promise<void> {
  const gate = createStreamGate();
  async function* burst(): AsyncGenerator<ProviderEvent> {
    yield* events;
  }
  for await (const event of inSlices(burst())) gate.push("text" in event ? event.text : JSON.stringify(event));
  gate.end();
}

/** As a connection hands them on: some hundred pieces, then a turn for the others. */
async function byByte(text: string, push: (piece: Buffer) => unknown): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 1) {
    push(bytes.subarray(at, at + 1));
    if (at % 128 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
