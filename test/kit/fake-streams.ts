import {
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ProviderResult,
} from "../../src/main/inference/provider.ts";
import type { ErrorClass } from "../../src/shared/contract/inference.ts";

export const result: ProviderResult = {
  finishReason: "stop",
  promptTokens: 1,
  completionTokens: 2,
  queueMs: null,
  loadMs: null,
  prefillMs: 1,
  decodeMs: 1,
  promptTruncated: false,
};

/** What a model streams for one attempt. */
export interface FakeStream {
  stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent>;
  stopped(): boolean;
}

/** Streams these events, once `ready` resolves. */
export function scripted(events: readonly ProviderEvent[], ready?: Promise<void>): FakeStream {
  return fake(async function* () {
    await ready;
    yield* events;
  });
}

export function streaming(text: string, ready?: Promise<void>): FakeStream {
  return scripted(
    [
      { type: "text", text },
      { type: "result", result },
    ],
    ready,
  );
}

/** Streams a text, and then the stream fails. */
export function breaking(text: string, errorClass: ErrorClass): FakeStream {
  return fake(async function* () {
    yield { type: "text", text };
    throw new ProviderError(errorClass, "It broke.", "Try again.");
  });
}

/** The stream fails before its first event. */
export function throwing(error: Error): FakeStream {
  // oxlint-disable-next-line require-yield -- a stream that fails before its first event
  return fake(async function* () {
    throw error;
  });
}

export function failing(errorClass: ErrorClass): FakeStream {
  return throwing(fault(errorClass));
}

export function fault(errorClass: ErrorClass): ProviderError {
  return new ProviderError(errorClass, `It failed: ${errorClass}.`, "Try again.");
}

/** Streams a text twice, and then nothing until it is stopped. */
export function hanging(text: string): FakeStream {
  return fake(async function* (signal) {
    yield { type: "text", text };
    yield { type: "text", text };
    await hang(signal);
  });
}

export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** Fails once as each of these, then embeds as `embed` does. */
export function embeddingAfter(classes: ErrorClass[], embed: Provider["embed"]): Provider["embed"] {
  return async (...request) => {
    const next = classes.shift();
    if (next) throw fault(next);
    return embed(...request);
  };
}

function fake(script: (signal: AbortSignal) => AsyncGenerator<ProviderEvent>): FakeStream {
  let stopped = false;
  return {
    stopped: () => stopped,
    async *stream(_request, signal) {
      signal.addEventListener("abort", () => (stopped = true));
      yield* script(signal);
    },
  };
}
