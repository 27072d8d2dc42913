import type { Keys } from "../../host/endpoint-keys.ts";
import type { ServerKeys } from "../../inference/provider.ts";
import type { Addresses } from "../../registry/addresses.ts";

/** The keys of Ollama servers, whichever way their address is spelled. */
export class OllamaKeys implements ServerKeys {
  readonly #keys: Keys;
  readonly #addresses: Addresses;

  constructor(keys: Keys, addresses: Addresses) {
    this.#keys = keys;
    this.#addresses = addresses;
  }

  keyOf(endpoint: string): Promise<string | null> {
    return this.#keys.of(this.#addresses.savedAs("ollama", endpoint));
  }
}
