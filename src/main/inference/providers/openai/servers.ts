import type { Dispatcher } from "undici";
import { z } from "zod";
import { assertNever } from "../../../base/failure.ts";
import type { ServerKeys } from "../../provider.ts";
import { sameModel } from "../ollama/endpoint.ts";
import { RequestClient } from "./request-client.ts";
import { openAIBase } from "./endpoint.ts";
import { llamaProps, modelList, ollamaProcesses, recognise, type ServerKind, studioList } from "./identity.ts";

/** A server is recognised anew after this long, in milliseconds: another one may have taken its port. */
const knownForMs = 300_000;
const unknownForMs = 10_000;
const windowFreshMs = 5_000;
const windowKnownForMs = 60_000;
const questionMs = 1_000;
const never = new AbortController().signal;

export interface ServersPorts {
  readonly dispatcher: Dispatcher;
  readonly keys: ServerKeys;
}

/** What we know of each server: which kind it is, and what it says of its models. Asking loads none. */
export class Servers {
  readonly #ports: ServersPorts;
  readonly #kinds = new Map<string, { readonly kind: Promise<ServerKind | null>; until: number }>();
  readonly #windows = new Map<string, { readonly tokens: Promise<number | null>; requestedAt: number }>();
  readonly #parameterCounts = new Map<string, number>();

  constructor(ports: ServersPorts) {
    this.#ports = ports;
  }

  /** Null where the server is of no kind we know, is down, or does not say within a second. */
  kindOf(endpoint: string): Promise<ServerKind | null> {
    const base = openAIBase(endpoint);
    const known = this.#kinds.get(base);
    if (known !== undefined && performance.now() < known.until) return known.kind;
    const entry = { kind: this.#recognise(endpoint), until: performance.now() + knownForMs };
    this.#kinds.set(base, entry);
    void entry.kind.then((kind) => {
      if (kind === null) entry.until = performance.now() + unknownForMs;
    });
    return entry.kind;
  }

  async isLoaded(endpoint: string, model: string): Promise<boolean | null> {
    const kind = await this.kindOf(endpoint);
    if (kind === null || kind === "LiteLLM") return null;
    const client = await this.#client(endpoint);
    const { beside, models } = client.addresses;
    switch (kind) {
      case "LM Studio": {
        const list = await client.try(beside("/api/v0/models"), studioList);
        return list && list.data.some(({ id, state }) => id === model && state === "loaded");
      }
      case "Ollama": {
        const running = await client.try(beside("/api/ps"), ollamaProcesses);
        return running && (running.models ?? []).some(({ name }) => sameModel(name, model));
      }
      case "llama.cpp":
      case "vLLM": {
        const list = await client.try(models, modelList);
        const listed = list?.data?.find(({ id }) => id === model);
        // llama.cpp with one model answers by any name; in front of several it says of each.
        if (kind === "llama.cpp" && list?.data?.length === 1 && !list.data[0]?.status) return true;
        return list && listed !== undefined && (listed.status ? listed.status.value === "loaded" : true);
      }
      default:
        return assertNever(kind);
    }
  }

  /** The window of a call in tokens; null where the server does not say. A reading of some seconds is renewed behind the call. */
  contextTokens(endpoint: string, model: string): Promise<number | null> {
    const key = `${openAIBase(endpoint)} ${model}`;
    const known = this.#windows.get(key);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.requestedAt;
    if (known !== undefined && ageMs < windowFreshMs) return known.tokens;
    const tokens = this.#window(endpoint, model);
    const entry = { tokens, requestedAt: performance.now() };
    if (known === undefined || ageMs > windowKnownForMs) {
      this.#windows.set(key, entry);
      return tokens;
    }
    known.requestedAt = entry.requestedAt;
    void tokens.then(() => this.#windows.set(key, entry));
    return known.tokens;
  }

  /** Tokens of a text, by llama.cpp with one model and by vLLM; null elsewhere. */
  async countTokens(endpoint: string, model: string, text: string, signal?: AbortSignal): Promise<number | null> {
    const kind = await this.kindOf(endpoint);
    if (kind !== "llama.cpp" && kind !== "vLLM") return null;
    const client = await this.#client(endpoint, signal);
    const { beside } = client.addresses;
    if (kind === "vLLM")
      return (await client.try(beside("/tokenize"), tokenCount, { model, prompt: text }))?.count ?? null;
    // In front of several models it would load the one that is to count.
    const props = await client.try(beside("/props"), llamaProps);
    if (props === null || props.role === "router") return null;
    return (await client.try(beside("/tokenize"), tokenList, { content: text }))?.tokens.length ?? null;
  }

  /** Of a model's weights; null where the server does not say, as only llama.cpp does. */
  async parameterCount(endpoint: string, model: string): Promise<number | null> {
    const key = `${openAIBase(endpoint)} ${model}`;
    const known = this.#parameterCounts.get(key);
    if (known !== undefined) return known;
    const client = await this.#client(endpoint);
    const listed = (await client.try(client.addresses.models, modelList))?.data ?? [];
    const count = (listed.find(({ id }) => id === model) ?? (listed.length === 1 ? listed[0] : undefined))?.meta
      ?.n_params;
    if (count != null) this.#parameterCounts.set(key, count);
    return count ?? null;
  }

  async #window(endpoint: string, model: string): Promise<number | null> {
    const kind = await this.kindOf(endpoint);
    const client = await this.#client(endpoint);
    const { beside, models } = client.addresses;
    if (kind === null || kind === "LiteLLM") return listedWindow(await client.try(models, modelList), model);
    switch (kind) {
      case "llama.cpp": {
        const props = await client.try(beside("/props"), llamaProps);
        return props?.default_generation_settings?.n_ctx ?? null;
      }
      case "LM Studio": {
        const list = await client.try(beside("/api/v0/models"), studioList);
        return list?.data.find(({ id }) => id === model)?.loaded_context_length ?? null;
      }
      case "Ollama": {
        const running = await client.try(beside("/api/ps"), ollamaProcesses);
        return running?.models?.find(({ name }) => sameModel(name, model))?.context_length ?? null;
      }
      case "vLLM":
        return listedWindow(await client.try(models, modelList), model);
      default:
        return assertNever(kind);
    }
  }

  async #recognise(endpoint: string): Promise<ServerKind | null> {
    return (await recognise(await this.#client(endpoint))).kind;
  }

  async #client(endpoint: string, signal = never): Promise<RequestClient> {
    return new RequestClient(
      this.#ports.dispatcher,
      endpoint,
      await this.#ports.keys.keyOf(endpoint),
      questionMs,
      signal,
    );
  }
}

/** What a server's list says of a model's window, by whichever name; null where it says nothing. */
function listedWindow(list: z.infer<typeof modelList> | null, model: string): number | null {
  const listed = list?.data?.find(({ id }) => id === model || id === `models/${model}`);
  if (listed === undefined) return null;
  const { max_model_len, context_length, context_window, max_context_length, inputTokenLimit } = listed;
  return max_model_len ?? context_length ?? context_window ?? max_context_length ?? inputTokenLimit ?? null;
}

const tokenCount = z.object({ count: z.number().int() });
const tokenList = z.object({ tokens: z.array(z.unknown()) });
