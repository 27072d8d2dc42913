import type { VersionId } from "../../shared/contract/ids.ts";
import type { EndpointLoad } from "../../shared/contract/inference.ts";
import type { EndpointHealth, ModelVersion, ProviderName } from "../../shared/contract/registry.ts";
import type { TaskGroup } from "../base/task-group.ts";
import type { Provider } from "./provider.ts";

interface ResolvedChain {
  readonly version: ModelVersion | null;
  readonly fallbacks: readonly ModelVersion[];
  readonly stale: boolean;
}

/** Knows which version a use case has. */
export interface AssignmentDirectory {
  /** Undefined for a use case that does not exist. */
  resolve(useCase: string): Promise<ResolvedChain | undefined>;
}

/** Knows how the model servers are. */
export interface HealthReader {
  /** The health of the server that a version's calls can go to; null where it has none that can be asked. */
  healthOf(version: ModelVersion): Promise<EndpointHealth | null>;
}

export interface LastFallback {
  /** The version that the use case had then. */
  readonly insteadOf: VersionId;
  readonly answeredBy: VersionId;
  readonly because: string;
}

/** Measures the calls. */
export interface CallTraffic {
  /** Of decoding, in the last finished call of a use case; null before there was one. */
  tokensPerSecond(useCase: string): number | null;
  /** Whether a fallback answered the last finished call of a use case, and why the version before it did not; null where none did. */
  lastFallback(useCase: string): LastFallback | null;
  /** Of every endpoint that was called. */
  load(): readonly Pick<EndpointLoad, "queued">[];
}

interface Fallback {
  readonly model: string;
  readonly version: string;
  readonly because: string;
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
    const { assignments, providers, llm, calls } = this.#ports;
    const resolved = await assignments.resolve(useCase);
    const version = resolved?.version ?? null;
    const common = {
      tokensPerSecond: llm.tokensPerSecond(useCase),
      running: calls.count,
      queued: llm.load().reduce((total, { queued }) => total + queued, 0),
      registryStale: resolved?.stale ?? false,
      fallback: null,
    };
    if (!resolved || !version)
      return { ...common, assigned: null, loaded: null, trouble: `No model is assigned to ${useCase}.` };
    const assigned = { model: version.model, version: version.version, provider: version.provider };
    const { health, why } = await this.#troubleOf(version);
    if (why !== null) {
      const fallback = await this.#nextOf(resolved.fallbacks, why);
      return { ...common, assigned, loaded: false, fallback, trouble: fallback === null ? why : null };
    }
    const { model, configuration } = version;
    const at = health === null ? configuration : { ...configuration, endpoint: health.endpoint };
    const loaded = await providers[version.provider].isLoaded({ model, configuration: at });
    return { ...common, assigned, loaded, fallback: this.#lastOf(useCase, version, resolved.fallbacks), trouble: null };
  }

  /** Why a version cannot answer, as far as its server tells; null where nothing is known against it. */
  async #troubleOf(version: ModelVersion): Promise<{ health: EndpointHealth | null; why: string | null }> {
    const health = await this.#ports.health.healthOf(version);
    const why = health?.state === "down" ? (health.lastError ?? `${health.endpoint} does not answer.`) : null;
    return { health, why };
  }

  /** The first of the fallbacks whose server answers. */
  async #nextOf(fallbacks: readonly ModelVersion[], because: string): Promise<Fallback | null> {
    for (const each of fallbacks)
      if ((await this.#troubleOf(each)).why === null) return { model: each.model, version: each.version, because };
    return null;
  }

  /** Its server answers and it does not, as when its model is missing there: what the last call found out. */
  #lastOf(useCase: string, { id }: ModelVersion, fallbacks: readonly ModelVersion[]): Fallback | null {
    const last = this.#ports.llm.lastFallback(useCase);
    if (last?.insteadOf !== id) return null;
    const by = fallbacks.find((fallback) => fallback.id === last.answeredBy);
    return by === undefined ? null : { model: by.model, version: by.version, because: last.because };
  }
}
