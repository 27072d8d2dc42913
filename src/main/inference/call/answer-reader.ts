import type { ProviderEvent } from "../provider.ts";
import { type AnswerPart, ThoughtSplitter } from "../thinking/thought-splitter.ts";
import type { Cut, GuardedStream } from "./guarded-stream.ts";

/** How an answer is read: one with a format waits until it is whole, one to a raw prompt stays as the model writes it. */
export interface AnswerKind {
  readonly hasFormat: boolean;
  readonly isRaw: boolean;
}

/** Leads what a provider yields to the stream, with thoughts apart that its server left in the text. */
export class AnswerReader {
  readonly #stream: GuardedStream;
  readonly #kind: AnswerKind;
  readonly #splitter = new ThoughtSplitter();

  constructor(stream: GuardedStream, kind: AnswerKind) {
    this.#stream = stream;
    this.#kind = kind;
  }

  /** Takes one event; returns why the model should stop, or null. */
  push(event: Exclude<ProviderEvent, { type: "result" }>): Cut | null {
    if (event.type !== "text") return this.end() ?? this.#stream.push(event);
    // Who sends a raw prompt reads the model's own format.
    return this.#kind.isRaw ? this.#pushPart(event) : this.#pushParts(this.#splitter.push(event.text));
  }

  /** No more comes, in whatever way: passes on what waited for its end. Returns why the model should have stopped, or null. */
  end(): Cut | null {
    return this.#pushParts(this.#splitter.end());
  }

  #pushParts(parts: readonly AnswerPart[]): Cut | null {
    for (const part of parts) {
      const cut = this.#pushPart(part);
      if (cut) return cut;
    }
    return null;
  }

  #pushPart(part: AnswerPart): Cut | null {
    if (part.type !== "text" || !this.#kind.hasFormat) return this.#stream.push(part);
    this.#stream.bufferForValidation(part.text);
    return null;
  }
}
