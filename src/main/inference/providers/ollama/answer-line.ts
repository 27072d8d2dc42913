import type { ProviderResult } from "../../provider.ts";
import type { JsonObject } from "./ndjson.ts";

/** One line of a streamed answer, of `/api/chat` or `/api/generate`, in our terms. */
type AnswerLine =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "done"; readonly text: string; readonly reason: DoneReason; readonly result: ProviderResult }
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "unreadable" };

/** `load` and `unload` end calls that asked for no text. */
type DoneReason = "stop" | "length" | "load" | "unload";

/** Reads a line. A thinking model's thoughts are progress without text. Absent counts and durations are null, not zero. */
export function readAnswerLine(line: JsonObject): AnswerLine {
  if (line["error"] !== undefined) return { type: "error", message: errorText(line["error"]) };
  const text = textOf(line);
  if (text === undefined || (line["done"] !== undefined && typeof line["done"] !== "boolean")) {
    return { type: "unreadable" };
  }
  if (line["done"] !== true) return { type: "text", text };
  const reason = doneReason(line["done_reason"]);
  const result: ProviderResult = {
    finishReason: reason === "length" ? "length" : "stop",
    promptTokens: count(line["prompt_eval_count"]),
    completionTokens: count(line["eval_count"]),
    // Ollama counts waiting for a free slot into no duration of its own.
    queueMs: null,
    loadMs: milliseconds(line["load_duration"]),
    prefillMs: milliseconds(line["prompt_eval_duration"]),
    decodeMs: milliseconds(line["eval_duration"]),
  };
  return { type: "done", text, reason, result };
}

/** The words of an `error` field, which servers in Ollama's manner send as a string or as an object with a message. */
export function errorText(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    return error.message;
  }
  return JSON.stringify(error);
}

function textOf(line: JsonObject): string | undefined {
  const message = line["message"];
  const content = typeof message === "object" && message !== null && "content" in message ? message.content : undefined;
  const text = line["response"] ?? content ?? "";
  return typeof text === "string" ? text : undefined;
}

/** Servers older than the field, and those that only imitate Ollama, leave the reason out: their `done` means stop. */
function doneReason(reason: unknown): DoneReason {
  return reason === "length" || reason === "load" || reason === "unload" ? reason : "stop";
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Ollama's durations are nanoseconds. */
function milliseconds(value: unknown): number | null {
  return typeof value === "number" && value >= 0 ? value / 1e6 : null;
}
