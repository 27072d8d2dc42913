import { copyFile, link, mkdir, rename, stat } from "node:fs/promises";
import manifest from "../../../../../resources/starter-model.json" with { type: "json" };
import { type Actor, system } from "../../../../shared/contract/actor.ts";
import type { StarterStatus } from "../../../../shared/contract/inference.ts";
import type { Assignment, ModelVersion, RegisterModelInput, UseCase } from "../../../../shared/contract/registry.ts";
import { nothingAssigned } from "../../../../shared/labels.ts";
import type { ChangeFeed } from "../../../base/change-feed.ts";
import type { ModelFiles } from "../model-files.ts";
import type { TaskGroup } from "../../../base/task-group.ts";
import { installStarter } from "./install.ts";

/** Where the starter model is registered, and assigned to what has no version. */
export interface StarterRegistry {
  versionWithDigest(digest: string): Promise<ModelVersion | null>;
  useCases(): Promise<readonly UseCase[]>;
  registerModel(input: RegisterModelInput, by: Actor): Promise<ModelVersion>;
  assign(input: { useCase: string; versionId: ModelVersion["id"]; reason: string }, by: Actor): Promise<Assignment>;
}

export interface StarterModelPorts {
  readonly files: ModelFiles;
  readonly running: TaskGroup;
  readonly registry: StarterRegistry;
  readonly changes: ChangeFeed;
}

/** Enough for a scene and its answer; more makes a small model slower, not better. */
const contextTokens = 2_048;

const absent: StarterStatus = {
  state: "absent",
  bytesDone: 0,
  bytesTotal: manifest.bytes,
  bytesPerSecond: null,
  source: null,
};

/** The model that makes a machine with nothing installed work: fetched once, verified, registered, assigned where nothing is. */
export class StarterModel {
  readonly #ports: StarterModelPorts;
  #installing: StarterStatus | null = null;

  constructor(ports: StarterModelPorts) {
    this.#ports = ports;
  }

  async status(): Promise<StarterStatus> {
    if (this.#installing) return this.#installing;
    const found = await stat(this.#ports.files.starterPath).catch(() => null);
    return found?.size === manifest.bytes ? { ...absent, state: "installed", bytesDone: manifest.bytes } : absent;
  }

  /** Takes over a copy that was fetched and verified before, without copying it where the disk allows. */
  async adopt(file: string): Promise<void> {
    const { starterPath, directory } = this.#ports.files;
    if ((await this.status()).state !== "installed") {
      await mkdir(directory, { recursive: true });
      await link(file, starterPath).catch(async () => {
        await copyFile(file, `${starterPath}.part`);
        await rename(`${starterPath}.part`, starterPath);
      });
    }
    await this.#register();
  }

  /** Progress until it is installed, registered and assigned. Cancelling leaves what was fetched for the next try. */
  install(signal?: AbortSignal): AsyncGenerator<StarterStatus> {
    return this.#ports.running.events(signal, async (emit, stopped) => {
      const report = (status: StarterStatus) => {
        this.#installing = status.state === "installed" ? null : status;
        emit(status);
      };
      try {
        if ((await this.status()).state !== "installed")
          await installStarter({ directory: this.#ports.files.directory, signal: stopped, onProgress: report });
        await this.#register();
        report(await this.status());
      } finally {
        this.#installing = null;
        this.#ports.changes.announce("inference");
      }
    });
  }

  async #register(): Promise<void> {
    const { registry } = this.#ports;
    const known = await registry.versionWithDigest(`sha256:${manifest.sha256}`);
    const version =
      known ??
      (await registry.registerModel(
        {
          modelName: manifest.name,
          modelType: "self_hosted",
          provider: "embedded",
          version: "1",
          configuration: { file: "starter", contextTokens },
        },
        system,
      ));
    for (const { name, assignment } of await registry.useCases())
      if (!assignment) await registry.assign({ useCase: name, versionId: version.id, reason: nothingAssigned }, system);
  }
}
