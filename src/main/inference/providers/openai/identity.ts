import { z } from "zod";
import type { RequestClient } from "./request-client.ts";

/** Servers whose own addresses and habits we know. */
export type ServerKind = "llama.cpp" | "LM Studio" | "vLLM" | "LiteLLM" | "Ollama";

/** What a server's own addresses report; null where it has none of that kind. */
export interface OwnWords {
  readonly kind: ServerKind | null;
  readonly version: string | null;
  readonly studioModels: z.infer<typeof studioList>["data"] | null;
}

/**
 * Finds out what answers, by the addresses that only one kind of server has. Where there is a guess already, only that
 * kind's are asked. Loads no model.
 */
export async function recognise(client: RequestClient, guess: ServerKind | null = null): Promise<OwnWords> {
  const { beside } = client.addresses;
  const ask = async <T extends z.ZodType>(kind: ServerKind, path: `/${string}`, answer: T) =>
    guess === null || guess === kind ? client.try(beside(path), answer) : null;
  const [props, studio, ollama, ollamaModels, version, alive] = await Promise.all([
    ask("llama.cpp", "/props", llamaProps),
    ask("LM Studio", "/api/v0/models", studioList),
    ask("Ollama", "/api/version", versionAnswer),
    ask("Ollama", "/api/tags", ollamaTags),
    ask("vLLM", "/version", versionAnswer),
    ask("LiteLLM", "/health/liveliness", z.string().regex(/alive/i)),
  ]);
  const nothing = { version: null, studioModels: null };
  if (props !== null) return { ...nothing, kind: "llama.cpp", version: props.build_info ?? null };
  if (studio !== null) return { ...nothing, kind: "LM Studio", studioModels: studio.data };
  if (ollama !== null && ollamaModels !== null) return { ...nothing, kind: "Ollama", version: ollama.version };
  if (alive !== null) return { ...nothing, kind: "LiteLLM" };
  if (version !== null) return { ...nothing, kind: "vLLM", version: version.version };
  return { ...nothing, kind: guess };
}

/** llama.cpp's `/props`; one in front of several models has a role instead of settings. */
export const llamaProps = z
  .object({
    default_generation_settings: z.object({ n_ctx: z.number().int().positive().optional() }).nullish(),
    total_slots: z.number().optional(),
    role: z.string().optional(),
    build_info: z.string().nullish(),
  })
  .refine((props) => props.total_slots !== undefined || props.role !== undefined);

/** LM Studio's own list, which says what is in memory. */
export const studioList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      quantization: z.string().nullish(),
      max_context_length: z.number().int().positive().nullish(),
      loaded_context_length: z.number().int().positive().nullish(),
    }),
  ),
});

/** Ollama's own lists. */
export const ollamaTags = z.object({
  models: z
    .array(
      z.object({
        name: z.string(),
        digest: z.string().optional(),
        size: z.number().optional(),
        details: z
          .object({ parameter_size: z.string().optional(), quantization_level: z.string().optional() })
          .nullish(),
      }),
    )
    .nullable(),
});
export const ollamaProcesses = z.object({
  models: z.array(z.object({ name: z.string(), context_length: z.number().int().positive().optional() })).nullable(),
});

const tokenCount = z.number().int().positive().nullish().catch(null);

/** `/v1/models`, with what llama.cpp and vLLM add. */
export const modelList = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        owned_by: z.string().nullish(),
        max_model_len: tokenCount,
        // OpenRouter and Together; Groq; Mistral; Gemini's list.
        context_length: tokenCount,
        context_window: tokenCount,
        max_context_length: tokenCount,
        inputTokenLimit: tokenCount,
        meta: z.object({ n_params: z.number().nullish(), size: z.number().nullish() }).nullish().catch(null),
        status: z.object({ value: z.string() }).nullish().catch(null),
      }),
    )
    .nullable(),
});

const versionAnswer = z.object({ version: z.string() });
