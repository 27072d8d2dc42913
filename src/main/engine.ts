import process from "node:process";
import { parseArgs } from "node:util";
import { Sequencer } from "./base/sequencer.ts";
import { EngineError } from "./inference/providers/embedded/engine-error.ts";
import { freeMemoryBytes } from "./inference/providers/embedded/free-memory.ts";
import type {
  EngineAnswer,
  EngineReply,
  EngineRequest,
  EngineResult,
} from "./inference/providers/embedded/protocol.ts";
import { Runtime } from "./inference/providers/embedded/runtime.ts";
import type { AnswerListeners } from "./inference/providers/embedded/session.ts";

/**
 * The built-in engine, a process of its own: a fault in native code, or memory running out, ends this and not the app.
 * It answers one request after the other and ends when its parent does.
 */

/** Electron's side of a utility process; typed here because only the app's entry may import electron. */
interface ParentPort {
  on(event: "message", listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
}

/** A call that shows nothing yet says this often that it goes on. */
const aliveMs = 250;

const parentPort = (process as { parentPort?: ParentPort }).parentPort;
const { values: given } = parseArgs({ options: { "memory-bytes": { type: "string" } }, strict: false });
const memoryBytes = given["memory-bytes"] === undefined ? null : Number(given["memory-bytes"]);
const runtime = new Runtime({
  residentChanged: (paths) => reply({ type: "resident", paths }),
  freeBytes: memoryBytes === null ? freeMemoryBytes : (usedBytes) => Promise.resolve(memoryBytes - usedBytes),
});
const cancellations = new Map<number, AbortController>();
const queue = new Sequencer();
let lastReplyMs = 0;

if (parentPort !== undefined) parentPort.on("message", ({ data }) => receive(data as EngineRequest));
else process.on("message", (message) => receive(message as EngineRequest));
// llama.cpp's threads would outlive a parent that was killed.
process.on("disconnect", () => process.exit(0));

function receive(request: EngineRequest): void {
  if (request.type === "cancel") {
    cancellations.get(request.id)?.abort();
    return;
  }
  const cancellation = new AbortController();
  cancellations.set(request.id, cancellation);
  const receivedMs = performance.now();
  void queue.queue(async () => {
    try {
      cancellation.signal.throwIfAborted();
      reply(await answer(request, performance.now() - receivedMs, cancellation.signal));
    } catch (error) {
      reply(cancellation.signal.aborted ? { type: "cancelled", id: request.id } : errorAnswer(request.id, error));
    } finally {
      cancellations.delete(request.id);
    }
  });
}

async function answer(
  request: Exclude<EngineRequest, { type: "cancel" }>,
  queueMs: number,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  const { id } = request;
  switch (request.type) {
    case "generate": {
      const result: EngineResult = { queueMs, ...(await runtime.generate(request, listenersOf(id), signal)) };
      return { type: "generated", id, result };
    }
    case "embed": {
      const { alive } = listenersOf(id);
      return { type: "embedded", id, ...(await runtime.embed(request, alive, signal)) };
    }
    case "load":
      return { type: "loaded", id, contextTokens: await runtime.load(request.source, signal) };
    case "count":
      return { type: "counted", id, tokens: await runtime.count(request.source, request.text, signal) };
    case "describe":
      return { type: "described", id, description: await runtime.describe(request.source) };
    case "unload":
      await runtime.unload(request.path);
      return { type: "unloaded", id };
  }
}

function listenersOf(id: number): AnswerListeners {
  return {
    text: (text) => reply({ type: "text", id, text }),
    thought: (text) => reply({ type: "thought", id, text }),
    alive: () => {
      if (performance.now() - lastReplyMs > aliveMs) reply({ type: "alive", id });
    },
  };
}

function errorAnswer(id: number, error: unknown): EngineAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { type: "fault", id, fault: error instanceof EngineError ? error.fault : "failed", message };
}

function reply(message: EngineReply): void {
  lastReplyMs = performance.now();
  if (parentPort !== undefined) parentPort.postMessage(message);
  else if (process.connected === true) process.send?.(message);
}
