import type { VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { VersionDirectory } from "../inference/ports.ts";
import type { Assignments, Resolved } from "./assignments.ts";
import type { KnownVersions } from "./known-versions.ts";

/** The versions as calls use them, from memory: by use case, and by id. */
export class LiveVersions implements VersionDirectory {
  readonly #assignments: Assignments;
  readonly #versions: Pick<KnownVersions, "version">;
  readonly #limitsKnown: Promise<void>;

  /** No version is given before `limitsKnown` resolves, from when on it is known how many calls at once a server takes. */
  constructor(assignments: Assignments, versions: Pick<KnownVersions, "version">, limitsKnown: Promise<void>) {
    this.#assignments = assignments;
    this.#versions = versions;
    this.#limitsKnown = limitsKnown;
  }

  resolve(useCase: string): Promise<Resolved | undefined> {
    return this.#assignments.resolve(useCase);
  }

  async version(id: VersionId): Promise<ModelVersion> {
    await this.#limitsKnown;
    return this.#versions.version(id);
  }
}
