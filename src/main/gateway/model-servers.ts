import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { GgufFile, ModelDetails } from "../../shared/contract/servers.ts";
import type { ModelServers } from "../inference/servers/model-servers.ts";
import type { AnswerPorts } from "./needs.ts";

export interface ModelServersPorts {
  readonly serverOf: (version: ModelVersion) => string | null;
  readonly servers: Pick<ModelServers, "show" | "running" | "unload">;
  /** Resolves when the version is in memory, for as long as its `keepAlive`. Rejects where it cannot be. */
  readonly load: (version: ModelVersion, signal: AbortSignal) => Promise<void>;
  /** Told of a server after that. */
  readonly loaded: (endpoint: string) => void;
  readonly inspectFile: (file: { path: string; contextTokens?: number | undefined }) => Promise<GgufFile>;
  /** Gives back the built-in engine's memory. */
  readonly unloadEngine: () => Promise<unknown>;
}

/** The servers behind the versions, each called in its provider's own way; one that does not support an operation is skipped. */
export function behindVersions(
  needs: ModelServersPorts,
): Pick<AnswerPorts, "describe" | "setResidency" | "serverOf" | "runningAt"> {
  const { servers, serverOf } = needs;
  return {
    serverOf,
    describe: async (version, signal) => {
      const { provider, configuration } = version;
      if (provider === "embedded") {
        const { file = "starter", contextTokens } = configuration;
        return fromFile(await unlessStopped(needs.inspectFile({ path: file, contextTokens }), signal));
      }
      const on = provider === "ollama" ? onServer(version) : null;
      return on && servers.show(on, signal);
    },
    setResidency: async (version, keepAliveSeconds, signal) => {
      const letGo = keepAliveSeconds === 0;
      if (version.provider === "embedded") {
        // It loads with the first call, and is shared: one version is not loaded ahead of the others.
        if (letGo) await unlessStopped(needs.unloadEngine(), signal);
        return;
      }
      const on = version.provider === "ollama" ? onServer(version) : null;
      if (!on) return;
      if (letGo) return servers.unload(on, signal);
      // As its calls will ask for it: for another window the server would load it again.
      await needs.load(keptFor(version, keepAliveSeconds), signal);
      needs.loaded(on.endpoint);
    },
    runningAt: (endpoint, signal) => servers.running({ endpoint }, signal),
  };

  function onServer(version: ModelVersion) {
    const endpoint = serverOf(version);
    return endpoint === null ? null : { endpoint, model: version.configuration.serverModel ?? version.model };
  }
}

/** What work gives, or the signal's reason as soon as it aborts: the engine does one thing after the other, and may be long at it. */
async function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function keptFor(version: ModelVersion, keepAlive: number | undefined): ModelVersion {
  if (keepAlive === undefined) return version;
  const { configuration } = version;
  return { ...version, configuration: { ...configuration, options: { ...configuration.options, keepAlive } } };
}

function fromFile(file: GgufFile): ModelDetails {
  const { name, sizeBytes, architecture, parameters, quantization, contextTokens, license } = file;
  return {
    name: name ?? "",
    digest: null,
    sizeBytes,
    modifiedAtMs: null,
    format: "gguf",
    family: architecture,
    parameters,
    quantization,
    contextTokens,
    embeddingLength: null,
    capabilities: ["completion"],
    options: null,
    template: null,
    system: null,
    license,
    modelfile: null,
  };
}
