import type { EndpointLoad } from "../../shared/contract/inference.ts";
import type { EndpointHealth, ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import type { TaskGroup } from "../base/task-group.ts";
import type { Provider } from "./provider.ts";

/** Knows which version a use case has. */
export interface AssignmentDirectory {
  /** Undefined for a use case that does not exist. */
  resolve(useCase: string): Promise<{ readonly version: ModelVersion | null; readonly stale: boolean } | undefined>;
}

/** Knows how the model servers are. */
export interface HealthReader {
  /** The health of the server that a version's calls can go to; null where it has none that can be asked. */
  healthOf(version: ModelVersion): Promise<EndpointHealth | null>;
}

/** Measures the calls. */
export interface CallTraffic {
  /** Of decoding, in the last finished call of a use case; null before there was one. */
  tokensPerSecond(useCase: string): number | null;
  /** Of every endpoint that was called. */
  load(): readonly Pick<EndpointLoad, "queued">[];
}

export interface UseCaseStatusPorts {
  readonly assignments: AssignmentDirectory;
  readonly providers: Readonly<Record<ProviderName, Provider>>;
  readonly health: HealthReader;
  readonly llm: CallTraffic;
  /** The calls in progress. */
  readonly calls: Pick<TaskGroup, "count">;
}

/** What answers a use case right now, and whether it can; asking loads nothing. */
export class UseCaseStatus {
  readonly #ports: UseCaseStatusPorts;

  constructor(ports: UseCaseStatusPorts) {
    this.#ports = ports;
  }

  async of(useCase: string) {
    const { assignments, providers, health: servers, llm, calls } = this.#ports;
    const resolved = await assignments.resolve(useCase);
    const version = resolved?.version ?? null;
    const common = {
      tokensPerSecond: llm.tokensPerSecond(useCase),
      running: calls.count,
      queued: llm.load().reduce((total, { queued }) => total + queued, 0),
      registryStale: resolved?.stale ?? false,
    };
    if (!version) return { ...common, assigned: null, loaded: null, trouble: `No model is assigned to ${useCase}.` };
    const assigned = { model: version.model, version: version.version, provider: version.provider };
    const health = await servers.healthOf(version);
    if (health?.state === "down") return { ...common, assigned, loaded: false, trouble: health.lastError };
    const { model, configuration } = version;
    const at = health === null ? configuration : { ...configuration, endpoint: health.endpoint };
    const loaded = await providers[version.provider].isLoaded({ model, configuration: at });
    return { ...common, assigned, loaded, trouble: null };
  }
}
