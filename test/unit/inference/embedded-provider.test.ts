import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { type EngineProcess, forkNodeEngine } from "../../../src/main/inference/providers/embedded/engine-process.ts";
import type { EngineReply, EngineRequest } from "../../../src/main/inference/providers/embedded/protocol.ts";
import {
  createEmbeddedProvider,
  type EmbeddedProvider,
} from "../../../src/main/inference/providers/embedded/provider.ts";
import { ProviderError, type ProviderEvent } from "../../../src/main/inference/provider.ts";

const engineUrl = new URL("../../../src/main/engine.ts", import.meta.url);
const never = new AbortController().signal;
const request = {
  model: "m",
  configuration: {},
  messages: [{ role: "user" as const, content: "Go on." }],
  options: {},
};
const result = {
  finishReason: "stop",
  promptTokens: 9,
  completionTokens: 2,
  queueMs: 0,
  loadMs: 0,
  prefillMs: 1,
  decodeMs: 2,
} as const;

const opened: EmbeddedProvider[] = [];
afterEach(() => opened.splice(0).forEach((provider) => provider.close()));

/** A provider on engines whose replies the test writes; `engines` has one per start. */
function scripted(answer: (request: EngineRequest, reply: (reply: EngineReply) => void) => void) {
  const engines: { exit(code: number | null): void; received: EngineRequest[] }[] = [];
  const provider = createEmbeddedProvider({
    resolveFile: () => "m.gguf",
    fork: (): EngineProcess => {
      let onMessage = (_message: unknown): void => {};
      let onExit = (_code: number | null): void => {};
      const received: EngineRequest[] = [];
      engines.push({ exit: (code) => onExit(code), received });
      return {
        postMessage: (message) => {
          const asked = message as EngineRequest;
          received.push(asked);
          setImmediate(() => answer(asked, (reply) => onMessage(reply)));
        },
        onMessage: (listener) => (onMessage = listener),
        onExit: (listener) => (onExit = listener),
        kill: () => setImmediate(() => onExit(null)),
      };
    },
  });
  opened.push(provider);
  return { provider, engines };
}

async function collect(stream: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  return Array.fromAsync(stream);
}

describe("with a scripted engine", () => {
  test("text comes in order and the result last", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "text", id, text: "The " });
      reply({ type: "text", id, text: "sea." });
      reply({ type: "generated", id, result });
    });
    expect(await collect(provider.stream(request, never))).toEqual([
      { type: "text", text: "The " },
      { type: "text", text: "sea." },
      { type: "result", result },
    ]);
  });

  test("when the engine ends, running calls fail and the next call has a fresh engine", async () => {
    const { provider, engines } = scripted(({ id }, reply) => {
      if (engines.length === 1) engines[0]?.exit(139);
      else reply({ type: "generated", id, result });
    });
    const running = [collect(provider.stream(request, never)), provider.countTokens(request, "text")];
    for (const call of running) {
      await expect(call).rejects.toMatchObject({
        errorClass: "engine_crashed",
        message: expect.stringContaining("139"),
      });
    }
    expect(await collect(provider.stream(request, never))).toEqual([{ type: "result", result }]);
    expect(engines).toHaveLength(2);
  });

  test("an abort cancels in the engine and rejects with the signal's reason once that has stopped", async () => {
    let generateId = 0;
    let stopped = false;
    const { provider } = scripted((asked, reply) => {
      if (asked.type === "generate") {
        generateId = asked.id;
        reply({ type: "text", id: asked.id, text: "The " });
      } else {
        setTimeout(() => {
          stopped = true;
          reply({ type: "cancelled", id: asked.id });
        }, 20);
      }
    });
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const _ of provider.stream(request, cancellation.signal)) cancellation.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect({ stopped, generateId }).toEqual({ stopped: true, generateId: 1 });
  });

  test("a reader that walks away stops the engine", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "generate") reply({ type: "text", id, text: "The " });
      else reply({ type: "cancelled", id });
    });
    for await (const _ of provider.stream(request, never)) break;
    expect(engines[0]?.received.map(({ type }) => type)).toEqual(["generate", "cancel"]);
  });

  test("an abort before the call asks nothing of the engine", async () => {
    const { provider, engines } = scripted(() => {});
    const reason = new Error("before");
    await expect(collect(provider.stream(request, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(engines).toHaveLength(0);
  });

  test("whether the model is loaded is known without starting an engine", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      reply({ type: "resident", paths: ["m.gguf"] });
      if (type === "load") reply({ type: "loaded", id, contextTokens: 1_024 });
    });
    expect(await provider.isLoaded(request)).toBe(false);
    expect(engines).toHaveLength(0);
    expect(await provider.contextTokens(request)).toBe(1_024);
    expect(await provider.isLoaded(request)).toBe(true);
  });
});

describe("with the real engine", () => {
  function real(file: string): EmbeddedProvider {
    const provider = createEmbeddedProvider({ fork: () => forkNodeEngine(engineUrl), resolveFile: () => file });
    opened.push(provider);
    return provider;
  }

  test("a file that is not there is model_not_found, with a remedy", async () => {
    const file = join(tmpdir(), "no-such-model.gguf");
    const error = await collect(real(file).stream(request, never)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      errorClass: "model_not_found",
      message: `There is no model file at ${file}.`,
      remedy: expect.stringContaining("starter model"),
    });
  });

  test("a file that is no model is told so, and the engine lives on", async () => {
    const provider = real(fileURLToPath(import.meta.url));
    for (let time = 0; time < 2; time += 1) {
      await expect(collect(provider.stream(request, never))).rejects.toMatchObject({
        errorClass: "server_error",
        message: expect.stringContaining("could not be loaded"),
        remedy: expect.stringContaining("GGUF"),
      });
    }
  });

  test("the engine ends with its parent, though that was killed", async () => {
    const source = `
      import { fork } from "node:child_process";
      const engine = fork(${JSON.stringify(fileURLToPath(engineUrl))}, { serialization: "advanced", execArgv: [] });
      engine.on("message", () => console.log(engine.pid));
      engine.send({ type: "unload", id: 1 });
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
