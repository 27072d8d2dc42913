import { endpointSecret, type SecretStore } from "./secrets.ts";

/** Whether a text can be a server's key: it is sent in a header, and of visible ASCII alone. */
export function canBeKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** The keys of model servers, read from the host's storage once and kept in memory from then on. */
export class Keys {
  readonly #secrets: SecretStore;
  readonly #known = new Map<string, Promise<string | null>>();

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** The key of a server by its base URL; null where none is kept. Throws `Failure` when it cannot be read. */
  of(base: string): Promise<string | null> {
    const known = this.#known.get(base);
    if (known !== undefined) return known;
    const read = this.#secrets.get(endpointSecret(base));
    this.#known.set(base, read);
    read.catch(() => {
      if (this.#known.get(base) === read) this.#known.delete(base);
    });
    return read;
  }

  /** Null forgets it. Resolves when it is on disk; the next call uses it. */
  async save(base: string, key: string | null): Promise<void> {
    await this.#secrets.set(endpointSecret(base), key);
    this.#known.set(base, Promise.resolve(key));
  }
}
