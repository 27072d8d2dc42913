import { afterAll, beforeAll } from "vitest";
import type { ProviderRequest } from "../../../src/main/inference/provider.ts";
import { createOllamaProvider } from "../../../src/main/inference/providers/ollama/ollama-provider.ts";
import { collect, shortRequest } from "./conformance.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";

export const never = new AbortController().signal;
export const model = "smollm2:135m";

/** The scripted server of the file's tests. */
export let server: OllamaServer;

/** Starts one server for all tests of the file. */
export function useScriptedServer(): void {
  beforeAll(async () => {
    server = await startOllamaServer();
  });
  afterAll(() => server.close());
}

/** Makes one call to the scripted server and collects what it brings. */
export async function ask(request: ProviderRequest = shortRequest(model)) {
  const provider = createOllamaProvider({ defaultEndpoint: server.url });
  try {
    return await collect(provider.stream(request, never));
  } finally {
    await provider.close();
  }
}
