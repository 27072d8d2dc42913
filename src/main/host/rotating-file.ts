import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export interface RotationLimits {
  /** Of one file; a longer line begins a file of its own. */
  readonly maxBytes: number;
  /** The one that is written to and those before it: `name`, `name.1`, and so on, the oldest last. */
  readonly maxFiles: number;
}

/** How long after a failure nothing is written. */
const retryMs = 5_000;

/**
 * Text appended to a file of bounded size, for its owner's eyes alone. Never throws: what cannot be written, on a full or
 * read-only disk, is dropped. Creates file and folder with the first line.
 */
export class RotatingFile {
  readonly #file: string;
  readonly #limits: RotationLimits;
  readonly #nowMs: () => number;
  #descriptor: number | null = null;
  #bytes = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  /** `nowMs` is a clock that never goes back. */
  constructor(file: string, limits: RotationLimits, nowMs: () => number = () => performance.now()) {
    this.#file = file;
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  write(text: string): void {
    if (this.#nowMs() < this.#notBeforeMs) return;
    try {
      const bytes = Buffer.from(text);
      let descriptor = this.#descriptor ?? this.#open();
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#limits.maxBytes) descriptor = this.#rotate();
      this.#bytes += writeSync(descriptor, bytes);
    } catch {
      this.close();
      this.#notBeforeMs = this.#nowMs() + retryMs;
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor === null) return;
    try {
      closeSync(descriptor);
    } catch {
      // What the disk did not take is lost with the lines before it.
    }
  }

  #open(): number {
    const folder = dirname(this.#file);
    mkdirSync(dirname(folder), { recursive: true }); // the data folder's own mode is not ours to choose
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const descriptor = openSync(this.#file, "a", 0o600);
    fchmodSync(descriptor, 0o600); // one that was there may be wider
    this.#descriptor = descriptor;
    this.#bytes = fstatSync(descriptor).size;
    return descriptor;
  }

  #rotate(): number {
    this.close();
    const { maxFiles } = this.#limits;
    const name = (index: number) => (index === 0 ? this.#file : `${this.#file}.${index}`);
    rmSync(name(maxFiles - 1), { force: true });
    for (let index = maxFiles - 2; index >= 0; index -= 1) renameIfThere(name(index), name(index + 1));
    return this.#open();
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
