import { afterEach, beforeEach, expect } from "vitest";
import type { ProviderEvent, ProviderRequest, StepDeadlines } from "../../../src/main/inference/provider.ts";
import { type Clock, systemClock } from "../../../src/main/base/clock.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { missingDone, type Script } from "../../kit/servers/ollama-scripts.ts";
import { type OpenAIServer, startOpenAIServer } from "../../kit/servers/openai-server.ts";

export const model = "story-model";
export const startIt = "Start the server, or check the endpoint's address and port.";
export const generateAgain = "Generate again. If this repeats, the server's own log says why it stopped.";
export const checkAddress = "Check that the endpoint's address is an OpenAI-compatible server.";
export const ownLog = "The server's own log says more. Generate again, or assign another model.";
export const text = "The lamp went out.";
export const after = "after 18 characters of text";

/** The scripted server of the running test. */
export let server: OpenAIServer;

/** Gives each test of the file a server of its own. */
export function useScriptedServer(): void {
  beforeEach(async () => {
    server = await startOpenAIServer();
  });
  afterEach(() => server.close());
}

/** Runs one call to its end, and proves that it left no connection and no timer behind. */
export async function run(
  endpoint: string,
  options: {
    deadlines?: Partial<StepDeadlines>;
    signal?: AbortSignal;
    /** Aborts the call with `reason` once `when` resolves, which may look at the events so far. */
    abort?: { when: (events: readonly ProviderEvent[]) => Promise<unknown>; reason: unknown };
    clock?: Clock;
    options?: ProviderRequest["options"];
  } = {},
): Promise<{ text: string; events: ProviderEvent[]; error: unknown }> {
  const timersBefore = activeTimers();
  const { clock = systemClock } = options;
  const provider = createOpenAIProvider({
    keys: { keyOf: () => Promise.resolve(null) },
    deadlines: options.deadlines ?? {},
    clock,
  });
  const all: ProviderEvent[] = [];
  let error: unknown = null;
  const stop = new AbortController();
  const { abort, signal = stop.signal } = options;
  void abort?.when(all).then(() => stop.abort(abort.reason));
  try {
    for await (const event of provider.stream(requestTo(endpoint, options.options), signal)) all.push(event);
  } catch (thrown) {
    error = thrown;
  }
  await provider.close();
  await expect.poll(() => server.connections()).toBe(0);
  expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  return { text: all.map((event) => (event.type === "text" ? event.text : "")).join(""), events: all, error };
}

export function requestTo(endpoint: string, options: ProviderRequest["options"] = {}): ProviderRequest {
  const messages = [{ role: "user" as const, content: "A lighthouse keeper finds a map." }];
  return { model, configuration: { endpoint }, messages, options };
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}

export function failure(errorClass: string, message: unknown, remedy: string) {
  return { name: "ProviderError", errorClass, message, remedy };
}

export function host(): string {
  return new URL(server.url).host;
}

/** A text as a model would tell it, and then these bytes. */
export function textThen(bytes: string | Uint8Array, ...more: Script["steps"]): Script {
  return { steps: [...missingDone(text).steps, { do: "bytes", bytes }, ...more] };
}
