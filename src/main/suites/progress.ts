import { WakeUp } from "../base/wake-up.ts";

/** Tells that something moved, at once and then at most every `everyMs`, however often it moves. */
export class Progress {
  readonly #everyMs: number;
  readonly #emit: () => Promise<void>;
  #moved = false;
  #ended = false;
  readonly #woken = new WakeUp();
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
    this.#woken.wake();
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

  async #pause(): Promise<void> {
    const timer = setTimeout(() => this.#woken.wake(), this.#everyMs);
    await this.#woken.wait();
    clearTimeout(timer);
  }
}
