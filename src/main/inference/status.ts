import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { EndpointHealth } from "../../shared/contract/registry.ts";
import type { Resolved } from "../registry/assignments.ts";
import type { Provider } from "./provider.ts";

export interface UseCaseStatusPorts {
  readonly resolve: (useCase: string) => Promise<Resolved | undefined>;
  readonly providerOf: (version: ModelVersion) => Provider;
  /** The health of the server that a version's calls can go to; null where it has none that can be asked. */
  readonly healthOf: (version: ModelVersion) => Promise<EndpointHealth | null>;
  readonly tokensPerSecond: (useCase: string) => number | null;
  readonly runningCount: () => number;
  /** Calls that wait for a place at an endpoint. */
  readonly queuedCount: () => number;
}

/** What answers a use case right now, and whether it can; asking loads nothing. */
export class UseCaseStatus {
  readonly #needs: UseCaseStatusPorts;

  constructor(needs: UseCaseStatusPorts) {
    this.#needs = needs;
  }

  async of(useCase: string) {
    const { resolve, providerOf, healthOf, tokensPerSecond, runningCount, queuedCount } = this.#needs;
    const resolved = await resolve(useCase);
    const version = resolved?.version ?? null;
    const common = {
      tokensPerSecond: tokensPerSecond(useCase),
      running: runningCount(),
      queued: queuedCount(),
      registryStale: resolved?.stale ?? false,
    };
    if (!version) return { ...common, assigned: null, loaded: null, trouble: `No model is assigned to ${useCase}.` };
    const assigned = { model: version.model, version: version.version, provider: version.provider };
    const health = await healthOf(version);
    if (health?.state === "down") return { ...common, assigned, loaded: false, trouble: health.lastError };
    const { model, configuration } = version;
    const at = health === null ? configuration : { ...configuration, endpoint: health.endpoint };
    const loaded = await providerOf(version).isLoaded({ model, configuration: at });
    return { ...common, assigned, loaded, trouble: null };
  }
}
