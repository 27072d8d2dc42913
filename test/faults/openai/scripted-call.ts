import { afterEach, beforeEach } from "vitest";
import type { ProviderRequest, StepDeadlines } from "../../../src/main/inference/provider.ts";
import { type Clock, systemClock } from "../../../src/main/base/clock.ts";
import { createOpenAIProvider } from "../../../src/main/inference/providers/openai/openai-provider.ts";
import { callToEnd, type CallOptions, type EndedCall } from "../call-to-end.ts";
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
export function run(
  endpoint: string,
  options: CallOptions & {
    deadlines?: Partial<StepDeadlines>;
    clock?: Clock;
    options?: ProviderRequest["options"];
  } = {},
): Promise<EndedCall> {
  const { clock = systemClock, deadlines = {} } = options;
  const keys = { keyOf: () => Promise.resolve(null) };
  const create = () => createOpenAIProvider({ keys, deadlines, clock });
  return callToEnd(create, requestTo(endpoint, options.options), () => server.connections(), options);
}

export function requestTo(endpoint: string, options: ProviderRequest["options"] = {}): ProviderRequest {
  const messages = [{ role: "user" as const, content: "A lighthouse keeper finds a map." }];
  return { model, configuration: { endpoint }, messages, options };
}

export function host(): string {
  return new URL(server.url).host;
}

/** A text as a model would tell it, and then these bytes. */
export function textThen(bytes: string | Uint8Array, ...more: Script["steps"]): Script {
  return { steps: [...missingDone(text).steps, { do: "bytes", bytes }, ...more] };
}
