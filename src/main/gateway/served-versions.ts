import type { ModelVersion, VersionConfiguration } from "../../shared/contract/registry.ts";
import type { ModelDetails, RunningModel } from "../../shared/contract/servers.ts";
import type { ModelServers } from "../inference/servers/model-servers.ts";
import type { GgufHeader } from "../inference/local-models/gguf-header.ts";
import { detailsFromHeader } from "./file-details.ts";
import type { VersionHosts } from "./ports.ts";
import { raceAbort } from "../base/race-abort.ts";

/** The server behind a version. */
export interface ServerDirectory {
  /** The first of a version's servers, as a base URL; null for the built-in engine. */
  primaryServerOf(version: ModelVersion): string | null;
}

/** Brings versions into memory. */
export interface VersionLoader {
  /** Resolves when the version is in memory, for as long as its `keepAlive` says. Rejects where it cannot be. */
  load(version: ModelVersion, signal: AbortSignal): Promise<void>;
}

/** The built-in engine and its files. */
export interface EngineFiles {
  /** What a version's file says of itself. */
  header(configuration: VersionConfiguration): Promise<GgufHeader>;
  /** Gives back the engine's memory. */
  unloadEngine(): Promise<unknown>;
}

/** Reads again how a server is. */
export interface HealthChecks {
  check(server: { endpoint: string; provider: "ollama" }): Promise<unknown>;
}

export interface ServedVersionsPorts {
  readonly directory: ServerDirectory;
  readonly servers: Pick<ModelServers, "show" | "running" | "unload">;
  readonly loader: VersionLoader;
  readonly engine: EngineFiles;
  readonly health: HealthChecks;
}

/** The versions on their servers, each asked in its provider's own way; what a server cannot say or do is skipped. */
export class ServedVersions implements VersionHosts {
  readonly #ports: ServedVersionsPorts;

  constructor(ports: ServedVersionsPorts) {
    this.#ports = ports;
  }

  serverOf(version: ModelVersion): string | null {
    return this.#ports.directory.primaryServerOf(version);
  }

  async describe(version: ModelVersion, signal: AbortSignal): Promise<ModelDetails | null> {
    const { provider, configuration } = version;
    if (provider === "embedded")
      return detailsFromHeader(await raceAbort(this.#ports.engine.header(configuration), signal));
    const on = provider === "ollama" ? this.#onServer(version) : null;
    return on && this.#ports.servers.show(on, signal);
  }

  async setResidency(version: ModelVersion, keepAliveSeconds: number | undefined, signal: AbortSignal): Promise<void> {
    const { servers, loader, engine, health } = this.#ports;
    const unloads = keepAliveSeconds === 0;
    if (version.provider === "embedded") {
      // It loads with the first call, and is shared: one version is not loaded ahead of the others.
      if (unloads) await raceAbort(engine.unloadEngine(), signal);
      return;
    }
    const on = version.provider === "ollama" ? this.#onServer(version) : null;
    if (!on) return;
    if (unloads) return servers.unload(on, signal);
    // As its calls will ask for it: for another window the server would load it again.
    await loader.load(keptFor(version, keepAliveSeconds), signal);
    void health.check({ endpoint: on.endpoint, provider: "ollama" }).catch(() => {}); // closing
  }

  runningAt(endpoint: string, signal: AbortSignal): Promise<readonly RunningModel[]> {
    return this.#ports.servers.running({ endpoint }, signal);
  }

  #onServer(version: ModelVersion) {
    const endpoint = this.serverOf(version);
    return endpoint === null ? null : { endpoint, model: version.configuration.serverModel ?? version.model };
  }
}

function keptFor(version: ModelVersion, keepAlive: number | undefined): ModelVersion {
  if (keepAlive === undefined) return version;
  const { configuration } = version;
  return { ...version, configuration: { ...configuration, options: { ...configuration.options, keepAlive } } };
}
