import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { GgufFile, ModelDetails, ServerJob } from "../../shared/contract/servers.ts";
import { Failure } from "../failure.ts";
import type { ModelServers } from "../inference/servers/model-servers.ts";
import type { AnswerNeeds } from "./needs.ts";

export interface ModelServersNeeds {
  readonly serverOf: (version: ModelVersion) => string | null;
  readonly servers: Pick<ModelServers, "show" | "running" | "load" | "unload" | "jobs">;
  readonly inspectFile: (file: { path: string; contextTokens?: number | undefined }) => Promise<GgufFile>;
  /** Gives back the built-in engine's memory. */
  readonly unloadEngine: () => Promise<unknown>;
}

/** What stands behind a version, asked in its provider's own way; a server that cannot say or do a thing is passed over. */
export function behindVersions(
  needs: ModelServersNeeds,
): Pick<AnswerNeeds, "describe" | "setResidency" | "serverOf" | "runningAt"> {
  const { servers, serverOf } = needs;
  return {
    serverOf,
    describe: async (version, signal) => {
      const { provider, configuration } = version;
      if (provider === "embedded") {
        const { file = "starter", contextTokens } = configuration;
        return fromFile(await needs.inspectFile({ path: file, contextTokens }));
      }
      const on = provider === "ollama" ? onServer(version) : null;
      return on && servers.show(on, signal);
    },
    setResidency: async (version, keepAliveSeconds, signal) => {
      const letGo = keepAliveSeconds === 0;
      if (version.provider === "embedded") {
        // It loads with the first call, and is shared: one version is not loaded ahead of the others.
        if (letGo) await needs.unloadEngine();
        return;
      }
      const on = version.provider === "ollama" ? onServer(version) : null;
      if (!on) return;
      if (letGo) await servers.unload(on, signal);
      else await settled(servers.load(on), signal);
    },
    runningAt: (endpoint, signal) => servers.running({ endpoint }, signal),
  };

  function onServer(version: ModelVersion) {
    const endpoint = serverOf(version);
    return endpoint === null ? null : { endpoint, model: version.configuration.serverModel ?? version.model };
  }

  /** Waits for the job; it goes on for whoever else waits when this program leaves. */
  async function settled(started: ServerJob, signal: AbortSignal): Promise<void> {
    for await (const { jobs } of servers.jobs(signal)) {
      const job = jobs.find(({ id }) => id === started.id);
      if (job?.state === "running") continue;
      if (job?.error) throw new Failure("UNAVAILABLE", job.error.message, { remedy: job.error.remedy });
      return;
    }
    signal.throwIfAborted();
  }
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
