import type { EndpointHealth, ModelVersion, VersionConfiguration } from "../../shared/contract/registry.ts";
import type { OllamaProbe } from "../inference/providers/ollama/discover.ts";

export interface EndpointsNeeds {
  readonly defaultEndpoint: string;
  readonly versions: () => Promise<readonly ModelVersion[]>;
  readonly probe: (endpoint: string, signal?: AbortSignal) => Promise<OllamaProbe>;
  readonly nowMs: () => number;
  readonly changed: () => void;
}

/** A health reading is good for this long, in milliseconds, where a caller only wants to know roughly. */
const freshMs = 5_000;

/** The model servers we know of: the default one, and those that registered versions name. Asking never loads a model. */
export class Endpoints {
  readonly #needs: EndpointsNeeds;
  readonly #last = new Map<string, EndpointHealth>();

  constructor(needs: EndpointsNeeds) {
    this.#needs = needs;
  }

  /** Asks every server, or the one named, now. One that is down is in the answer, with its error. */
  async check(endpoint: string | undefined, signal?: AbortSignal): Promise<EndpointHealth[]> {
    const versions = (await this.#needs.versions()).filter(({ provider }) => provider === "ollama");
    const bases = endpoint
      ? [baseOf(endpoint)]
      : [this.#needs.defaultEndpoint, ...versions.map((v) => this.baseOf(v.configuration))];
    const unique = [...new Set(bases.filter((base) => base !== null))];
    return Promise.all(unique.map((base) => this.#ask(base, versions, signal)));
  }

  /** The server a version's calls go to, as a base URL; null where its endpoint is a generate URL of its own. */
  baseOf({ endpoint }: VersionConfiguration): string | null {
    return endpoint === undefined ? this.#needs.defaultEndpoint : baseOf(endpoint);
  }

  /** A reading at most a few seconds old. */
  async recent(base: string): Promise<EndpointHealth> {
    const last = this.#last.get(base);
    if (last && this.#needs.nowMs() - last.checkedAtMs < freshMs) return last;
    return this.#ask(base, []);
  }

  async #ask(base: string, versions: readonly ModelVersion[], signal?: AbortSignal): Promise<EndpointHealth> {
    const probe = await this.#needs.probe(base, signal);
    const common = { endpoint: base, checkedAtMs: this.#needs.nowMs() };
    const before = this.#last.get(base);
    const health: EndpointHealth =
      probe.state === "down"
        ? {
            ...common,
            state: "down",
            serverVersion: null,
            latencyMs: null,
            lastError: `${probe.lastError} ${probe.remedy}`,
            models: [],
          }
        : {
            ...common,
            state: "up",
            serverVersion: probe.version,
            latencyMs: probe.latencyMs,
            lastError: null,
            models: probe.models.map((model) => ({
              ...model,
              loaded: probe.loaded.includes(model.name),
              versionId:
                versions.find(
                  (version) =>
                    this.baseOf(version.configuration) === base &&
                    (version.configuration.serverModel ?? version.model) === model.name &&
                    (version.digest === null || version.digest === model.digest),
                )?.id ?? null,
            })),
          };
    this.#last.set(base, health);
    if (before && before.state !== health.state) this.#needs.changed();
    return health;
  }
}

function baseOf(endpoint: string): string | null {
  const { origin, pathname } = new URL(endpoint);
  return pathname === "/" ? origin : null;
}
