import type { Attempt, ErrorClass } from "../../../../shared/contract/inference.ts";
import { assertNever } from "../assert-never.ts";
import { versionName } from "../../../../shared/format.ts";

/** A failure class in a few words, as the end of "because …". */
export const errorWords: Record<ErrorClass, string> = {
  refused: "nothing answered there",
  timeout: "it took too long",
  broken_stream: "the answer broke off",
  model_not_found: "the server does not have the model",
  model_changed: "the name on the server holds another model now",
  overloaded: "the server was too busy",
  rejected: "the server would not do what was asked",
  not_allowed: "a key or a sign-in was missing",
  server_error: "the server failed",
  engine_crashed: "the engine ended",
  not_enough_memory: "there was not enough memory",
  no_model: "nothing is assigned",
  prompt_too_large: "the prompt does not fit the model",
  invalid_output: "the answer did not fit its format",
  storage: "the call could not be logged",
  internal: "something went wrong on Taleward's side",
};

/** One attempt in a sentence, with what was done next. */
export function attemptWords(attempt: Attempt): string {
  const name = versionName(attempt);
  const why = attempt.errorClass === null ? "" : ` because ${errorWords[attempt.errorClass]}`;
  switch (attempt.next) {
    case "retry":
      return `Asked ${name} again${why}`;
    case "fallback":
      return attempt.outcome === "skipped" ? `Passed over ${name}${why}` : `Fell back from ${name}${why}`;
    case "repair":
      return `Asked ${name} to mend its answer${why}`;
    case "end":
      return attempt.outcome === "answered" ? `${name} answered` : `${name} was the last${why}`;
    default:
      return assertNever(attempt.next);
  }
}
