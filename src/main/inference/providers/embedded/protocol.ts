import type { GenerationOptions, Message } from "../../../../shared/contract/inference.ts";

/** Which file to run and in which context window; the engine shares the weights among all contexts of one file. */
export interface ModelSource {
  readonly path: string;
  /** Upper bound: a model trained on less gets what it was trained on. */
  readonly contextTokens: number;
}

/** What the engine's process is asked. Answers carry the id of the question; all but `cancel` are answered in turn. */
export type EngineRequest =
  | {
      readonly type: "generate";
      readonly id: number;
      readonly source: ModelSource;
      readonly threads: number;
      readonly messages: readonly Message[];
      readonly options: GenerationOptions;
    }
  | {
      readonly type: "embed";
      readonly id: number;
      readonly source: ModelSource;
      readonly threads: number;
      readonly texts: readonly string[];
      /** Whether a text that does not fit the window is cut at its end, or refused. */
      readonly truncate: boolean;
    }
  | { readonly type: "load"; readonly id: number; readonly source: ModelSource }
  | { readonly type: "count"; readonly id: number; readonly source: ModelSource; readonly text: string }
  /** Reads a file's description and reckons what it would need, without loading it. */
  | { readonly type: "describe"; readonly id: number; readonly source: ModelSource }
  | { readonly type: "cancel"; readonly id: number }
  /** One file's weights and contexts, or everything. */
  | { readonly type: "unload"; readonly id: number; readonly path: string | null };

/** Durations in milliseconds, counts in tokens. `loadMs` is 0 when the model was in memory already. */
export interface EngineResult {
  readonly finishReason: "stop" | "length";
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly queueMs: number;
  readonly loadMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** A GGUF file's metadata, and the memory that the source's context window would need and find free, in bytes. */
export interface ModelDescription {
  readonly name: string | null;
  readonly architecture: string | null;
  readonly parameters: string | null;
  readonly quantization: string | null;
  /** What it was trained on. */
  readonly contextTokens: number | null;
  readonly license: string | null;
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly forContextTokens: number;
}

export type EngineFault =
  | "file_missing"
  | "not_a_model"
  | "load_failed"
  | "not_enough_memory"
  | "prompt_too_large"
  | "no_embeddings"
  | "failed";

/** What comes while a call goes on; `alive` where there is nothing to show yet. */
export type EngineProgress =
  | { readonly type: "text"; readonly id: number; readonly text: string }
  | { readonly type: "thought"; readonly id: number; readonly text: string }
  | { readonly type: "alive"; readonly id: number };

/** What ends a call. */
export type EngineAnswer =
  | { readonly type: "generated"; readonly id: number; readonly result: EngineResult }
  | {
      readonly type: "embedded";
      readonly id: number;
      readonly vectors: readonly (readonly number[])[];
      readonly promptTokens: number;
      readonly promptTruncated: boolean;
    }
  | { readonly type: "loaded"; readonly id: number; readonly contextTokens: number }
  | { readonly type: "counted"; readonly id: number; readonly tokens: number }
  | { readonly type: "described"; readonly id: number; readonly description: ModelDescription }
  | { readonly type: "unloaded"; readonly id: number }
  | { readonly type: "cancelled"; readonly id: number }
  | { readonly type: "fault"; readonly id: number; readonly fault: EngineFault; readonly message: string };

export type EngineReply =
  | EngineProgress
  | EngineAnswer
  /** Sent whenever what is in memory changes. */
  | { readonly type: "resident"; readonly paths: readonly string[] };
