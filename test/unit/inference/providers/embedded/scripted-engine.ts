import { afterEach } from "vitest";
import type { ProviderEvent } from "../../../../../src/main/inference/provider.ts";
import { type Clock, systemClock } from "../../../../../src/main/base/clock.ts";
import type { CallDeadlines } from "../../../../../src/main/inference/providers/embedded/engine-call.ts";
import type { EngineProcess } from "../../../../../src/main/inference/providers/embedded/engine-process.ts";
import type { EngineReply, EngineRequest } from "../../../../../src/main/inference/providers/embedded/protocol.ts";
import {
  createEmbeddedProvider,
  type EmbeddedProvider,
} from "../../../../../src/main/inference/providers/embedded/provider.ts";

export const never = new AbortController().signal;
export const request = {
  model: "m",
  configuration: {},
  messages: [{ role: "user" as const, content: "Go on." }],
  options: {},
};
export const result = {
  finishReason: "stop",
  promptTokens: 9,
  completionTokens: 2,
  queueMs: 0,
  loadMs: 0,
  prefillMs: 1,
  decodeMs: 2,
} as const;

export const opened: EmbeddedProvider[] = [];

/** Closes the providers of each test of the file after it. */
export function closeProvidersAfterEach(): void {
  afterEach(() => opened.splice(0).forEach((provider) => provider.close()));
}

/** A provider on engines whose replies the test writes; `engines` has one per start. */
export function scripted(
  answer: (request: EngineRequest, reply: (reply: EngineReply) => void) => void,
  deadlines: Partial<CallDeadlines> = {},
  clock: Clock = systemClock,
) {
  const engines: { exit(code: number | null): void; received: EngineRequest[]; killed: boolean }[] = [];
  const provider = createEmbeddedProvider({
    files: { resolve: () => "m.gguf" },
    deadlines,
    clock,
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

export async function collect(stream: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  return Array.fromAsync(stream);
}
