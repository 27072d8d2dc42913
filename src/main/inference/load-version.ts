import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { EmbeddedProvider } from "./providers/embedded/provider.ts";
import type { OllamaProvider } from "./providers/ollama/ollama-provider.ts";

/**
 * Puts a version's weights in memory, with the window its calls will have and for as long as its `keepAlive` says, and
 * generates nothing. Servers that load by themselves before they answer (OpenAI's API knows no loading) get no request.
 * Throws `ProviderError`.
 */
export async function loadVersion(
  { embedded, ollama }: { readonly embedded: EmbeddedProvider; readonly ollama: Pick<OllamaProvider, "load"> },
  version: ModelVersion,
  addresses: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { model, provider, configuration } = version;
  if (provider === "openai") return;
  if (provider === "embedded") return void (await embedded.load({ model, configuration }, signal));
  for (const endpoint of addresses) await ollama.load({ model, configuration: { ...configuration, endpoint } }, signal);
}
