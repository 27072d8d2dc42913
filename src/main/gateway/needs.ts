import type { CallTarget, GenerationOptions, InferenceEvent, Message } from "../../shared/contract/inference.ts";
import type { EndpointHealth, ModelVersion } from "../../shared/contract/registry.ts";
import type { ModelDetails, RunningModel } from "../../shared/contract/servers.ts";
import type { EmbedCall } from "../inference/call/embedding-call.ts";
import type { Embeddings } from "../inference/provider.ts";
import type { NamesPorts } from "./routes/names.ts";

/** One guarded, logged call for a program. */
export interface GatewayTextCall {
  readonly target: CallTarget;
  /** `gateway: ` and the program's name. */
  readonly caller: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly sessionKey?: string | undefined;
}

/** What the answers of both APIs are made from. */
export interface AnswerPorts extends NamesPorts {
  readonly generateText: (call: GatewayTextCall, signal: AbortSignal) => AsyncIterable<InferenceEvent>;
  /** One vector a text. */
  readonly embed: (call: EmbedCall, signal: AbortSignal) => Promise<Embeddings>;
  /** What the version's server reports of its model; null where it cannot. */
  readonly describe: (version: ModelVersion, signal: AbortSignal) => Promise<ModelDetails | null>;
  /** Brings the model into memory for so many seconds (-1 for ever, undefined as its server likes), or with 0 out of it. */
  readonly setResidency: (
    version: ModelVersion,
    keepAliveSeconds: number | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
  /** The server a version is on; null for the built-in engine. */
  readonly serverOf: (version: ModelVersion) => string | null;
  /** A reading of the version's server at most some seconds old; null where it has none. */
  readonly healthOf: (version: ModelVersion, signal: AbortSignal) => Promise<EndpointHealth | null>;
  /** The models a server has in memory. Rejects where it cannot answer. */
  readonly runningAt: (server: string, signal: AbortSignal) => Promise<readonly RunningModel[]>;
  readonly nowMs: () => number;
}
