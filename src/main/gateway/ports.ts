import type { CallTarget, GenerationOptions, InferenceEvent, Message } from "../../shared/contract/inference.ts";
import type { EndpointHealth, ModelVersion } from "../../shared/contract/registry.ts";
import type { ModelDetails, RunningModel } from "../../shared/contract/servers.ts";
import type { EmbedCall } from "../inference/call/embedding-call.ts";
import type { Embeddings } from "../inference/provider.ts";
import type { NameDirectory } from "./routes/names.ts";

/** One guarded, logged call for a program. */
export interface GatewayTextCall {
  readonly target: CallTarget;
  /** `gateway: ` and the program's name. */
  readonly caller: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly sessionKey?: string | undefined;
}

/** The models that answer programs. */
export interface GatewayModels {
  /** One guarded, logged call from messages as they are. */
  chat(call: GatewayTextCall, signal: AbortSignal): AsyncIterable<InferenceEvent>;
  /** One vector a text. */
  embed(call: EmbedCall, signal: AbortSignal): Promise<Embeddings>;
}

/** What runs the versions: model servers, and the built-in engine. */
export interface VersionHosts {
  /** What the version's server says of its model; null where it cannot say. */
  describe(version: ModelVersion, signal: AbortSignal): Promise<ModelDetails | null>;
  /** Brings the model into memory for so many seconds (-1 for ever, undefined as its server likes), or with 0 out of it. */
  setResidency(version: ModelVersion, keepAliveSeconds: number | undefined, signal: AbortSignal): Promise<void>;
  /** The server a version is on; null for the built-in engine. */
  serverOf(version: ModelVersion): string | null;
  /** The models a server has in memory. Rejects where it cannot answer. */
  runningAt(server: string, signal: AbortSignal): Promise<readonly RunningModel[]>;
}

/** Knows how the versions' servers are. */
export interface ServerHealth {
  /** A reading of the version's server at most some seconds old; null where it has none. */
  healthOf(version: ModelVersion, signal: AbortSignal): Promise<EndpointHealth | null>;
}

/** What the answers of both APIs are made from. */
export interface AnswerPorts {
  readonly names: NameDirectory;
  readonly models: GatewayModels;
  readonly hosts: VersionHosts;
  readonly health: ServerHealth;
  readonly nowMs: () => number;
}
