import { afterEach, beforeEach } from "vitest";
import type { ProviderRequest, StepDeadlines } from "../../../src/main/inference/provider.ts";
import { type Clock, systemClock } from "../../../src/main/base/clock.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { callToEnd, type CallOptions, type EndedCall } from "../call-to-end.ts";
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
export function run(
  url: string,
  options: CallOptions & {
    deadlines?: Partial<StepDeadlines>;
    clock?: Clock;
    configuration?: ProviderRequest["configuration"];
    messages?: ProviderRequest["messages"];
  } = {},
): Promise<EndedCall> {
  const { clock = systemClock, deadlines = {}, configuration = {}, messages = request.messages } = options;
  const create = () => createOllamaProvider({ defaultEndpoint: url, deadlines, clock });
  return callToEnd(create, { ...request, configuration, messages }, () => server.connections(), options);
}

export function host(): string {
  return new URL(server.url).host;
}
