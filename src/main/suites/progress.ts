import { WakeUp } from "../base/wake-up.ts";

/** Emits a change at once and then at most every `everyMs` milliseconds, however often something changes. */
export class Progress {
  readonly #everyMs: number;
  readonly #emit: () => Promise<void>;
  #changed = false;
  #ended = false;
  readonly #woken = new WakeUp();
  #emitting: Promise<void> | null = null;

  constructor(everyMs: number, emit: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#emit = emit;
  }

  changed(): void {
    this.#changed = true;
    this.#emitting ??= this.#loop();
  }

  /** Emits no more. Resolves when no emission is in progress; rejects with the error of one. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#woken.wake();
    await this.#emitting;
  }

  async #loop(): Promise<void> {
    while (this.#changed && !this.#ended) {
      this.#changed = false;
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
