import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { GgufInsights } from "node-llama-cpp";
import { checkGguf, GgufError } from "../../local-models/gguf-header.ts";
import { EngineError } from "./engine-error.ts";
import type { LlamaLibrary } from "./library.ts";
import type { ModelDescription, ModelSource } from "./protocol.ts";

const answerWithinMs = 25;

/** Metadata and resource estimates of a file, which is not loaded. Throws `EngineError` (file_missing, not_a_model) where it is no whole GGUF model. */
export async function readInsights(library: LlamaLibrary, path: string): Promise<GgufInsights> {
  await stat(path).catch((cause: unknown) => {
    throw new EngineError("file_missing", `There is no model file at ${path}`, { cause });
  });
  try {
    // The library's own reader believes whatever lengths a file claims.
    await checkGguf(path);
    const { GgufInsights, readGgufFileInfo } = await import("node-llama-cpp");
    const info = await readGgufFileInfo(path, { sourceType: "filesystem", logWarnings: false });
    return await GgufInsights.from(info, await library.start());
  } catch (cause) {
    const why = cause instanceof GgufError ? cause.message : `cannot be read: ${messageOf(cause)}`;
    throw new EngineError("not_a_model", `${basename(path)} ${why}`, { cause });
  }
}

/**
 * Bytes of the weights. llama.cpp reckons them by loading everything but the weights themselves: what it will not load is refused
 * here, as `EngineError` (load_failed).
 */
export async function weightsBytes(library: LlamaLibrary, insights: GgufInsights, path: string): Promise<number> {
  library.clearLastError();
  const bytes = sumOf(await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0 }));
  // What llama.cpp says comes from its own thread, a turn or two after its answer.
  await pause(answerWithinMs);
  if (library.lastError !== null)
    throw new EngineError("load_failed", `${basename(path)} cannot be loaded: ${library.lastError}`);
  return bytes;
}

/** The window a source gets: what it asks for, unless the model was trained on less. */
export function windowOf(source: ModelSource, trainedTokens: number | undefined): number {
  return trainedTokens === undefined || trainedTokens <= 0
    ? source.contextTokens
    : Math.min(source.contextTokens, trainedTokens);
}

/** Of a context that generates, or of one that embeds texts of up to `contextTokens`. */
export async function contextBytes(insights: GgufInsights, contextTokens: number, embeds = false): Promise<number> {
  return sumOf(
    await insights.estimateContextResourceRequirementsV2({
      contextSize: contextTokens,
      modelGpuLayers: 0,
      ...(embeds ? { isEmbeddingContext: true, batchSize: contextTokens } : {}),
    }),
  );
}

/** What a file says of itself, and what the source's window in it needs. Throws `EngineError` like the two above. */
export async function describeFile(
  library: LlamaLibrary,
  source: ModelSource,
  freeBytes: number,
): Promise<ModelDescription> {
  const insights = await readInsights(library, source.path);
  const weights = await weightsBytes(library, insights, source.path);
  const { GgufFileType } = await import("node-llama-cpp");
  const { general } = insights.ggufFileInfo.metadata;
  const trained = insights.trainContextSize;
  const forContextTokens = windowOf(source, trained);
  const fileType = general.file_type;
  return {
    name: textOf(general.name),
    architecture: textOf(general.architecture),
    parameters: parametersOf(insights.totalParameters),
    // Such as MOSTLY_Q4_K_M, which everybody calls Q4_K_M.
    quantization: fileType === undefined ? null : (GgufFileType[fileType]?.replace(/^(MOSTLY|ALL)_/, "") ?? null),
    contextTokens: trained !== undefined && trained > 0 ? Math.floor(trained) : null,
    license: textOf(general.license),
    neededBytes: Math.ceil(weights + (await contextBytes(insights, forContextTokens))),
    freeBytes: Math.floor(freeBytes),
    forContextTokens,
  };
}

function sumOf({ cpuRam, gpuVram }: { readonly cpuRam: number; readonly gpuVram: number }): number {
  return cpuRam + gpuVram;
}

/** Such as `134.5M`, as model pages write it. */
function parametersOf(count: number): string | null {
  if (!Number.isFinite(count) || count <= 0) return null;
  return Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

/** A file may hold anything under a name that is said to be text, of any length. */
function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, 300) : null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
