import type { VersionId } from "../../../shared/contract/ids.ts";
import type { ModelVersion, UseCase } from "../../../shared/contract/registry.ts";
import type { NameDirectory } from "../../gateway/routes/names.ts";
import type { Assignments } from "../../registry/assignments.ts";
import type { KnownVersions } from "../../registry/known-versions.ts";
import type { ModelRegistry } from "../../registry/model-registry.ts";

/** More than any registry has: programs are sent all model names at once. */
const everyVersion = 100_000;

/** The names that programs may use: one at a time from memory, all of them from the registry. */
export class GatewayNames implements NameDirectory {
  readonly #assignments: Assignments;
  readonly #versions: KnownVersions;
  readonly #registry: ModelRegistry;

  constructor(assignments: Assignments, versions: KnownVersions, registry: ModelRegistry) {
    this.#assignments = assignments;
    this.#versions = versions;
    this.#registry = registry;
  }

  async hasUseCase(name: string): Promise<boolean> {
    return (await this.#assignments.resolve(name)) !== undefined;
  }

  useCases(): Promise<UseCase[]> {
    return this.#registry.useCases();
  }

  async versions(): Promise<ModelVersion[]> {
    return (await this.#registry.versions({ limit: everyVersion })).items;
  }

  version(id: VersionId): Promise<ModelVersion> {
    return this.#versions.version(id);
  }

  find(name: string): Promise<ModelVersion> {
    return this.#versions.find(name);
  }
}
