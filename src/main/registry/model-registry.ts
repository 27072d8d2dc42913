import type { Actor } from "../../shared/contract/actor.ts";
import { v7 as uuid } from "uuid";
import { assignmentId, modelId, versionId, type AssignmentId, type VersionId } from "../../shared/contract/ids.ts";
import type { GenerationOptions } from "../../shared/contract/inference.ts";
import type {
  Assignment,
  ModelVersion,
  PerformanceSlice,
  RegisterModelInput,
  RegistryDocument,
  UseCase,
  VersionCall,
  VersionFilter,
  VersionStatus,
} from "../../shared/contract/registry.ts";
import { directUseCase } from "../../shared/contract/inference.ts";
import type { DatabasePool } from "../db/pool.ts";
import { Failure } from "../base/failure.ts";
import type { StarterRegistry } from "../inference/local-models/starter/starter-model.ts";
import type { CandidateVersions } from "../rollouts/ports.ts";
import type { SuiteVersions } from "../suites/test-suites.ts";
import type { Addresses } from "./addresses.ts";
import { refuseUnusable } from "./configuration.ts";
import { refuseBrokenDocument } from "./document.ts";
import type { DigestWatch } from "./drift.ts";
import type { RegistryUpdates } from "./registry-updates.ts";

/** Computes what a new version is pinned to. */
export interface VersionPinning {
  /** The content digest of a version about to be registered, or null where no server can answer. Loads nothing. Throws the signal's reason. */
  digestOf(input: RegisterModelInput, signal: AbortSignal): Promise<string | null>;
}

export interface ModelRegistryPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  readonly updates: Pick<RegistryUpdates, "publish">;
  readonly pinning: VersionPinning;
  readonly digests: Pick<DigestWatch, "digestNow">;
  readonly addresses: Addresses;
}

const never = new AbortController().signal;

/** Models, their versions, the use cases and which version answers each, with the history of that. */
export class ModelRegistry implements StarterRegistry, SuiteVersions, CandidateVersions {
  readonly #ports: ModelRegistryPorts;

  constructor(ports: ModelRegistryPorts) {
    this.#ports = ports;
  }

  versions(
    page: VersionFilter & { cursor?: string | undefined; limit?: number | undefined } = {},
  ): Promise<{ items: ModelVersion[]; nextCursor: string | null; total: number }> {
    return this.#ports.database.read("listVersions", { ...page, limit: page.limit ?? 200 });
  }

  /** Throws `Failure` NOT_FOUND. */
  version(id: VersionId): Promise<ModelVersion> {
    return this.#ports.database.read("getVersion", { versionId: id });
  }

  /** `model@version`, `model@alias`, or a model alone for its newest version that is not retired; NOT_FOUND lists the names there are. */
  find(name: string): Promise<ModelVersion> {
    return this.#ports.database.read("findVersion", { name });
  }

  /** The newest version with a content digest; null where none has it. */
  versionWithDigest(digest: string): Promise<ModelVersion | null> {
    return this.#ports.database.read("versionWithDigest", { digest });
  }

  performance(span: { versionId: VersionId; sinceMs: number; sliceMs: number }): Promise<PerformanceSlice[]> {
    return this.#ports.database.read("versionPerformance", span);
  }

  /** The latest calls that a version was sent, newest first, whoever answered. */
  calls(input: { versionId: VersionId; limit: number }): Promise<VersionCall[]> {
    return this.#ports.database.read("versionCalls", input);
  }

  useCases(): Promise<UseCase[]> {
    return this.#ports.database.read("listUseCases");
  }

  history(useCase: string): Promise<Assignment[]> {
    return this.#ports.database.read("assignmentHistory", { useCase });
  }

  /** Throws `Failure` BAD_REQUEST when the span ends before it begins. */
  async timeline({ sinceMs, untilMs }: { sinceMs: number; untilMs?: number | undefined }): Promise<Assignment[]> {
    if (untilMs !== undefined && untilMs < sinceMs)
      throw new Failure("BAD_REQUEST", "The time ends before it begins.", {
        field: "untilMs",
        value: String(untilMs),
        remedy: `Give ${sinceMs} or later, or leave it out.`,
      });
    return this.#ports.database.read("assignmentTimeline", { sinceMs, untilMs: untilMs ?? null });
  }

  /** The version that answers a use case now, read from the database; null when none is assigned. */
  async getCurrentModel(useCase: string): Promise<ModelVersion | null> {
    const live = await this.#ports.database.read("liveAssignments");
    const found = live.find((assignment) => assignment.useCase === useCase);
    if (!found)
      throw new Failure("NOT_FOUND", `There is no use case ${useCase}.`, {
        field: "useCase",
        value: useCase,
        remedy: `Use one of ${live.map((assignment) => assignment.useCase).join(", ")}.`,
      });
    return found.version;
  }

  /**
   * Registers a model or a further version of one and, when a use case is named, assigns it, as one fact. Throws the signal's
   * reason, and registers nothing, where that aborts while a file is read to pin it.
   */
  async registerModel(input: RegisterModelInput, by: Actor, signal: AbortSignal = never): Promise<ModelVersion> {
    refuseUnusable(input.provider, input.configuration);
    const digest = await this.#ports.pinning.digestOf(input, signal);
    signal.throwIfAborted();
    return this.#notifyChanged(
      await this.#ports.database.write("registerVersion", {
        ...input,
        modelId: modelId.parse(uuid()),
        versionId: versionId.parse(uuid()),
        assignmentId: assignmentId.parse(uuid()),
        digest,
        servers: this.#ports.addresses.serversOf(input.provider, input.configuration),
        atMs: this.#ports.nowMs(),
        by,
      }),
    );
  }

  /** Changes tags, aliases and note; what is left out stays. An alias moves here from a sibling. */
  async annotate(input: {
    versionId: VersionId;
    tags?: readonly string[] | undefined;
    aliases?: readonly string[] | undefined;
    note?: string | undefined;
  }): Promise<ModelVersion> {
    return this.#notifyChanged(await this.#ports.database.write("annotate", input));
  }

  /** CONFLICT while it answers a use case, and for `retired` also while it is a fallback. */
  async setStatus(input: { versionId: VersionId; status: Exclude<VersionStatus, "active"> }): Promise<ModelVersion> {
    return this.#notifyChanged(await this.#ports.database.write("setStatus", input));
  }

  /** Throws CONFLICT, which lists what refers to the version; a model is removed with its last version. */
  async removeVersion(id: VersionId): Promise<void> {
    const checkedAtMs = this.#ports.nowMs();
    await this.#ports.database.read("refuseReferred", { versionId: id });
    await this.#notifyChanged(await this.#ports.database.write("removeVersion", { versionId: id, checkedAtMs }));
  }

  /** What is left out of fallbacks and defaults stays as the live assignment has it. */
  async assign(
    input: {
      useCase: string;
      versionId: VersionId;
      fallbacks?: readonly VersionId[] | undefined;
      defaults?: GenerationOptions | undefined;
      reason?: string | undefined;
    },
    by: Actor,
  ): Promise<Assignment> {
    return this.#notifyChanged(
      await this.#ports.database.write("assign", {
        ...input,
        assignmentId: assignmentId.parse(uuid()),
        reason: input.reason ?? null,
        atMs: this.#ports.nowMs(),
        by,
      }),
    );
  }

  /** Makes an earlier assignment live again as a new one; without its id, the one before the live one. */
  async undoAssignment(
    input: { useCase: string; assignmentId?: AssignmentId | undefined; reason?: string | undefined },
    by: Actor,
  ): Promise<Assignment> {
    return this.#notifyChanged(
      await this.#ports.database.write("undoAssignment", {
        ...input,
        newId: assignmentId.parse(uuid()),
        reason: input.reason ?? null,
        atMs: this.#ports.nowMs(),
        by,
      }),
    );
  }

  async addUseCase(input: { name: string; description: string }): Promise<UseCase> {
    if (input.name === directUseCase)
      throw new Failure("CONFLICT", `Calls of a version itself are logged under ${directUseCase}.`, {
        field: "name",
        value: input.name,
        remedy: "Choose another name.",
      });
    return this.#notifyChanged(await this.#ports.database.write("addUseCase", { ...input, atMs: this.#ports.nowMs() }));
  }

  /** CONFLICT for one that something was ever assigned to or logged under, and for Taleward's own five. */
  async removeUseCase(useCase: string): Promise<void> {
    await this.#notifyChanged(await this.#ports.database.write("removeUseCase", { useCase }));
  }

  /** The versions whose name on its server, or whose file, now holds something else; retired ones are left out. */
  drifts(): Promise<ModelVersion[]> {
    return this.#ports.database.read("driftedVersions");
  }

  /** Registers what a drifted version's name stands for now, as its replacement in all use cases and fallbacks, in one transaction. */
  async acceptDrift(
    input: { versionId: VersionId; version: string; reason?: string | undefined },
    by: Actor,
  ): Promise<ModelVersion> {
    const old = await this.version(input.versionId);
    return this.#notifyChanged(
      await this.#ports.database.write("acceptDrift", {
        versionId: old.id,
        newVersionId: versionId.parse(uuid()),
        version: input.version,
        digest: old.drift ? await this.#ports.digests.digestNow(old) : "",
        servers: this.#ports.addresses.serversOf(old.provider, old.configuration),
        reason: input.reason ?? null,
        atMs: this.#ports.nowMs(),
        by,
      }),
    );
  }

  exportRegistry(): Promise<RegistryDocument> {
    return this.#ports.database.read("exportRegistry", { atMs: this.#ports.nowMs() });
  }

  /** All or nothing: what is here already and the same is skipped, a difference is a CONFLICT that names it. */
  async importRegistry(
    document: RegistryDocument,
  ): Promise<{ versionsAdded: number; useCasesAdded: number; assignmentsAdded: number }> {
    refuseBrokenDocument(document);
    const { addresses, database } = this.#ports;
    const providerOf = new Map(document.models.map(({ id, provider }) => [id, provider]));
    const servers = document.versions.map(({ modelId: model, configuration }) => {
      const provider = providerOf.get(model);
      return provider === undefined ? [] : addresses.serversOf(provider, configuration);
    });
    return this.#notifyChanged(
      await database.write("importRegistry", { document, servers, atMs: this.#ports.nowMs() }),
    );
  }

  async #notifyChanged<Fact>(fact: Fact): Promise<Fact> {
    await this.#ports.updates.publish();
    return fact;
  }
}
