import type { Agent, Dispatcher } from "undici";
import { z } from "zod";
import type { ModelDetails, RunningModel } from "../../../../shared/contract/servers.ts";
import { ProviderError } from "../../provider.ts";
import type { ProbedModel, ServerProbe } from "../../servers/server-probe.ts";
import { createAgent } from "../http/agent.ts";
import { ask } from "./request.ts";
import { apiUrl, sameModel } from "./endpoint.ts";

/** A server to ask: connections, its base or generate URL, and the key it wants, if any. */
export interface OllamaServer {
  readonly dispatcher: Dispatcher;
  readonly endpoint: string;
  readonly key: string | null;
}

const deadlineMs = 2_000;
const never = new AbortController().signal;

/**
 * Asks a server what it is and has, without loading a model, within 2 s an answer. A server that is down is an answer, not
 * an error; only an aborted signal throws, its reason.
 */
export async function probeOllama(
  endpoint: string,
  signal: AbortSignal = never,
  key: string | null = null,
): Promise<ServerProbe> {
  return withServer(endpoint, key, async (server) => {
    try {
      const startedAt = performance.now();
      const version = await serverVersion(server, signal);
      const latencyMs = performance.now() - startedAt;
      const [models, running] = await Promise.all([listModels(server, signal), listRunning(server, signal)]);
      return {
        state: "up",
        latencyMs,
        server: "Ollama",
        version,
        models: models.map(({ name, digest, sizeBytes, parameters, quantization }) => ({
          name,
          digest,
          sizeBytes,
          parameters,
          quantization,
          loaded: running.some((model) => sameModel(model.name, name)),
        })),
      };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return { state: "down", lastError: error.message, remedy: error.remedy };
    }
  });
}

/**
 * What a version is pinned to: the model's digest, and the context length it was trained for, in tokens; null where the
 * server does not say. Throws ProviderError (`model_not_found` among others).
 */
export async function describeModel(
  endpoint: string,
  name: string,
  signal: AbortSignal = never,
  key: string | null = null,
): Promise<{ digest: string | null; contextTokens: number | null }> {
  const { digest, contextTokens } = await withServer(endpoint, key, (server) => showModel(server, name, signal));
  return { digest, contextTokens };
}

/** What the names on a server hold, in one question. Throws ProviderError. */
export async function namedDigests(
  endpoint: string,
  signal: AbortSignal,
  key: string | null,
): Promise<Pick<ProbedModel, "name" | "digest">[]> {
  return withServer(endpoint, key, (server) => listModels(server, signal));
}

/** All details that the server reports of a model; does not load it. Throws ProviderError (`model_not_found` among others). */
export async function showModel(
  server: OllamaServer,
  name: string,
  signal: AbortSignal = never,
): Promise<ModelDetails> {
  const [show, models] = await Promise.all([askShow(server, name, signal), listModels(server, signal)]);
  const listed = models.find((model) => sameModel(model.name, name));
  const architecture = String(show.model_info["general.architecture"]);
  const positive = (field: string): number | null => positiveFrom(show.model_info[`${architecture}.${field}`]);
  return {
    name: listed?.name ?? name,
    digest: listed?.digest ?? null,
    sizeBytes: listed?.sizeBytes ?? null,
    modifiedAtMs: timeOf(show.modified_at) ?? listed?.modifiedAtMs ?? null,
    format: show.details?.format || null,
    family: show.details?.family || null,
    parameters: show.details?.parameter_size || null,
    quantization: show.details?.quantization_level || null,
    contextTokens: positive("context_length"),
    embeddingLength: positive("embedding_length"),
    capabilities: show.capabilities,
    options: show.parameters || null,
    template: show.template || null,
    system: show.system || null,
    license: show.license || null,
    modelfile: show.modelfile || null,
  };
}

/** What a model's window may be. */
export interface WindowFacts {
  /** What its Modelfile sets, in tokens; null where it leaves that to the server. */
  readonly modelfileTokens: number | null;
  /** What it was trained for, in tokens; null where the server does not say. */
  readonly trainedTokens: number | null;
  /** What the attention's memory of one token takes, in bytes; null where the server does not say how the model is built. */
  readonly bytesPerToken: number | null;
}

/** Does not load the model. Throws ProviderError (`model_not_found` among others). */
export async function windowFacts(
  server: OllamaServer,
  name: string,
  signal: AbortSignal = never,
): Promise<WindowFacts> {
  const { model_info: info, parameters } = await askShow(server, name, signal);
  const architecture = String(info["general.architecture"]);
  const number = (field: string): number | null => positiveFrom(info[`${architecture}.${field}`]);
  const heads = number("attention.head_count");
  const [layers, embedding, keyLength] = [
    number("block_count"),
    number("embedding_length"),
    number("attention.key_length"),
  ];
  const headLength = keyLength ?? (heads === null || embedding === null ? null : embedding / heads);
  const cachedHeads = number("attention.head_count_kv") ?? heads;
  return {
    modelfileTokens: positiveFrom(Number(/^num_ctx\s+"?(\d+)/m.exec(parameters ?? "")?.[1])),
    trainedTokens: number("context_length"),
    // A key and a value of two bytes each, in every layer and for every head that has its own.
    bytesPerToken: layers && cachedHeads && headLength ? 4 * layers * cachedHeads * headLength : null,
  };
}

function askShow({ dispatcher, endpoint, key }: OllamaServer, name: string, signal: AbortSignal) {
  const question = { url: apiUrl(endpoint, "/api/show"), body: { model: name }, key, model: name, answer: showAnswer };
  return ask(dispatcher, question, deadlineMs, signal);
}

function positiveFrom(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** The models in the server's memory, with what they take and when they leave. Throws ProviderError. */
export async function listRunning(server: OllamaServer, signal: AbortSignal = never): Promise<RunningModel[]> {
  const question = { url: apiUrl(server.endpoint, "/api/ps"), key: server.key, model: null, answer: processAnswer };
  const { models } = await ask(server.dispatcher, question, deadlineMs, signal);
  return models.map((model) => ({
    name: model.name,
    digest: fullDigest(model.digest),
    sizeBytes: model.size,
    vramBytes: model.size_vram,
    contextTokens: model.context_length || null,
    expiresAtMs: expiryOf(model.expires_at),
  }));
}

/** How many parameters a model has, such as `134.52M`; null where the server does not list it or does not say. Throws ProviderError. */
export async function parametersOf(server: OllamaServer, name: string): Promise<string | null> {
  const models = await listModels(server, never);
  return models.find((model) => sameModel(model.name, name))?.parameters ?? null;
}

/** Such as `0.17.4`. Throws ProviderError. */
export async function serverVersion(server: OllamaServer, signal: AbortSignal = never): Promise<string> {
  const url = apiUrl(server.endpoint, "/api/version");
  const question = { url, key: server.key, model: null, answer: versionAnswer };
  return (await ask(server.dispatcher, question, deadlineMs, signal)).version;
}

async function withServer<Result>(
  endpoint: string,
  key: string | null,
  use: (server: OllamaServer) => Promise<Result>,
): Promise<Result> {
  const dispatcher: Agent = createAgent(deadlineMs);
  try {
    return await use({ dispatcher, endpoint, key });
  } finally {
    await dispatcher.destroy();
  }
}

type ListedModel = Omit<ProbedModel, "loaded"> & { readonly modifiedAtMs: number | null };

async function listModels(server: OllamaServer, signal: AbortSignal): Promise<ListedModel[]> {
  const question = { url: apiUrl(server.endpoint, "/api/tags"), key: server.key, model: null, answer: tagsAnswer };
  const { models } = await ask(server.dispatcher, question, deadlineMs, signal);
  return models.map((model) => ({
    name: model.name,
    digest: fullDigest(model.digest),
    sizeBytes: model.size,
    modifiedAtMs: timeOf(model.modified_at),
    parameters: model.details?.parameter_size || null,
    quantization: model.details?.quantization_level || null,
  }));
}

function fullDigest(digest: string): string {
  return digest.startsWith("sha256:") ? digest : `sha256:${digest}`;
}

function timeOf(text: string | null | undefined): number | null {
  const timeMs = Date.parse(text ?? "");
  return Number.isNaN(timeMs) ? null : timeMs;
}

const centuryMs = 100 * 365 * 24 * 3_600_000;

/** A model that stays for ever leaves, by Go's longest duration, in 292 years. */
function expiryOf(text: string | null | undefined): number | null {
  const timeMs = timeOf(text);
  return timeMs === null || timeMs > Date.now() + centuryMs ? null : timeMs;
}

/** Go writes an empty list as null. */
const orEmpty = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

const modelFacts = z.object({
  format: z.string().optional(),
  family: z.string().optional(),
  parameter_size: z.string().optional(),
  quantization_level: z.string().optional(),
});
const versionAnswer = z.object({ version: z.string() });
const tagsAnswer = z.object({
  models: orEmpty(
    z.object({
      name: z.string(),
      digest: z.string(),
      size: z.number(),
      modified_at: z.string().nullish(),
      details: modelFacts.nullish(),
    }),
  ),
});
const processAnswer = z.object({
  models: orEmpty(
    z.object({
      name: z.string(),
      digest: z.string(),
      size: z.number().int().default(0),
      size_vram: z.number().int().default(0),
      context_length: z.number().int().nullish(),
      expires_at: z.string().nullish(),
    }),
  ),
});
const showAnswer = z.object({
  details: modelFacts.nullish(),
  model_info: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((info) => info ?? {}),
  capabilities: orEmpty(z.string()),
  modified_at: z.string().nullish(),
  parameters: z.string().nullish(),
  template: z.string().nullish(),
  system: z.string().nullish(),
  license: z.string().nullish(),
  modelfile: z.string().nullish(),
});
