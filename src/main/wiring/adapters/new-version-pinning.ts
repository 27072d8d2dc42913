import type { RegisterModelInput } from "../../../shared/contract/registry.ts";
import type { Keys } from "../../host/endpoint-keys.ts";
import type { ModelFiles } from "../../inference/local-models/model-files.ts";
import { describeModel } from "../../inference/providers/ollama/discover.ts";
import type { Addresses } from "../../registry/addresses.ts";
import type { FileDigests } from "../../registry/file-digests.ts";
import type { VersionPinning } from "../../registry/model-registry.ts";

export interface NewVersionPinningParts {
  readonly files: ModelFiles;
  readonly fileDigests: FileDigests;
  readonly addresses: Addresses;
  readonly keys: Keys;
}

/** Asks the file or the Ollama server of a new version for the digest of its content. */
export class NewVersionPinning implements VersionPinning {
  readonly #parts: NewVersionPinningParts;

  constructor(parts: NewVersionPinningParts) {
    this.#parts = parts;
  }

  async digestOf(input: RegisterModelInput, signal: AbortSignal): Promise<string | null> {
    const { files, fileDigests } = this.#parts;
    if (input.provider !== "embedded") return this.#onServer(input);
    const { file = "starter" } = input.configuration;
    if (file === "starter") return files.starterDigest;
    return fileDigests.now(await files.find(file, "configuration.file", "BAD_REQUEST"), signal);
  }

  async #onServer({ provider, modelName, configuration }: RegisterModelInput): Promise<string | null> {
    const { addresses, keys } = this.#parts;
    const server = addresses.serverOf(provider, configuration.endpoint ?? addresses.defaultEndpoint);
    if (provider === "openai" || server === null) return null;
    // A server that is away now must not keep its model from being registered.
    const described = keys
      .of(server)
      .then((key) => describeModel(server, configuration.serverModel ?? modelName, undefined, key));
    return (await described.catch(() => null))?.digest ?? null;
  }
}
