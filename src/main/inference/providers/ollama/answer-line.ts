import { randomUUID } from "node:crypto";
import type { ToolCall } from "../../../../shared/contract/inference.ts";
import type { ProviderResult } from "../../provider.ts";
import { firstWords, readContent } from "../answers/content.ts";
import { type FinishMeaning, meaningOfFinish } from "../answers/finish-reasons.ts";
import { millisecondsFrom, tokensFrom } from "../answers/measures.ts";
import { reportedError } from "../answers/reported-error.ts";
import { type ReadCall, ToolCallGatherer } from "../answers/tool-calls.ts";
import type { JsonObject } from "./ndjson.ts";

/** What one line brings: a thinking model's thought, text, and tools it wants called. */
interface Piece {
  readonly thought: string;
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** One line of a streamed answer, of `/api/chat` or `/api/generate`, in our terms. */
export type AnswerLine =
  | ({ readonly type: "piece" } & Piece)
  | ({ readonly type: "done"; readonly reason: DoneReason; readonly word: string; readonly result: LineResult } & Piece)
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "bad_call"; readonly name: string; readonly text: string }
  | { readonly type: "unreadable" };

/** `load` and `unload` end calls that asked for no text. */
type DoneReason = Exclude<FinishMeaning, "none"> | "load" | "unload";

/** What the final line says by itself; whether tools were called or the prompt was cut depends on the whole answer. */
export type LineResult = Omit<ProviderResult, "finishReason" | "promptTruncated">;

/** Reads a line. Absent counts and durations are null, not zero. */
export function readAnswerLine(line: JsonObject): AnswerLine {
  try {
    const error = reportedError({ error: line["error"] });
    return error === null ? readLine(line) : { type: "error", message: error.message };
  } catch (error) {
    // So deeply nested that reading it is beyond the stack.
    if (error instanceof RangeError) return { type: "unreadable" };
    throw error;
  }
}

function readLine(line: JsonObject): AnswerLine {
  const piece = pieceOf(line);
  const done = line["done"] ?? false;
  if (piece === null || typeof done !== "boolean") return { type: "unreadable" };
  const bad = piece.calls.find(({ call }) => call === null);
  if (bad?.call === null) return { type: "bad_call", name: bad.name, text: bad.text };
  const read = { ...piece, calls: piece.calls.flatMap(({ call }) => call ?? []) };
  if (!done) return { type: "piece", ...read };
  const result: LineResult = {
    promptTokens: tokensFrom(line["prompt_eval_count"]),
    completionTokens: tokensFrom(line["eval_count"]),
    // Ollama counts waiting for a free slot into no duration of its own.
    queueMs: null,
    loadMs: millisecondsFrom(line["load_duration"], nanosecondsPerMs),
    prefillMs: millisecondsFrom(line["prompt_eval_duration"], nanosecondsPerMs),
    decodeMs: millisecondsFrom(line["eval_duration"], nanosecondsPerMs),
  };
  const word = line["done_reason"];
  return { type: "done", ...read, reason: doneReason(word), word: typeof word === "string" ? word : "", result };
}

/** The words of an `error` field, which servers in Ollama's manner send as a string or as an object with a message. */
export function errorText(error: unknown): string {
  return reportedError({ error })?.message ?? JSON.stringify(error);
}

const nanosecondsPerMs = 1e6;

function pieceOf(line: JsonObject): (Omit<Piece, "calls"> & { readonly calls: readonly ReadCall[] }) | null {
  const field = line["message"] ?? {};
  if (typeof field !== "object" || Array.isArray(field)) return null;
  const message: JsonObject = { ...field };
  const content = readContent(message["content"]);
  const response = readContent(line["response"]);
  const thinking = firstWords([message["thinking"], line["thinking"], message["reasoning_content"]]);
  if (content === null || response === null || thinking === null) return null;
  const gatherer = new ToolCallGatherer([], () => `call_${randomUUID().slice(0, 8)}`);
  if (!gatherer.take(message["tool_calls"] ?? line["tool_calls"], null)) return null;
  return {
    text: response.text + content.text + content.refusal,
    thought: thinking + content.thought + response.thought,
    calls: gatherer.calls(),
  };
}

/** Servers older than the field, and those that only imitate Ollama, leave the reason out: their `done` means stop. */
function doneReason(reason: unknown): DoneReason {
  if (reason === "load" || reason === "unload") return reason;
  const meaning = meaningOfFinish(reason);
  return meaning === "none" ? "stop" : meaning;
}
