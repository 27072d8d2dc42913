import type { VersionId } from "../../../shared/contract/ids.ts";
import type { ModelVersion, UseCase } from "../../../shared/contract/registry.ts";
import type { NameDirectory } from "../../gateway/routes/names.ts";
import type { Assignments } from "../../registry/assignments.ts";
import type { ModelRegistry } from "../../registry/model-registry.ts";

/** More than any registry has: programs are sent all model names at once. */
const everyVersion = 100_000;

/** The names that programs may use: use cases from memory, versions from the registry. */
export class GatewayNames implements NameDirectory {
  readonly #assignments: Assignments;
  readonly #registry: ModelRegistry;

  constructor(assignments: Assignments, registry: ModelRegistry) {
    this.#assignments = assignments;
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
    return this.#registry.version(id);
  }

  find(name: string): Promise<ModelVersion> {
    return this.#registry.find(name);
  }
}
