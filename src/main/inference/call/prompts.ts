import type { Deadlines, GenerationOptions } from "../../../shared/contract/inference.ts";
import type { ModelVersion, ProviderName } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import { EndpointSelection, type EndpointSelectionPorts, configurationAt } from "../routing/endpoint-selection.ts";
import { log } from "../../base/logger.ts";
import { layered } from "../options.ts";
import { countInNames } from "../parameter-count.ts";
import { type ModelAddress, type Provider, ProviderError, type ProviderWindow } from "../provider.ts";
import type { Composed, TextCall, Window } from "./call-types.ts";

export interface PromptsPorts extends EndpointSelectionPorts {
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  readonly compose: TextCall["compose"];
  /** The use case's own options. */
  readonly defaults: GenerationOptions;
  readonly deadlines: Deadlines;
}

/** The prompts of one call: composed once for each version that is tried. */
export class Prompts {
  readonly #ports: PromptsPorts;
  readonly #composed = new Map<ModelVersion, Promise<Composed>>();

  constructor(ports: PromptsPorts) {
    this.#ports = ports;
  }

  /** Throws what `compose` does: `Failure` where the prompt does not fit into the version's context. */
  forVersion(version: ModelVersion, signal: AbortSignal): Promise<Composed> {
    let composed = this.#composed.get(version);
    if (!composed) this.#composed.set(version, (composed = this.#compose(version, signal)));
    return composed;
  }

  /** The prompt of the first version in the chain into whose context it fits. Throws the first version's `Failure` where none does. */
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

  /** The call's own options take precedence over the use case's, and these over the version's. */
  async #compose(version: ModelVersion, signal: AbortSignal): Promise<Composed> {
    const { compose, defaults } = this.#ports;
    const options = layered(version.configuration.options, defaults);
    const composed = await compose({
      version,
      options,
      window: () => this.#window(version, options, signal),
      parameterCount: () => this.#parameterCount(version, signal),
      countTokens: (text) => this.#count(version, text, signal),
    });
    return { ...composed, options: layered(options, composed.options) };
  }

  /** What the version names, else what its server says. Unknown where that cannot be asked: the attempt finds out why. */
  async #window(version: ModelVersion, options: GenerationOptions, signal: AbortSignal): Promise<Window | null> {
    const named = options.serverOptions?.["num_ctx"];
    if (typeof named === "number") return { tokens: named, from: "version" };
    const provider = this.#ports.providers[version.provider];
    const configured = version.configuration.contextTokens;
    const window = await this.#ask(version, signal, async (address): Promise<ProviderWindow | null> => {
      if (provider.window !== undefined) return provider.window(address);
      const tokens = configured ?? (await provider.contextTokens(address));
      return tokens === null ? null : { tokens };
    });
    if (window !== null) return { ...window, from: window.tokens === configured ? "version" : "server" };
    return configured === undefined ? null : { tokens: configured, from: "version" };
  }

  /** Counting may have to load a model. */
  #count(version: ModelVersion, text: string, signal: AbortSignal): Promise<number | null> {
    const provider = this.#ports.providers[version.provider];
    return this.#ask(version, signal, (address) => provider.countTokens(address, text, signal));
  }

  /** By the model's name, which its publishers put it in, else by its server or file. */
  async #parameterCount(version: ModelVersion, signal: AbortSignal): Promise<number | null> {
    const { model, configuration, provider } = version;
    const named = countInNames(configuration.serverModel, model, configuration.file);
    const endpoint = new EndpointSelection(this.#ports).next(version);
    if (named !== null || signal.aborted) return named;
    try {
      const address = { model, configuration: configurationAt(version, endpoint) };
      return (await this.#ports.providers[provider].parameterCount?.(address)) ?? null;
    } catch (error) {
      if (!(error instanceof ProviderError) && !signal.aborted) log.error("parameters were not counted", error);
      return null;
    }
  }

  /**
   * Asks the server that the version's next call goes to. Where that fails or is aborted, or the circuit breaker is open, the
   * answer is null: the attempt finds out how the version fails, and is logged.
   */
  async #ask<Answer>(
    version: ModelVersion,
    signal: AbortSignal,
    question: (address: ModelAddress) => Promise<Answer | null>,
  ): Promise<Answer | null> {
    const selection = new EndpointSelection(this.#ports);
    const endpoint = selection.next(version);
    if (signal.aborted || !selection.mayCall(version, endpoint)) return null;
    const configuration = configurationAt(version, endpoint);
    const deadlines = { ...configuration.deadlines, ...this.#ports.deadlines };
    try {
      return await question({ model: version.model, configuration: { ...configuration, deadlines } });
    } catch (error) {
      if (!(error instanceof ProviderError) && !signal.aborted) log.error("a model's server was not asked", error);
      return null;
    }
  }
}
