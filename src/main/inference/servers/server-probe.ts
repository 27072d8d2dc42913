/** A model a server has; null where the server does not say. */
export interface ProbedModel {
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string | null;
  readonly sizeBytes: number | null;
  readonly parameters: string | null;
  readonly quantization: string | null;
  readonly loaded: boolean | null;
}

/** What a server said when it was asked what it is and has. One that is down is an answer, not an error. */
export type ServerProbe =
  | {
      readonly state: "up";
      /** Of the first answer, connecting included. */
      readonly latencyMs: number;
      /** What answers there, such as `Ollama`, `llama.cpp`, `LM Studio`, `vLLM`, `LiteLLM`. */
      readonly server: string | null;
      readonly version: string | null;
      readonly models: readonly ProbedModel[];
    }
  | { readonly state: "down"; readonly lastError: string; readonly remedy: string };
