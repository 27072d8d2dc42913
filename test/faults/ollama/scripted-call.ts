import { afterEach, beforeEach, expect } from "vitest";
import type { ProviderEvent, ProviderRequest, StepDeadlines } from "../../../src/main/inference/provider.ts";
import { type Clock, systemClock } from "../../../src/main/base/clock.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";

export const model = "smollm2:135m";
export const request: ProviderRequest = {
  model,
  configuration: {},
  messages: [{ role: "user", content: "A lighthouse keeper finds a map." }],
  options: {},
};
export const startIt = "Start it with `ollama serve`, or use the built-in engine.";
export const generateAgain = "Generate again. If this repeats, Ollama's own log says why it stopped.";
export const checkAddress = "Check that the endpoint's address is an Ollama server.";

/** The scripted server of the running test. */
export let server: OllamaServer;

/** Gives each test of the file a server of its own. */
export function useScriptedServer(): void {
  beforeEach(async () => {
    server = await startOllamaServer();
  });
  afterEach(() => server.close());
}

/** Runs one call to its end, and proves that it left no connection and no timer behind. */
export async function run(
  url: string,
  options: {
    deadlines?: Partial<StepDeadlines>;
    signal?: AbortSignal;
    /** Aborts the call with `reason` once `when` resolves, which may look at the events so far. */
    abort?: { when: (events: readonly ProviderEvent[]) => Promise<unknown>; reason: unknown };
    clock?: Clock;
    configuration?: ProviderRequest["configuration"];
    messages?: ProviderRequest["messages"];
  } = {},
): Promise<{ text: string; events: ProviderEvent[]; error: unknown }> {
  const timersBefore = activeTimers();
  const { clock = systemClock } = options;
  const provider = createOllamaProvider({ defaultEndpoint: url, deadlines: options.deadlines ?? {}, clock });
  const events: ProviderEvent[] = [];
  let error: unknown = null;
  const stop = new AbortController();
  const { configuration = {}, messages = request.messages, abort, signal = stop.signal } = options;
  void abort?.when(events).then(() => stop.abort(abort.reason));
  try {
    for await (const event of provider.stream({ ...request, configuration, messages }, signal)) {
      events.push(event);
    }
  } catch (thrown) {
    error = thrown;
  }
  await provider.close();
  await expect.poll(() => server.connections()).toBe(0);
  expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { text, events, error };
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
