import type { Dispatcher } from "undici";
import { z } from "zod";
import { ProviderError } from "../../provider.ts";
import { ask, createAgent } from "./ask.ts";
import { apiUrl, sameModel } from "./endpoint.ts";

/** A model an Ollama server has. */
export interface OllamaModel {
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly parameters: string | null;
  readonly quantization: string | null;
}

export type OllamaProbe =
  | {
      readonly state: "up";
      /** Of the first answer, connecting included. */
      readonly latencyMs: number;
      readonly version: string;
      readonly models: readonly OllamaModel[];
      /** Names of the models in memory now. */
      readonly loaded: readonly string[];
    }
  | { readonly state: "down"; readonly lastError: string; readonly remedy: string };

const deadlineMs = 2_000;
const never = new AbortController().signal;

/**
 * Asks a server what it is and has, without loading a model, within 2 s an answer. A server that is down is an answer, not
 * an error; only an aborted signal throws, its reason.
 */
export async function probeOllama(endpoint: string, signal: AbortSignal = never): Promise<OllamaProbe> {
  const agent = createAgent(deadlineMs);
  try {
    const startedAt = performance.now();
    const versionUrl = apiUrl(endpoint, "/api/version");
    const { version } = await ask(agent, { url: versionUrl, model: null, answer: versionAnswer }, deadlineMs, signal);
    const latencyMs = performance.now() - startedAt;
    const [models, loaded] = await Promise.all([
      askModels(agent, endpoint, signal),
      askLoaded(agent, endpoint, deadlineMs, signal),
    ]);
    return { state: "up", latencyMs, version, models, loaded };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { state: "down", lastError: error.message, remedy: error.remedy };
  } finally {
    await agent.destroy();
  }
}

/**
 * What a version is pinned to: the model's digest, and the context length it was trained for, in tokens; null where the
 * server does not say. Throws ProviderError (`model_not_found` among others).
 */
export async function describeModel(
  endpoint: string,
  name: string,
  signal: AbortSignal = never,
): Promise<{ digest: string | null; contextTokens: number | null }> {
  const agent = createAgent(deadlineMs);
  try {
    const url = apiUrl(endpoint, "/api/show");
    const question = { url, body: { model: name }, model: name, answer: showAnswer };
    const [show, models] = await Promise.all([
      ask(agent, question, deadlineMs, signal),
      askModels(agent, endpoint, signal),
    ]);
    return {
      digest: models.find((model) => sameModel(model.name, name))?.digest ?? null,
      contextTokens: contextLength(show.model_info),
    };
  } finally {
    await agent.destroy();
  }
}

/** The names of the models in memory. Throws ProviderError. */
export async function askLoaded(
  dispatcher: Dispatcher,
  endpoint: string,
  withinMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const question = { url: apiUrl(endpoint, "/api/ps"), model: null, answer: processAnswer };
  return (await ask(dispatcher, question, withinMs, signal)).models.map((model) => model.name);
}

async function askModels(dispatcher: Dispatcher, endpoint: string, signal: AbortSignal): Promise<OllamaModel[]> {
  const question = { url: apiUrl(endpoint, "/api/tags"), model: null, answer: tagsAnswer };
  const { models } = await ask(dispatcher, question, deadlineMs, signal);
  return models.map((model) => ({
    name: model.name,
    digest: model.digest.startsWith("sha256:") ? model.digest : `sha256:${model.digest}`,
    sizeBytes: model.size,
    parameters: model.details?.parameter_size || null,
    quantization: model.details?.quantization_level || null,
  }));
}

/** GGUF names it after the architecture, such as `llama.context_length`. */
function contextLength(info: Readonly<Record<string, unknown>>): number | null {
  const value = info[`${String(info["general.architecture"])}.context_length`];
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** Go writes an empty list as null. */
const orEmpty = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

const versionAnswer = z.object({ version: z.string() });
const tagsAnswer = z.object({
  models: orEmpty(
    z.object({
      name: z.string(),
      digest: z.string(),
      size: z.number(),
      details: z.object({ parameter_size: z.string().optional(), quantization_level: z.string().optional() }).nullish(),
    }),
  ),
});
const processAnswer = z.object({ models: orEmpty(z.object({ name: z.string() })) });
const showAnswer = z.object({
  model_info: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((info) => info ?? {}),
});
