import type { VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { VersionDirectory } from "../inference/ports.ts";
import type { Assignments, Resolved } from "./assignments.ts";
import type { ModelRegistry } from "./model-registry.ts";

/** The versions as calls use them: by use case from memory, by id from the registry. */
export class LiveVersions implements VersionDirectory {
  readonly #assignments: Assignments;
  readonly #registry: ModelRegistry;
  readonly #limitsKnown: Promise<void>;

  /** No version is given before `limitsKnown` resolves, from when on it is known how many calls at once a server takes. */
  constructor(assignments: Assignments, registry: ModelRegistry, limitsKnown: Promise<void>) {
    this.#assignments = assignments;
    this.#registry = registry;
    this.#limitsKnown = limitsKnown;
  }

  resolve(useCase: string): Promise<Resolved | undefined> {
    return this.#assignments.resolve(useCase);
  }

  async version(id: VersionId): Promise<ModelVersion> {
    await this.#limitsKnown;
    return this.#registry.version(id);
  }
}
