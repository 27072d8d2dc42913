import { join } from "node:path";
import { FileSecrets, plainSecretsFile, type Sealing } from "./file-secrets.ts";
import type { SecretStore } from "./secrets.ts";

/** The desktop's own safe, such as a keychain. What it says may change until the desktop is ready. */
export interface Safe extends Sealing {
  readonly isUsable: () => boolean;
}

/**
 * Secrets encrypted by the desktop's safe, in a file of the data folder. Without a usable safe new ones go into the plain
 * file that the other hosts use, and `description` says so; what is found there is read in either case.
 */
export class SealedSecrets implements SecretStore {
  readonly available = true;
  readonly #safe: Safe;
  readonly #sealed: FileSecrets;
  readonly #plain: FileSecrets;

  constructor(dataDirectory: string, safe: Safe) {
    this.#safe = safe;
    this.#sealed = new FileSecrets(join(dataDirectory, "keys.sealed.json"), safe);
    this.#plain = new FileSecrets(plainSecretsFile(dataDirectory));
  }

  get description(): string {
    return this.#safe.isUsable()
      ? "Keys are encrypted with your system's own key storage, in a file of the data folder."
      : `This desktop offers no key storage that Taleward can use. ${this.#plain.description}`;
  }

  async get(name: string): Promise<string | null> {
    const [first, second] = this.#inOrder();
    return (await first.get(name)) ?? (await second.get(name));
  }

  /** What the other file holds under the name is forgotten after the new value is safe. */
  async set(name: string, value: string | null): Promise<void> {
    const [first, second] = this.#inOrder();
    await first.set(name, value);
    await second.set(name, null);
  }

  #inOrder(): readonly [FileSecrets, FileSecrets] {
    return this.#safe.isUsable() ? [this.#sealed, this.#plain] : [this.#plain, this.#sealed];
  }
}
