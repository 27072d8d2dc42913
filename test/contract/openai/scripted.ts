import { afterEach } from "vitest";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { collect, shortRequest, withProvider } from "./conformance.ts";
import type { Script } from "../../kit/servers/ollama-scripts.ts";
import type { Dialect } from "../../kit/servers/openai-dialects.ts";
import { events, type OpenAIServer, startOpenAIServer } from "../../kit/servers/openai-server.ts";

export const never = new AbortController().signal;
export const model = "story-model";

/** The scripted server of the running test; `start` begins it. */
export let server: OpenAIServer;

/** Closes the server of each test of the file after it. */
export function closeServerAfterEach(): void {
  afterEach(() => server.close());
}

export async function start(dialect: Dialect, options: { key?: string; models?: string[] } = {}): Promise<void> {
  server = await startOpenAIServer({ dialect, ...options });
}

export function ask(
  options: ProviderRequest["options"],
  over: Partial<ProviderRequest> = {},
  key: string | null = null,
) {
  const request = shortRequest({ url: server.url, modelName: model }, { options, ...over });
  return withProvider((provider) => collect(provider.stream(request, never)), key);
}

export function sent(): readonly unknown[] {
  return server.calls.map(({ body }) => body);
}

/** A chunk of a chat's answer. */
export function delta(fields: object, finish: string | null = null): object {
  return { choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}

/** A server that answers a chat with these chunks. */
export async function streamsText(...chunks: (object | string)[]) {
  await start("llama.cpp");
  server.use(events(...chunks, "[DONE]"));
  return ask({});
}

export function refused(status: number, value: object): Script {
  return { status, contentType: "application/json", steps: [{ do: "bytes", bytes: JSON.stringify(value) }] };
}
