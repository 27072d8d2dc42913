/** Tells that something moved, at once and then at most every `everyMs`, however often it moves. */
export class Progress {
  readonly #everyMs: number;
  readonly #tell: () => Promise<void>;
  #moved = false;
  #ended = false;
  #wake = () => {};
  #telling: Promise<void> | null = null;

  constructor(everyMs: number, tell: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#tell = tell;
  }

  moved(): void {
    this.#moved = true;
    this.#telling ??= this.#loop();
  }

  /** Tells no more. Resolves when nothing is being told; rejects with what telling threw. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#telling;
  }

  async #loop(): Promise<void> {
    while (this.#moved && !this.#ended) {
      this.#moved = false;
      await this.#tell();
      await this.#pause();
    }
    this.#telling = null;
  }

  #pause(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#everyMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
