import { z } from "zod";
import { route } from "./errors.ts";
import { assignmentId, modelId, versionId } from "./ids.ts";
import { samplingOptions, useCaseName } from "./inference.ts";

export const providerName = z.enum(["ollama", "embedded"]);
export type ProviderName = z.infer<typeof providerName>;
export const modelType = z.enum(["self_hosted", "remote"]);
export const versionStatus = z.enum(["registered", "candidate", "active", "deprecated", "retired"]);

/** An http(s) address. With a path it is the generate URL itself; without one, a server's base URL. */
export const endpointUrl = z
  .url({ protocol: /^https?$/, error: "an http:// or https:// address, such as http://127.0.0.1:11434" })
  .max(2_000);

export const versionConfiguration = z.object({
  endpoint: endpointUrl.optional(),
  /** The name the server knows the model by; the model's own name when left out. */
  serverModel: z.string().min(1).max(300).optional(),
  /** For the embedded provider: the GGUF file's name inside the data directory's `models` folder, or `starter`. */
  file: z.string().min(1).max(500).optional(),
  contextTokens: z.number().int().min(256).max(4_194_304).optional(),
  options: samplingOptions.optional(),
});
export type VersionConfiguration = z.infer<typeof versionConfiguration>;

const modelName = z.string().trim().min(1).max(200);
const versionLabel = z.string().trim().min(1).max(100);

export const modelVersion = z.object({
  id: versionId,
  modelId,
  model: z.string(),
  modelType,
  provider: providerName,
  version: z.string(),
  status: versionStatus,
  /** Content digest, `sha256:` and 64 hex digits; null where the server would not say. */
  digest: z.string().nullable(),
  configuration: versionConfiguration,
  createdAtMs: z.number().int(),
  /** The use cases it answers now. */
  assignedTo: z.array(z.string()),
});
export type ModelVersion = z.infer<typeof modelVersion>;

export const assignment = z.object({
  id: assignmentId,
  useCase: z.string(),
  versionId,
  model: z.string(),
  version: z.string(),
  fromMs: z.number().int(),
  /** Null while it is the live one. */
  untilMs: z.number().int().nullable(),
  by: z.string(),
  reason: z.string().nullable(),
});
export type Assignment = z.infer<typeof assignment>;

export const useCase = z.object({
  name: z.string(),
  description: z.string(),
  assignment: assignment.nullable(),
});
export type UseCase = z.infer<typeof useCase>;

export const serverModel = z.object({
  name: z.string(),
  digest: z.string(),
  sizeBytes: z.number().int(),
  parameters: z.string().nullable(),
  quantization: z.string().nullable(),
  loaded: z.boolean(),
  /** The version it is registered as, if it is. */
  versionId: versionId.nullable(),
});
export type ServerModel = z.infer<typeof serverModel>;

export const endpointHealth = z.object({
  endpoint: z.string(),
  state: z.enum(["up", "down"]),
  serverVersion: z.string().nullable(),
  latencyMs: z.number().nullable(),
  lastError: z.string().nullable(),
  checkedAtMs: z.number().int(),
  models: z.array(serverModel),
});
export type EndpointHealth = z.infer<typeof endpointHealth>;

export const registerModelInput = z.object({
  modelName,
  modelType: modelType.default("self_hosted"),
  provider: providerName,
  version: versionLabel,
  /** When given, the new version answers this use case from now on. */
  useCase: useCaseName.optional(),
  configuration: versionConfiguration.default({}),
});
export type RegisterModelInput = z.infer<typeof registerModelInput>;

export const registryContract = {
  versions: route.output(z.array(modelVersion)),
  useCases: route.output(z.array(useCase)),
  addUseCase: route
    .input(z.object({ name: useCaseName, description: z.string().trim().max(500).default("") }))
    .output(useCase),
  /** Registers a model, or a further version of one; configuration is never edited in place. */
  registerModel: route.input(registerModelInput).output(modelVersion),
  assign: route
    .input(z.object({ useCase: useCaseName, versionId, reason: z.string().trim().max(500).optional() }))
    .output(assignment),
  /** What was live when, newest first. */
  history: route.input(z.object({ useCase: useCaseName })).output(z.array(assignment)),
  /** Asks the servers we know of, without loading a model. `endpoint` asks that one alone. */
  endpoints: route.input(z.object({ endpoint: endpointUrl.optional() }).default({})).output(z.array(endpointHealth)),
};
