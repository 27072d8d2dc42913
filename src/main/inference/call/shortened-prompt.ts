import type { Message } from "../../../shared/contract/inference.ts";

/** What stays of the droppable text from one try to the next. */
const keptEachTime = 0.85;

/**
 * The messages of a prompt that is longer than its model's window, with fewer of the oldest each time. What is dropped is whole
 * turns, each from one message of the user to the next, so that no tool's answer stays without its call. System messages and the
 * last turn always stay. How many tokens a text has is not known here: the model's server says each time whether it is short enough.
 */
export class ShortenedPrompt {
  readonly #messages: readonly Message[];
  /** Where the kept messages may begin, in ascending order; the first is 0. */
  readonly #starts: readonly number[];
  #at = 0;

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
    this.#starts = startsOf(messages);
  }

  get messages(): readonly Message[] {
    const from = this.#start;
    return from === 0 ? this.#messages : this.#messages.filter(({ role }, index) => index >= from || role === "system");
  }

  get droppedMessages(): number {
    return this.#messages.length - this.messages.length;
  }

  /** Drops about a seventh of what is left, one turn at least; false where only the last turn is left. */
  shorten(): boolean {
    const last = this.#starts.length - 1;
    if (this.#at >= last) return false;
    const wanted = this.#lengthFrom(this.#start) * keptEachTime;
    this.#at += 1;
    while (this.#at < last && this.#lengthFrom(this.#start) > wanted) this.#at += 1;
    return true;
  }

  get #start(): number {
    return this.#starts[this.#at] ?? 0;
  }

  #lengthFrom(start: number): number {
    return this.#messages.slice(start).reduce((sum, { content }) => sum + content.length + 16, 0);
  }
}

function startsOf(messages: readonly Message[]): number[] {
  const turns = messages.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  // A chat without a user's turn still keeps its last message.
  const others = turns.length > 0 ? turns : [messages.findLastIndex(({ role }) => role !== "system")];
  return [0, ...others.filter((index) => index > 0 && messages.slice(0, index).some(({ role }) => role !== "system"))];
}
