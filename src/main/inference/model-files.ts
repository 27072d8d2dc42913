import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { VersionConfiguration } from "../../shared/contract/registry.ts";
import { ProviderError } from "./provider.ts";
import { Failure } from "../failure.ts";
import manifest from "../../../resources/starter-model.json" with { type: "json" };

/** The GGUF files of a data directory: named without a folder, `starter` for the starter model's. */
export class ModelFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get starterPath(): string {
    return join(this.directory, manifest.file);
  }

  /** Throws `ProviderError` when the file is not there. */
  resolve(configuration: VersionConfiguration): string {
    const path = this.#path(configuration);
    if (!existsSync(path))
      throw new ProviderError(
        "model_not_found",
        `The model file ${configuration.file ?? ""} is not in ${this.directory}.`,
        configuration.file === "starter"
          ? "Install the built-in model on the Models screen."
          : "Put it back, or assign another version.",
      );
    return path;
  }

  /** `sha256:` and the hex digits of a file's content; throws `Failure` when it is not there. */
  async digest(configuration: VersionConfiguration): Promise<string> {
    if (configuration.file === "starter") return `sha256:${manifest.sha256}`;
    const path = this.#path(configuration);
    if (!existsSync(path))
      throw new Failure("BAD_REQUEST", `There is no ${configuration.file ?? "file"} in ${this.directory}.`, {
        field: "configuration.file",
        value: configuration.file ?? "",
        remedy: "Put the GGUF file into that folder first, and give its name alone.",
      });
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return `sha256:${hash.digest("hex")}`;
  }

  #path({ file }: VersionConfiguration): string {
    return file === "starter" || file === undefined ? this.starterPath : join(this.directory, file);
  }
}
