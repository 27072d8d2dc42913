import type { VersionConfiguration } from "../../shared/contract/registry.ts";
import type { ProbedModel } from "../inference/servers/server-probe.ts";

/** Knows what Ollama servers have. */
export interface ServerCatalog {
  /** What a server has, without loading it; throws when it is away. */
  models(server: string, signal: AbortSignal): Promise<readonly Pick<ProbedModel, "name" | "digest">[]>;
}

/** Knows where the built-in engine's files are. */
export interface FileLocator {
  /** The file of an embedded version; throws where there is none. */
  resolve(configuration: VersionConfiguration): string;
}
