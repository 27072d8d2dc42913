import { ProviderError } from "../../provider.ts";
import type { ProbedModel, ServerProbe } from "../../servers/server-probe.ts";
import { createAgent } from "../http/agent.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { sameModel } from "../ollama/endpoint.ts";
import { RequestClient } from "./request-client.ts";
import { modelList, ollamaProcesses, ollamaTags, type OwnWords, recognise, type ServerKind } from "./identity.ts";

const deadlineMs = 2_000;
const never = new AbortController().signal;

/**
 * Asks a server what it is and has, without loading a model, within 2 s an answer. A server that is down, or does not take
 * the key, is an answer, not an error; only an aborted signal throws, its reason.
 */
export async function probeOpenAI(
  endpoint: string,
  options: { readonly key?: string | null; readonly signal?: AbortSignal } = {},
): Promise<ServerProbe> {
  const agent = createAgent(deadlineMs);
  const signal = options.signal ?? never;
  try {
    const client = new RequestClient(agent, endpoint, options.key ?? null, deadlineMs, signal);
    const startedAt = performance.now();
    const { head, value } = await client.ask(client.addresses.models, modelList);
    const latencyMs = performance.now() - startedAt;
    const listed = value.data ?? [];
    const own = await recognise(client, guessOf(head.headers, listed));
    const server = own.kind;
    const version = own.version ?? header(head.headers["x-litellm-version"]);
    const more = await detailsOf(client, server, own);
    const models = listed.map((model): ProbedModel => {
      const { id, meta, status } = model;
      return {
        name: id,
        digest: null,
        sizeBytes: meta?.size ?? null,
        parameters: meta?.n_params ? roundedCount(meta.n_params) : null,
        quantization: null,
        loaded: status ? status.value === "loaded" : server === "llama.cpp" || server === "vLLM" ? true : null,
        ...more(id),
      };
    });
    return { state: "up", latencyMs, server, version, models };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { state: "down", lastError: error.message, remedy: error.remedy };
  } finally {
    await agent.destroy();
  }
}

/** The details that a kind of server reports of its models beyond OpenAI's list. */
async function detailsOf(
  client: RequestClient,
  server: ServerKind | null,
  own: OwnWords,
): Promise<(name: string) => Partial<ProbedModel>> {
  if (server === "LM Studio") {
    const byId = new Map(own.studioModels?.map((model) => [model.id, model]));
    return (name) => {
      const model = byId.get(name);
      return model === undefined ? {} : { quantization: model.quantization ?? null, loaded: model.state === "loaded" };
    };
  }
  if (server !== "Ollama") return () => ({});
  const { beside } = client.addresses;
  const [tags, running] = await Promise.all([
    client.try(beside("/api/tags"), ollamaTags),
    client.try(beside("/api/ps"), ollamaProcesses),
  ]);
  return (name) => {
    const model = tags?.models?.find((candidate) => sameModel(candidate.name, name));
    if (model === undefined) return {};
    return {
      digest: model.digest === undefined ? null : `sha256:${model.digest.replace(/^sha256:/, "")}`,
      sizeBytes: model.size ?? null,
      parameters: model.details?.parameter_size || null,
      quantization: model.details?.quantization_level || null,
      loaded: running === null ? null : (running.models ?? []).some((process) => sameModel(process.name, name)),
    };
  };
}

/** From what servers write beside their models and into their headers; null where that is ambiguous. */
function guessOf(
  headers: ResponseHead["headers"],
  models: readonly { readonly owned_by?: string | null | undefined }[],
): ServerKind | null {
  const owners = models.map((model) => model.owned_by);
  if (owners.includes("llamacpp") || header(headers["server"]) === "llama.cpp") return "llama.cpp";
  if (owners.includes("vllm")) return "vLLM";
  if (owners.includes("organization_owner")) return "LM Studio";
  return headers["x-litellm-version"] === undefined ? null : "LiteLLM";
}

function header(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

function roundedCount(parameters: number): string {
  return parameters >= 1e9 ? `${Math.round(parameters / 1e8) / 10}B` : `${Math.round(parameters / 1e4) / 100}M`;
}
