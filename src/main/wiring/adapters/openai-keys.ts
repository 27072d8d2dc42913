import type { Keys } from "../../host/endpoint-keys.ts";
import type { ServerKeys } from "../../inference/provider.ts";
import { openAIBase } from "../../inference/providers/openai/endpoint.ts";

/** The keys of servers that speak OpenAI's API, whichever of its addresses is named. */
export class OpenAIKeys implements ServerKeys {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  keyOf(endpoint: string): Promise<string | null> {
    return this.#keys.of(openAIBase(endpoint));
  }
}
