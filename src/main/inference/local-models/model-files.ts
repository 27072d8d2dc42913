import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { VersionConfiguration } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import type { FileLocator } from "../../registry/ports.ts";
import { checkGguf, GgufError } from "./gguf-header.ts";
import { ProviderError } from "../provider.ts";
import type { EngineFileLocator } from "../providers/embedded/provider.ts";
import manifest from "../../../../resources/starter-model.json" with { type: "json" };

export interface ModelFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * GGUF files: one in a data directory's models folder is named without a folder, any other by its absolute path, and the starter
 * model's by `starter`. Nothing else names a file, so that no name means another file in another working directory.
 */
export class ModelFiles implements FileLocator, EngineFileLocator {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get starterPath(): string {
    return join(this.directory, manifest.file);
  }

  /** `sha256:` and the hex digits of the only content that is installed under its name. */
  get starterDigest(): string {
    return `sha256:${manifest.sha256}`;
  }

  /** For a call: throws `ProviderError` when the file is not there, or is not named as files are here. */
  resolve({ file }: VersionConfiguration): string {
    const path = this.#pathFrom(file ?? "starter");
    if (path === null)
      throw new ProviderError(
        "rejected",
        `${file} is neither a file's name nor an absolute path.`,
        "Register a version with the file's name in the models folder, or its absolute path.",
      );
    if (existsSync(path)) return path;
    throw new ProviderError(
      "model_not_found",
      `There is no model file ${path}.`,
      file === "starter" || file === undefined
        ? "Install the built-in model on the Models screen."
        : "Put it back, or assign another version.",
    );
  }

  /**
   * The path of a whole GGUF file, by its name as above. Throws `Failure` that names the field: BAD_REQUEST for a name that
   * is none, a folder, or a file that is no whole GGUF model; `missing` where there is nothing.
   */
  async find(file: string, field: string, missing: "BAD_REQUEST" | "NOT_FOUND"): Promise<string> {
    const path = this.#pathFrom(file);
    const refuse = (code: "BAD_REQUEST" | "NOT_FOUND", message: string, remedy: string, cause?: unknown) =>
      new Failure(code, message, { field, value: file, remedy }, { cause });
    if (path === null)
      throw refuse(
        "BAD_REQUEST",
        "A model file is named without a folder, or by its absolute path.",
        `Give the file's name where it is in ${this.directory}, its whole path, or \`starter\`.`,
      );
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
    if (
      found instanceof Error &&
      (found.code === "ENOENT" || found.code === "ENOTDIR" || found.code === "ENAMETOOLONG")
    )
      throw refuse(
        missing,
        `There is no file ${path}.`,
        file === "starter" ? "Install the built-in model first." : "Check the path, or put the GGUF file there first.",
      );
    if (!(found instanceof Error) && !found.isFile())
      throw refuse("BAD_REQUEST", `${path} is not a file.`, "Give the path of the GGUF file itself.");
    try {
      await checkGguf(path);
    } catch (error) {
      if (error instanceof GgufError)
        throw refuse(
          "BAD_REQUEST",
          `${basename(path)} ${error.message}.`,
          "Choose a complete GGUF file; fetch it again if it was cut short.",
          error,
        );
      throw refuse(
        "BAD_REQUEST",
        `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
        "Let this user read it, or choose another file.",
        error,
      );
    }
    return path;
  }

  /** The GGUF files in the models folder, by name; none while there is no folder. */
  async list(): Promise<ModelFile[]> {
    const entries = await readdir(this.directory, { withFileTypes: true }).catch(() => []);
    const names = entries.map(({ name }) => name).filter((name) => /^[^.].*\.gguf$/i.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(this.directory, name)).catch(() => null);
        return found?.isFile() ? [{ name, sizeBytes: found.size }] : [];
      }),
    );
    return files.flat().sort((left, right) => left.name.localeCompare(right.name, "en"));
  }

  #pathFrom(file: string): string | null {
    if (file.includes("\0") || file === "") return null;
    if (file === "starter") return this.starterPath;
    if (isAbsolute(file)) return resolve(file);
    return /[/\\]|^\.\.?$/.test(file) ? null : join(this.directory, file);
  }
}
