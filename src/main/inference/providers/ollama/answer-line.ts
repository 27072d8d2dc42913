import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { ToolCall } from "../../../../shared/contract/inference.ts";
import type { ProviderResult } from "../../provider.ts";
import type { JsonObject } from "./ndjson.ts";

/** What one line brings: a thinking model's thought, text, and tools it wants called. */
interface Piece {
  readonly thought: string;
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** One line of a streamed answer, of `/api/chat` or `/api/generate`, in our terms. */
type AnswerLine =
  | ({ readonly type: "piece" } & Piece)
  | ({ readonly type: "done"; readonly reason: DoneReason; readonly result: LineResult } & Piece)
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "unreadable" };

/** `load` and `unload` end calls that asked for no text. */
type DoneReason = "stop" | "length" | "load" | "unload";

/** What the final line says by itself; whether tools were called or the prompt was cut depends on the whole answer. */
type LineResult = Omit<ProviderResult, "finishReason" | "promptTruncated">;

/** Reads a line. Absent counts and durations are null, not zero. */
export function readAnswerLine(line: JsonObject): AnswerLine {
  if (line["error"] !== undefined) return { type: "error", message: errorText(line["error"]) };
  const piece = pieceOf(line);
  if (piece === undefined || (line["done"] !== undefined && typeof line["done"] !== "boolean")) {
    return { type: "unreadable" };
  }
  if (line["done"] !== true) return { type: "piece", ...piece };
  const result: LineResult = {
    promptTokens: count(line["prompt_eval_count"]),
    completionTokens: count(line["eval_count"]),
    // Ollama counts waiting for a free slot into no duration of its own.
    queueMs: null,
    loadMs: milliseconds(line["load_duration"]),
    prefillMs: milliseconds(line["prompt_eval_duration"]),
    decodeMs: milliseconds(line["eval_duration"]),
  };
  return { type: "done", ...piece, reason: doneReason(line["done_reason"]), result };
}

/** The words of an `error` field, which servers in Ollama's manner send as a string or as an object with a message. */
export function errorText(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null && "message" in error && typeof error.message === "string") {
    return error.message;
  }
  return JSON.stringify(error);
}

const noCalls: readonly ToolCall[] = [];

function pieceOf(line: JsonObject): Piece | undefined {
  const field = line["message"];
  const message: JsonObject = typeof field === "object" && field !== null ? { ...field } : {};
  const text = line["response"] ?? message["content"] ?? "";
  const thought = line["thinking"] ?? message["thinking"] ?? "";
  const calls = message["tool_calls"] ?? line["tool_calls"];
  if (typeof text !== "string" || typeof thought !== "string") return undefined;
  if (calls === undefined || calls === null) return { text, thought, calls: noCalls };
  const parsed = toolCallsAnswer.safeParse(calls);
  return parsed.success ? { text, thought, calls: parsed.data } : undefined;
}

/** Some imitators send the arguments as OpenAI does, as a text of JSON. */
const argumentsAnswer = z.preprocess(
  (value) => {
    if (typeof value !== "string") return value ?? {};
    try {
      return value === "" ? {} : JSON.parse(value);
    } catch {
      return value;
    }
  },
  z.record(z.string(), z.json()),
);
const toolCallsAnswer = z.array(
  z
    .object({
      id: z.string().max(200).optional(),
      function: z.object({ name: z.string().max(200), arguments: argumentsAnswer }),
    })
    .transform((call): ToolCall => ({
      // Servers before Ollama 0.12 give none; an answer to the call has to name one.
      id: call.id || `call_${randomUUID().slice(0, 8)}`,
      name: call.function.name,
      arguments: call.function.arguments,
    })),
);

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
