import type { Message, GenerationOptions } from "../../../../shared/contract/inference.ts";

/** Which file to run and how much room to give it; the engine keeps what it loaded under exactly these. */
export interface ModelSource {
  readonly path: string;
  /** Upper bound: a model trained on less gets what it was trained on. */
  readonly contextTokens: number;
  readonly threads: number;
}

/** What the engine's process is asked. Answers carry the id of the question. */
export type EngineRequest =
  | {
      readonly type: "generate";
      readonly id: number;
      readonly source: ModelSource;
      readonly messages: readonly Message[];
      readonly options: GenerationOptions;
    }
  | { readonly type: "load"; readonly id: number; readonly source: ModelSource }
  | { readonly type: "count"; readonly id: number; readonly source: ModelSource; readonly text: string }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "unload"; readonly id: number };

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

export type EngineFault = "file_missing" | "load_failed" | "prompt_too_large" | "failed";

export type EngineReply =
  | { readonly type: "text"; readonly id: number; readonly text: string }
  | { readonly type: "generated"; readonly id: number; readonly result: EngineResult }
  | { readonly type: "loaded"; readonly id: number; readonly contextTokens: number }
  | { readonly type: "counted"; readonly id: number; readonly tokens: number }
  | { readonly type: "unloaded"; readonly id: number }
  | { readonly type: "cancelled"; readonly id: number }
  | { readonly type: "fault"; readonly id: number; readonly fault: EngineFault; readonly message: string }
  /** Sent whenever what is in memory changes. */
  | { readonly type: "resident"; readonly paths: readonly string[] };
