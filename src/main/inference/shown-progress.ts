import type { InferenceId } from "../../shared/contract/ids.ts";
import type { InferenceEvent, WireEvent } from "../../shared/contract/inference.ts";
import type { Clock } from "../base/clock.ts";
import type { CallLog } from "./ports.ts";

const saveEveryMs = 400;
/** A long text is saved less often: what saving costs stays in proportion to what is written. */
const charactersAMs = 100;

/** Saves what a running call has shown, now and then: a process that is killed takes little of it along. */
export class ShownProgress {
  readonly #log: CallLog;
  readonly #clock: Clock;
  readonly #id: InferenceId;
  #response = "";
  #thoughts = "";
  #savedAt: number;

  constructor(log: CallLog, clock: Clock, id: InferenceId) {
    this.#log = log;
    this.#clock = clock;
    this.#id = id;
    this.#savedAt = clock.monotonicMs();
  }

  /** Takes an event that its reader was sent. Never throws: a call that cannot be saved says so at its end. */
  shown(event: InferenceEvent | WireEvent): void {
    if (event.type === "token") this.#response += event.text;
    else if (event.type === "thought") this.#thoughts += event.text;
    else if (event.type === "text_was_thought") {
      this.#thoughts += this.#response;
      this.#response = "";
    } else return;
    const now = this.#clock.monotonicMs();
    const length = this.#response.length + this.#thoughts.length;
    if (now - this.#savedAt < Math.max(saveEveryMs, length / charactersAMs)) return;
    this.#savedAt = now;
    this.#log.saveShown?.({ id: this.#id, response: this.#response, thoughts: this.#thoughts });
  }
}
