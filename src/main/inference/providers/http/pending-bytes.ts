/** Bytes of a line that is not complete: they are put together in place, however small the pieces are that they come in. */
export class PendingBytes {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  /** How many bytes were copied, for tests that count instead of timing. */
  copied = 0;

  get length(): number {
    return this.#length;
  }

  append(part: Uint8Array): void {
    const needed = this.#length + part.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length, 256));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.copied += this.#length;
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.#length);
    this.copied += part.length;
    this.#length = needed;
  }

  /** All of them, with those that come last; nothing is copied where there were none before. */
  take(last: Uint8Array): Uint8Array {
    if (this.#length === 0) return last;
    this.append(last);
    const whole = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return whole;
  }

  /** The first of them, for who quotes them. */
  start(): Uint8Array {
    return this.#bytes.subarray(0, Math.min(this.#length, 1_024));
  }
}
