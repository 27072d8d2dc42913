import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import {
  type EngineProcess,
  forkNodeEngine,
} from "../../../../src/main/inference/providers/embedded/engine-process.ts";
import type { CallDeadlines } from "../../../../src/main/inference/providers/embedded/engine-call.ts";
import type { EngineReply, EngineRequest } from "../../../../src/main/inference/providers/embedded/protocol.ts";
import {
  createEmbeddedProvider,
  type EmbeddedProvider,
} from "../../../../src/main/inference/providers/embedded/provider.ts";
import { ProviderError, type ProviderEvent, type ProviderRequest } from "../../../../src/main/inference/provider.ts";
import type { WireEvent } from "../../../../src/shared/contract/inference.ts";

const engineUrl = new URL("../../../../src/main/engine.ts", import.meta.url);
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
function scripted(
  answer: (request: EngineRequest, reply: (reply: EngineReply) => void) => void,
  deadlines: Partial<CallDeadlines> = {},
) {
  const engines: { exit(code: number | null): void; received: EngineRequest[]; killed: boolean }[] = [];
  const provider = createEmbeddedProvider({
    resolveFile: () => "m.gguf",
    deadlines,
    fork: (): EngineProcess => {
      let onMessage = (_message: unknown): void => {};
      let onExit = (_code: number | null): void => {};
      const received: EngineRequest[] = [];
      const engine = { exit: (code: number | null) => onExit(code), received, killed: false };
      engines.push(engine);
      return {
        postMessage: (message) => {
          const asked = message as EngineRequest;
          received.push(asked);
          setImmediate(() => answer(asked, (reply) => onMessage(reply)));
        },
        onMessage: (listener) => (onMessage = listener),
        onExit: (listener) => (onExit = listener),
        kill: () => {
          engine.killed = true;
          setImmediate(() => onExit(null));
        },
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
      { type: "result", result: { ...result, promptTruncated: false } },
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
    expect(await collect(provider.stream(request, never))).toEqual([
      { type: "result", result: { ...result, promptTruncated: false } },
    ]);
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

describe("an engine that does not answer in time", () => {
  const ended = {
    errorClass: "timeout",
    message: expect.stringContaining("was ended"),
    remedy: expect.stringMatching(/\S/),
  };

  test("is ended when nothing comes in time, and the next call has a fresh one", async () => {
    const { provider, engines } = scripted(({ id }, reply) => {
      if (engines.length > 1) reply({ type: "generated", id, result });
    });
    const hung = collect(provider.stream({ ...request, deadlines: { firstTokenMs: 30 } }, never));
    await expect(hung).rejects.toMatchObject({ ...ended, message: expect.stringContaining("did not begin to answer") });
    expect((await collect(provider.stream(request, never))).at(-1)?.type).toBe("result");
    expect(engines.map(({ killed }) => killed)).toEqual([true, false]);
  });

  test("is ended when it stops between two tokens; what came before was passed on", async () => {
    const { provider } = scripted(({ id }, reply) => reply({ type: "text", id, text: "The " }), {
      betweenTokensMs: 30,
    });
    const seen: ProviderEvent[] = [];
    const reading = (async () => {
      for await (const event of provider.stream(request, never)) seen.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ ...ended, message: expect.stringContaining("in the middle") });
    expect(seen).toEqual([{ type: "text", text: "The " }]);
  });

  test("is left alone while it says that it is alive", async () => {
    const { provider } = scripted(
      ({ id }, reply) => {
        let times = 0;
        const timer = setInterval(() => {
          times += 1;
          if (times < 8) return reply({ type: "alive", id });
          clearInterval(timer);
          reply({ type: "generated", id, result });
        }, 40);
      },
      { betweenTokensMs: 150, firstTokenMs: 150 },
    );
    expect((await collect(provider.stream(request, never))).map(({ type }) => type)).toEqual(["result"]);
  });

  test("is ended when it does not stop, and the caller hears the signal's reason", async () => {
    const { provider, engines } = scripted(
      ({ type, id }, reply) => {
        if (type === "generate") reply({ type: "text", id, text: "The " });
      },
      { stopMs: 30 },
    );
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const _ of provider.stream(request, cancellation.signal)) cancellation.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    expect(engines.map(({ killed }) => killed)).toEqual([true]);
  });

  test("a call that waits its turn is not blamed for the one before it", async () => {
    const { provider, engines } = scripted(({ id }, reply) => {
      if (id === 1) setTimeout(() => reply({ type: "generated", id, result }), 400);
      else setTimeout(() => reply({ type: "generated", id, result }), 410);
    });
    const patient = collect(provider.stream(request, never));
    const hurried = collect(provider.stream({ ...request, deadlines: { firstTokenMs: 300 } }, never));
    // The second's 300 ms run from the first's end: 400 of the 410 it takes are over by then.
    expect([(await patient).length, (await hurried).length]).toEqual([1, 1]);
    expect(engines).toHaveLength(1);
  });

  test("is ended when it does not count within the version's own deadline, and counting can be stopped", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "cancel") reply({ type: "cancelled", id });
    });
    const hurried = { ...request, configuration: { deadlines: { firstTokenMs: 30 } } };
    await expect(provider.countTokens(hurried, "text")).rejects.toMatchObject(ended);
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const counting = provider.countTokens(request, "text", cancellation.signal);
    cancellation.abort(reason);
    await expect(counting).rejects.toBe(reason);
    expect(engines.map(({ killed }) => killed)).toEqual([true, false]);
    expect(engines[1]?.received.map(({ type }) => type)).toEqual(["count", "cancel"]);
  });

  test("a call that is stopped while it waits ends at once and takes nobody with it", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<() => void>();
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "generate" && id === 1) begin(() => reply({ type: "generated", id, result }));
    });
    const first = collect(provider.stream(request, never));
    const cancellation = new AbortController();
    const reason = new Error("enough");
    const second = collect(provider.stream(request, cancellation.signal));
    cancellation.abort(reason);
    await expect(second).rejects.toBe(reason);
    (await begun)();
    expect((await first).at(-1)?.type).toBe("result");
    expect(engines.map(({ killed }) => killed)).toEqual([false]);
  });
});

describe("what the engine is asked and what it cannot do", () => {
  test.each<[string, Partial<ProviderRequest>, RegExp]>([
    ["tools", { options: { tools: [{ name: "look" }] } }, /does not call tools/],
    ["a tool's answer", { messages: [{ role: "tool", content: "dark" }] }, /answers of tools/],
    ["an image", { messages: [{ role: "user", content: "See", images: ["aGVsbG8="] }] }, /does not see images/],
    [
      "two messages as a raw prompt",
      { messages: [...request.messages, ...request.messages], options: { raw: true } },
      /one message/,
    ],
    ["no message", { messages: [] }, /no message/],
  ])("%s is refused as rejected, with a remedy, and nothing is started", async (_what, asked, message) => {
    const { provider, engines } = scripted(() => {});
    await expect(collect(provider.stream({ ...request, ...asked }, never))).rejects.toMatchObject({
      errorClass: "rejected",
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(/\S/),
    });
    expect(engines).toEqual([]);
  });

  test("thoughts are told apart, and what went over the wire is told as it was", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "thought", id, text: "Hm." });
      reply({ type: "alive", id });
      reply({ type: "text", id, text: "Yes." });
      reply({ type: "generated", id, result });
    });
    const wire: WireEvent[] = [];
    const options = { temperature: 0, threads: 3 };
    const events = await collect(provider.stream({ ...request, options, observe: (event) => wire.push(event) }, never));
    expect(events.slice(0, 2)).toEqual([
      { type: "thought", text: "Hm." },
      { type: "text", text: "Yes." },
    ]);
    const [sent, came] = wire;
    expect(wire).toHaveLength(2);
    expect(sent).toEqual({
      type: "wire_request",
      method: "generate",
      url: "embedded:m.gguf",
      body: expect.any(String),
    });
    expect(sent?.type === "wire_request" && JSON.parse(sent.body)).toEqual({
      type: "generate",
      source: { path: "m.gguf", contextTokens: 2_048 },
      threads: 3,
      messages: request.messages,
      options,
    });
    expect(came).toEqual({
      type: "wire_response",
      status: null,
      body: [
        { type: "thought", text: "Hm." },
        { type: "text", text: "Yes." },
        { type: "generated", result },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    });
  });

  test("a configuration's window and threads are asked for, and a call's own threads come first", async () => {
    const { provider, engines } = scripted(({ id }, reply) => reply({ type: "generated", id, result }));
    const configuration = { contextTokens: 4_096, options: { threads: 2 } };
    await collect(provider.stream({ ...request, configuration }, never));
    await collect(provider.stream({ ...request, configuration, options: { threads: 5 } }, never));
    expect(engines[0]?.received).toMatchObject([
      { source: { contextTokens: 4_096 }, threads: 2 },
      { source: { contextTokens: 4_096 }, threads: 5 },
    ]);
  });

  test("vectors come in order, with the tokens that were read", async () => {
    const { provider } = scripted(({ id }, reply) => {
      reply({ type: "alive", id });
      reply({
        type: "embedded",
        id,
        vectors: [
          [1, 0],
          [0, 1],
        ],
        promptTokens: 5,
        promptTruncated: true,
      });
    });
    expect(await provider.embed(request, ["a", "b"], never)).toEqual({
      vectors: [
        [1, 0],
        [0, 1],
      ],
      promptTokens: 5,
      loadMs: null,
      promptTruncated: true,
    });
  });

  test("memory is given back so long after the last call as it asked, and kept where none did", async () => {
    const { provider, engines } = scripted(({ type, id }, reply) => {
      if (type === "unload") reply({ type: "unloaded", id });
      else reply({ type: "generated", id, result });
    });
    const unloads = () => engines[0]?.received.filter(({ type }) => type === "unload") ?? [];
    await collect(provider.stream({ ...request, options: { keepAlive: 0 } }, never));
    await expect.poll(() => unloads().length).toBe(1);
    expect(unloads()).toMatchObject([{ path: "m.gguf" }]);
    await collect(provider.stream({ ...request, options: { keepAlive: "20ms" } }, never));
    await expect.poll(() => unloads().length).toBe(2);
    for (const keepAlive of [-1, "-1s", undefined])
      await collect(provider.stream({ ...request, options: keepAlive === undefined ? {} : { keepAlive } }, never));
    await collect(provider.stream({ ...request, options: { keepAlive: "1h" } }, never));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(unloads()).toHaveLength(2);
  });

  test("unloading an engine that does not run starts none", async () => {
    const { provider, engines } = scripted(() => {});
    await provider.unload();
    expect(engines).toEqual([]);
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
        errorClass: "rejected",
        message: expect.stringMatching(/embedded-provider\.test\.ts is not a GGUF model/),
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
