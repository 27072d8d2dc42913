/** Tells that something moved, at once and then at most every `everyMs`, however often it moves. */
export class Progress {
  readonly #everyMs: number;
  readonly #emit: () => Promise<void>;
  #moved = false;
  #ended = false;
  #wake = () => {};
  #emitting: Promise<void> | null = null;

  constructor(everyMs: number, emit: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#emit = emit;
  }

  moved(): void {
    this.#moved = true;
    this.#emitting ??= this.#loop();
  }

  /** Tells no more. Resolves when nothing is being told; rejects with what telling threw. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#emitting;
  }

  async #loop(): Promise<void> {
    while (this.#moved && !this.#ended) {
      this.#moved = false;
      await this.#emit();
      await this.#pause();
    }
    this.#emitting = null;
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
