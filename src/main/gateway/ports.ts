import type { Readable } from "node:stream";
import type { CallTarget, GenerationOptions, InferenceEvent, Message } from "../../shared/contract/inference.ts";
import type { EndpointHealth, ModelVersion } from "../../shared/contract/registry.ts";
import type { ModelDetails, RunningModel } from "../../shared/contract/servers.ts";
import type { EmbedCall } from "../inference/call/embedding-call.ts";
import type { Embeddings } from "../inference/provider.ts";
import type { NameDirectory } from "./routes/names.ts";
import type { GatewaySettings } from "./settings.ts";

/** One guarded, logged call for a program. */
export interface GatewayTextCall {
  readonly target: CallTarget;
  /** `gateway: ` and the program's name. */
  readonly caller: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly sessionKey?: string | undefined;
  /** What stands in place of a text that is held back; what the guardrails give where it is absent. */
  readonly heldText?: (held: { readonly reason: string; readonly fallback: string }) => string;
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

/** One step of long work on a model. */
export interface LibraryProgress {
  readonly status: string;
  /** Null where the step is not counted in bytes. */
  readonly bytes: { readonly done: number; readonly total: number } | null;
}

/** What can be done to a server's models beside the two forms of long work. */
export interface ModelRecipe {
  readonly [field: string]: unknown;
}

/**
 * The models of the Ollama server that versions without an address of their own are on. Throws `Failure`: NOT_FOUND for a model it
 * does not have, CONFLICT for one that versions are pinned to, BAD_REQUEST for what it cannot do so, else UNAVAILABLE.
 */
export interface ModelLibrary {
  /** Goes on when nobody reads its progress any more. */
  pull(model: string, signal: AbortSignal): AsyncIterable<LibraryProgress>;
  /** Makes a model of another one or of blobs that the server has; `recipe` is the body of Ollama's `/api/create` without names. */
  create(model: string, recipe: ModelRecipe, signal: AbortSignal): AsyncIterable<LibraryProgress>;
  copy(model: string, to: string, signal: AbortSignal): Promise<void>;
  remove(model: string, signal: AbortSignal): Promise<void>;
  hasBlob(digest: string, signal: AbortSignal): Promise<boolean>;
  /** `bytes` is how many there will be; null where that is not known. */
  putBlob(digest: string, content: Readable, bytes: number | null, signal: AbortSignal): Promise<void>;
}

/** What the answers of all APIs are made from. */
export interface AnswerPorts {
  readonly names: NameDirectory;
  readonly models: GatewayModels;
  readonly hosts: VersionHosts;
  readonly health: ServerHealth;
  readonly library: ModelLibrary;
  readonly settings: () => Pick<GatewaySettings, "managesModels" | "heldSentence">;
  readonly nowMs: () => number;
}
