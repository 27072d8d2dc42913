import { v7 as uuid } from "uuid";
import { assignmentId, modelId, versionId, type VersionId } from "../../shared/contract/ids.ts";
import type { Assignment, ModelVersion, RegisterModelInput, UseCase } from "../../shared/contract/registry.ts";
import type { DatabasePool } from "../db/pool.ts";
import { Failure } from "../failure.ts";

export interface ModelRegistryNeeds {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  /** Broadcasts the update; resolves when the services in this process have it. */
  readonly changed: () => Promise<void>;
  /** The content digest of a version about to be registered, or null where nobody can say. Loads nothing. */
  readonly digestOf: (input: RegisterModelInput) => Promise<string | null>;
}

/** Models, their versions, the use cases and which version answers each, with the history of that. */
export class ModelRegistry {
  readonly #needs: ModelRegistryNeeds;

  constructor(needs: ModelRegistryNeeds) {
    this.#needs = needs;
  }

  versions(): Promise<ModelVersion[]> {
    return this.#needs.database.read("listVersions");
  }

  useCases(): Promise<UseCase[]> {
    return this.#needs.database.read("listUseCases");
  }

  history(useCase: string): Promise<Assignment[]> {
    return this.#needs.database.read("assignmentHistory", { useCase });
  }

  /** The version that answers a use case now, read from the database; null when none is assigned. */
  async getCurrentModel(useCase: string): Promise<ModelVersion | null> {
    const found = (await this.useCases()).find(({ name }) => name === useCase);
    if (!found)
      throw new Failure("NOT_FOUND", `There is no use case ${useCase}.`, {
        field: "useCase",
        value: useCase,
        remedy: "List the use cases and use one of their names.",
      });
    if (!found.assignment) return null;
    const { versionId: id } = found.assignment;
    return (await this.versions()).find((version) => version.id === id) ?? null;
  }

  /** Registers a model or a further version of one and, when a use case is named, assigns it, as one fact. */
  async registerModel(input: RegisterModelInput, by: string): Promise<ModelVersion> {
    refuseIncompleteConfiguration(input);
    const registered = await this.#needs.database.write("registerVersion", {
      ...input,
      modelId: modelId.parse(uuid()),
      versionId: versionId.parse(uuid()),
      assignmentId: assignmentId.parse(uuid()),
      digest: await this.#needs.digestOf(input),
      atMs: this.#needs.nowMs(),
      by,
    });
    await this.#needs.changed();
    return registered;
  }

  async assign(
    input: { useCase: string; versionId: VersionId; reason?: string | undefined },
    by: string,
  ): Promise<Assignment> {
    const assigned = await this.#needs.database.write("assign", {
      useCase: input.useCase,
      versionId: input.versionId,
      assignmentId: assignmentId.parse(uuid()),
      reason: input.reason ?? null,
      atMs: this.#needs.nowMs(),
      by,
    });
    await this.#needs.changed();
    return assigned;
  }

  async addUseCase(input: { name: string; description: string }): Promise<UseCase> {
    const added = await this.#needs.database.write("addUseCase", { ...input, atMs: this.#needs.nowMs() });
    await this.#needs.changed();
    return added;
  }
}

function refuseIncompleteConfiguration({ provider, configuration }: RegisterModelInput): void {
  const refuse = (field: string, value: string, message: string, remedy: string) =>
    new Failure("BAD_REQUEST", message, { field: `configuration.${field}`, value, remedy });
  if (provider === "embedded") {
    if (configuration.file === undefined)
      throw refuse(
        "file",
        "",
        "The built-in engine needs a model file.",
        "Name a GGUF file in the data directory's models folder, or `starter`.",
      );
    if (/[/\\]|^\.\.?$|\0/.test(configuration.file))
      throw refuse(
        "file",
        configuration.file,
        "A model file is named without a folder.",
        "Put the GGUF file into the data directory's models folder and give its name alone.",
      );
  }
  if (provider === "ollama" && configuration.file !== undefined)
    throw refuse(
      "file",
      configuration.file,
      "A model in Ollama has no file here.",
      "Leave `file` out, or use the provider `embedded`.",
    );
}
