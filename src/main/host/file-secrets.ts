import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure } from "../base/failure.ts";
import { Sequencer } from "../base/sequencer.ts";
import { writeFileAtomic } from "../base/write-file-atomic.ts";
import type { SecretStore } from "./secrets.ts";

/** How a value is turned into text for the file and back. */
export interface Sealing {
  readonly seal: (value: string) => string;
  /** Throws where the text was sealed by another user, machine or safe. */
  readonly unseal: (sealed: string) => string;
}

const asTheyAre: Sealing = { seal: (value) => value, unseal: (sealed) => sealed };

/**
 * Secrets in a file of their own, which only its owner can read. Each change writes a new file and puts it in place whole,
 * so that a crash leaves the old one or the new one. Changes made through one store come one after the other.
 */
export class FileSecrets implements SecretStore {
  readonly available = true;
  readonly description =
    process.platform === "win32" // where a file's mode says nothing of its readers
      ? "Keys are kept in a file of the data folder. They are not encrypted: who can read that folder can read them."
      : "Keys are kept in a file of the data folder that only your user account can read. They are not encrypted.";
  readonly #file: string;
  readonly #sealing: Sealing;
  readonly #changes = new Sequencer();

  constructor(file: string, sealing: Sealing = asTheyAre) {
    this.#file = file;
    this.#sealing = sealing;
  }

  async get(name: string): Promise<string | null> {
    const sealed = (await this.#read())[name];
    if (sealed === undefined) return null;
    try {
      return this.#sealing.unseal(sealed);
    } catch (error) {
      throw unreadable(this.#file, error);
    }
  }

  set(name: string, value: string | null): Promise<void> {
    return this.#changes.queue(async () => {
      const { [name]: before, ...others } = await this.#read();
      if (value === null && before === undefined) return;
      await this.#write(value === null ? others : { ...others, [name]: this.#sealing.seal(value) });
    });
  }

  async #read(): Promise<Record<string, string>> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return {};
      throw unreadable(this.#file, error);
    }
    try {
      const value: unknown = JSON.parse(text);
      if (isTextByName(value)) return value;
    } catch (error) {
      throw unreadable(this.#file, error);
    }
    throw unreadable(this.#file, undefined);
  }

  async #write(secrets: Readonly<Record<string, string>>): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFileAtomic(this.#file, `${JSON.stringify(secrets, null, 2)}\n`);
    } catch (error) {
      throw new Failure(
        "STORAGE",
        `The key could not be written to ${this.#file}: ${messageOf(error)}.`,
        { remedy: "Make room on the disk or the folder writable, and save the key again." },
        { cause: error },
      );
    }
  }
}

/** The file of a data folder that every host can read. */
export function plainSecretsFile(dataDirectory: string): string {
  return join(dataDirectory, "keys.json");
}

function unreadable(file: string, cause: unknown): Failure {
  return new Failure(
    "STORAGE",
    `The keys in ${file} cannot be read.`,
    { remedy: "Open Taleward as the user who saved them, or move that file away and save the keys again." },
    { cause },
  );
}

function isTextByName(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
