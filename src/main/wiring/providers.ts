import { join } from "node:path";
import type { SecretStore } from "../host/secrets.ts";
import { Keys } from "../host/endpoint-keys.ts";
import { ModelFiles } from "../inference/local-models/model-files.ts";
import type { EngineProcess } from "../inference/providers/embedded/engine-process.ts";
import { createEmbeddedProvider } from "../inference/providers/embedded/provider.ts";
import { createOllamaProvider } from "../inference/providers/ollama/ollama-provider.ts";
import { openAIBase } from "../inference/providers/openai/endpoint.ts";
import { createOpenAIProvider } from "../inference/providers/openai/openai-provider.ts";
import { Addresses } from "../registry/addresses.ts";
import { OllamaKeys } from "./adapters/ollama-keys.ts";
import { OpenAIKeys } from "./adapters/openai-keys.ts";

export interface ProviderParts {
  readonly dataDirectory: string;
  readonly forkEngine: () => EngineProcess;
  readonly secrets: SecretStore;
  /** Base URL of the Ollama that versions without an endpoint of their own are on. */
  readonly ollamaEndpoint: string;
}

/** The three ways to run a model, with the files, addresses and keys that they need. */
export function createProviders({ dataDirectory, forkEngine, secrets, ollamaEndpoint }: ProviderParts) {
  const files = new ModelFiles(join(dataDirectory, "models"));
  const embedded = createEmbeddedProvider({ fork: forkEngine, files });
  const keys = new Keys(secrets);
  const addresses = new Addresses({ defaultEndpoint: ollamaEndpoint, openAIBase });
  const ollamaKeys = new OllamaKeys(keys, addresses);
  const ollama = createOllamaProvider({ defaultEndpoint: ollamaEndpoint, keys: ollamaKeys });
  const openai = createOpenAIProvider({ keys: new OpenAIKeys(keys) });
  const closeProviders = async (): Promise<void> => {
    embedded.close();
    await Promise.all([ollama.close(), openai.close()]);
  };
  return { files, keys, addresses, ollamaKeys, providers: { ollama, openai, embedded }, closeProviders };
}

export type Providers = ReturnType<typeof createProviders>["providers"];
