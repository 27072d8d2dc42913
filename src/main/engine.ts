import process from "node:process";
import { type EngineReply, type EngineRequest, type EngineResult } from "./inference/providers/embedded/protocol.ts";
import { EngineError, Runtime } from "./inference/providers/embedded/runtime.ts";

/**
 * The built-in engine, a process of its own: a fault in native code, or memory running out, ends this and not the app.
 * It answers one request after the other and ends when its parent does.
 */

/** Electron's side of a utility process; typed here because only the app's entry may import electron. */
interface ParentPort {
  on(event: "message", listener: (event: { data: unknown }) => void): void;
  postMessage(message: unknown): void;
}

const parentPort = (process as { parentPort?: ParentPort }).parentPort;
const runtime = new Runtime((paths) => reply({ type: "resident", paths }));
const cancellations = new Map<number, AbortController>();
let queue: Promise<void> = Promise.resolve();

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
  const askedMs = performance.now();
  queue = queue.then(async () => {
    try {
      cancellation.signal.throwIfAborted();
      reply(await answer(request, performance.now() - askedMs, cancellation.signal));
    } catch (error) {
      reply(cancellation.signal.aborted ? { type: "cancelled", id: request.id } : faultOf(request.id, error));
    } finally {
      cancellations.delete(request.id);
    }
  });
}

async function answer(
  request: Exclude<EngineRequest, { type: "cancel" }>,
  queueMs: number,
  signal: AbortSignal,
): Promise<EngineReply> {
  const { id } = request;
  switch (request.type) {
    case "generate": {
      const { source, messages, options } = request;
      const onText = (text: string): void => reply({ type: "text", id, text });
      const result: EngineResult = {
        queueMs,
        ...(await runtime.generate(source, messages, options, onText, signal)),
      };
      return { type: "generated", id, result };
    }
    case "load":
      return { type: "loaded", id, contextTokens: await runtime.load(request.source, signal) };
    case "count":
      return { type: "counted", id, tokens: await runtime.count(request.source, request.text) };
    case "unload":
      await runtime.unload();
      return { type: "unloaded", id };
  }
}

function faultOf(id: number, error: unknown): EngineReply {
  const message = error instanceof Error ? error.message : String(error);
  return { type: "fault", id, fault: error instanceof EngineError ? error.fault : "failed", message };
}

function reply(message: EngineReply): void {
  if (parentPort !== undefined) parentPort.postMessage(message);
  else if (process.connected === true) process.send?.(message);
}
