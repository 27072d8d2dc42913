import type { EndpointHealth, ModelVersion, ServerModel } from "../../../shared/contract/registry.ts";
import type { ModelDetails, RunningModel } from "../../../shared/contract/servers.ts";
import type { ListedModel, NamedModel } from "../routes/names.ts";
import { goTime } from "./answers.ts";

/** The server's own name of a version's model; Ollama's have a tag. */
function serverName({ provider, model, configuration }: ModelVersion): string {
  const name = configuration.serverModel ?? model;
  return provider === "ollama" && !/:[^/]*$/.test(name) ? `${name}:latest` : name;
}

/** What the latest probe of a version's server found of its model. */
export function knownOf(version: ModelVersion, health: EndpointHealth | null): ServerModel | null {
  return health?.models.find(({ name }) => name === serverName(version)) ?? null;
}

/** The running model of a version, if its server has it in memory. */
export function runningOf(version: ModelVersion, running: readonly RunningModel[]): RunningModel | null {
  return running.find(({ name }) => name === serverName(version)) ?? null;
}

/** One model of `GET /api/tags`; `file` is what the built-in engine's file says of itself, null for other providers. */
export function tagEntry(
  { name, version, sinceMs, digest }: ListedModel,
  known: ServerModel | null,
  file: ModelDetails | null,
): object {
  const { family = null, parameters = known?.parameters, quantization = known?.quantization } = file ?? {};
  return {
    name,
    model: name,
    modified_at: timeOf(sinceMs),
    size: file?.sizeBytes ?? known?.sizeBytes ?? 0,
    digest,
    details: detailsOf(version, family, parameters, quantization),
  };
}

/** One model of `GET /api/ps`. */
export function processEntry(
  { name, version, digest }: ListedModel,
  running: RunningModel,
  known: ServerModel | null,
): object {
  return {
    name,
    model: name,
    size: running.sizeBytes,
    digest,
    details: detailsOf(version, null, known?.parameters, known?.quantization),
    expires_at: timeOf(running.expiresAtMs ?? farFutureMs),
    size_vram: running.vramBytes,
    ...(running.contextTokens === null ? {} : { context_length: running.contextTokens }),
  };
}

/** The answer of `POST /api/show`: fields that the server does not report are left out. */
export function showAnswer({ version, sinceMs }: NamedModel, details: ModelDetails | null): object {
  const family = details?.family ?? null;
  const contextTokens = version.configuration.contextTokens ?? details?.contextTokens ?? null;
  return {
    ...optional("license", details?.license),
    ...optional("modelfile", details?.modelfile),
    ...optional("parameters", details?.options),
    ...optional("template", details?.template),
    ...optional("system", details?.system),
    details: detailsOf(version, family, details?.parameters, details?.quantization, details?.format),
    model_info: {
      ...optional("general.architecture", family),
      ...optional(`${family}.context_length`, family === null ? null : contextTokens),
      ...optional(`${family}.embedding_length`, family === null ? null : details?.embeddingLength),
    },
    capabilities: details && details.capabilities.length > 0 ? details.capabilities : ["completion"],
    modified_at: timeOf(sinceMs),
  };
}

/** Later than anybody asks: Ollama's own way of saying never. */
const farFutureMs = Date.UTC(2318, 0);

function detailsOf(
  { provider }: ModelVersion,
  family: string | null,
  parameters: string | null | undefined,
  quantization: string | null | undefined,
  format?: string | null,
): object {
  return {
    parent_model: "",
    format: format ?? (provider === "openai" ? "" : "gguf"),
    family: family ?? "",
    families: family === null ? [] : [family],
    parameter_size: parameters ?? "",
    quantization_level: quantization ?? "",
  };
}

function optional(name: string, value: string | number | null | undefined): object {
  return value === null || value === undefined || value === "" ? {} : { [name]: value };
}

function timeOf(epochMs: number): string {
  return goTime(BigInt(epochMs) * 1_000_000n);
}
