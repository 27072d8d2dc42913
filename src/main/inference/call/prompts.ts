import type { Deadlines, GenerationOptions } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import { log } from "../../base/logger.ts";
import { EndpointSelection, type AddressingPorts, configurationAt } from "../routing/endpoint-selection.ts";
import type { Composed, LLMClientPorts, TextCall } from "../llm-client.ts";
import { layered } from "../options.ts";
import { ProviderError } from "../provider.ts";

export interface PromptsPorts extends AddressingPorts, Pick<LLMClientPorts, "providers"> {
  readonly compose: TextCall["compose"];
  /** The use case's own options. */
  readonly defaults: GenerationOptions;
  readonly deadlines: Deadlines;
}

/** The prompts of one call: made once for each version that is asked. */
export class Prompts {
  readonly #needs: PromptsPorts;
  readonly #made = new Map<ModelVersion, Promise<Composed>>();

  constructor(needs: PromptsPorts) {
    this.#needs = needs;
  }

  /** Throws what `compose` does: `Failure` where the version has no room for what is asked. */
  forVersion(version: ModelVersion, signal: AbortSignal): Promise<Composed> {
    let made = this.#made.get(version);
    if (!made) this.#made.set(version, (made = this.#make(version, signal)));
    return made;
  }

  /** That of the first version in the chain which has room for it. Throws what the first of them says where none has. */
  async forFirst(chain: readonly ModelVersion[], signalFor: (version: ModelVersion) => AbortSignal): Promise<Composed> {
    let refusal: unknown;
    for (const version of chain) {
      try {
        return await this.forVersion(version, signalFor(version));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  /** The call's own options come first, then the use case's, then the version's. */
  async #make(version: ModelVersion, signal: AbortSignal): Promise<Composed> {
    const { compose, defaults } = this.#needs;
    const options = layered(version.configuration.options, defaults);
    const composed = await compose({
      version,
      options,
      contextTokens: version.configuration.contextTokens ?? null,
      countTokens: (text) => this.#count(version, text, signal),
    });
    return { ...composed, options: layered(options, composed.options) };
  }

  /**
   * Counting may have to load a model. Where that fails or is broken off, or the server is left alone, nothing is known: how
   * the version fails is for the attempt to find out, which is logged.
   */
  async #count(version: ModelVersion, text: string, signal: AbortSignal): Promise<number | null> {
    const addressing = new EndpointSelection(this.#needs);
    const endpoint = addressing.next(version);
    if (signal.aborted || !addressing.isOpen(endpoint)) return null;
    const configuration = configurationAt(version, endpoint);
    const deadlines = { ...configuration.deadlines, ...this.#needs.deadlines };
    const asked = { model: version.model, configuration: { ...configuration, deadlines } };
    try {
      return await this.#needs.providers[version.provider].countTokens(asked, text, signal);
    } catch (error) {
      if (!(error instanceof ProviderError) && !signal.aborted) log.error("tokens were not counted", error);
      return null;
    }
  }
}
