import type { ToolCall } from "../../../shared/contract/inference.ts";
import { type AnswerEnd, type AnswerFormat, extensionOf, type WholeAnswer } from "../answer-format.ts";
import { errorBody } from "../http/refusal.ts";

interface Naming {
  /** The model's name as the request has it. */
  readonly model: string;
  /** RFC 3339 with nanoseconds. */
  readonly timestamp: () => string;
}

/** The lines of `POST /api/chat`, fields in Ollama's order. */
export function chatAnswer({ model, timestamp }: Naming): AnswerFormat {
  let calls = 0;
  const head = () => ({ model, created_at: timestamp() });
  const part = (message: object) => line({ ...head(), message: { role: "assistant", ...message }, done: false });
  return {
    ...common,
    text: (content) => part({ content }),
    thought: (thinking) => part({ content: "", thinking }),
    toolCall: (call) => part({ content: "", tool_calls: [toolCallOf(call, calls++)] }),
    end: (end) => line({ ...head(), message: { role: "assistant", content: "" }, ...ending(end) }),
    whole: (answer) => ({
      ...head(),
      message: { role: "assistant", content: answer.text, ...thinkingOf(answer), ...toolCallsOf(answer) },
      ...ending(answer),
    }),
  };
}

/**
 * The lines of `POST /api/generate`. `context`, tokens of the conversation so far, is left out: it could not be taken back
 * from a program and checked.
 */
export function generateAnswer({ model, timestamp }: Naming): AnswerFormat {
  let calls = 0;
  const head = () => ({ model, created_at: timestamp() });
  return {
    ...common,
    text: (response) => line({ ...head(), response, done: false }),
    thought: (thinking) => line({ ...head(), response: "", thinking, done: false }),
    toolCall: (call) => line({ ...head(), response: "", done: false, tool_calls: [toolCallOf(call, calls++)] }),
    end: (end) => line({ ...head(), response: "", ...ending(end) }),
    whole: (answer) => ({
      ...head(),
      response: answer.text,
      ...thinkingOf(answer),
      ...ending(answer),
      ...toolCallsOf(answer),
    }),
  };
}

/** The answer to an empty prompt, which only brings the model into memory or out of it. */
export function residencyAnswer(naming: Naming, shape: "chat" | "generate", done_reason: "load" | "unload"): object {
  const content = shape === "chat" ? { message: { role: "assistant", content: "" } } : { response: "" };
  return { model: naming.model, created_at: naming.timestamp(), ...content, done: true, done_reason };
}

/** The last second that was formatted: every chunk of an answer has a time, and most of them share its second. */
let lastWritten = { second: Number.NaN, text: "" };

/** RFC 3339 in UTC as Go writes it: nanoseconds, without the zeros at their end. */
export function goTime(epochNs: bigint): string {
  const second = Number(epochNs / 1_000_000_000n);
  if (second !== lastWritten.second) lastWritten = { second, text: new Date(second * 1000).toISOString().slice(0, 19) };
  const fraction = String(epochNs % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${lastWritten.text}Z` : `${lastWritten.text}.${fraction}Z`;
}

const common = {
  contentType: "application/x-ndjson",
  failed: (refusal) => line(errorBody("ollama", refusal)),
} satisfies Partial<AnswerFormat>;

function line(message: object): string {
  return `${JSON.stringify(message)}\n`;
}

/** Counts and durations are left out where they are unknown or zero, as Ollama leaves them out. */
function ending(end: AnswerEnd): object {
  const { finishReason, timings, promptTokens, completionTokens } = end.done;
  return {
    done: true,
    done_reason: finishReason === "length" ? "length" : "stop",
    ...duration("total_duration", timings.totalMs),
    ...duration("load_duration", timings.loadMs),
    ...positive("prompt_eval_count", promptTokens),
    ...duration("prompt_eval_duration", timings.prefillMs),
    ...positive("eval_count", completionTokens),
    ...duration("eval_duration", timings.decodeMs),
    taleward: extensionOf(end),
  };
}

function duration(name: string, durationMs: number | null): object {
  return durationMs === null ? {} : positive(name, nanoseconds(durationMs));
}

function positive(name: string, value: number | null): object {
  return value === null || value <= 0 ? {} : { [name]: value };
}

/** Durations as Ollama reports them, in whole nanoseconds. */
export function nanoseconds(durationMs: number): number {
  return Math.round(durationMs * 1_000_000);
}

function thinkingOf({ thoughts }: WholeAnswer): object {
  return thoughts === "" ? {} : { thinking: thoughts };
}

function toolCallsOf({ toolCalls }: WholeAnswer): object {
  return toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallOf) };
}

function toolCallOf(call: ToolCall, index: number): object {
  return { id: call.id, function: { index, name: call.name, arguments: call.arguments } };
}
