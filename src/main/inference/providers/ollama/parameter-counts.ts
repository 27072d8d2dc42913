import { parameterCountFrom } from "../../parameter-count.ts";
import { type OllamaServer, parametersOf } from "./discover.ts";

/** How many parameters models have, asked of each server once. */
export class ParameterCounts {
  readonly #known = new Map<string, number>();

  /** Null where the server does not list the model or does not say. Throws ProviderError. */
  async of(server: OllamaServer, model: string): Promise<number | null> {
    const key = `${server.endpoint} ${model}`;
    const count = this.#known.get(key) ?? parameterCountFrom(await parametersOf(server, model));
    if (count !== null) this.#known.set(key, count);
    return count;
  }
}
