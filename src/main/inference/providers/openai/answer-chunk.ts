import { z } from "zod";
import type { ProviderResult } from "../../provider.ts";
import { millisecondsFrom, tokensFrom } from "../answers/measures.ts";
import { firstWords, readContent } from "../answers/content.ts";
import { type FinishMeaning, meaningOfFinish } from "../answers/finish-reasons.ts";
import { type ReportedError, reportedError } from "../answers/reported-error.ts";
import { type ReadCall, ToolCallGatherer } from "../answers/tool-calls.ts";

/** One chunk of a streamed answer, or a whole one, in our terms. */
export type AnswerChunk =
  | {
      readonly type: "piece";
      readonly thought: string;
      readonly text: string;
      readonly refusal: string;
      readonly finish: { readonly meaning: FinishMeaning; readonly word: string };
      /** The model said something, be it part of a tool call. */
      readonly isProgress: boolean;
      readonly counts: Counts;
    }
  | { readonly type: "error"; readonly error: ReportedError }
  | { readonly type: "unreadable" };

export type Counts = Pick<ProviderResult, "promptTokens" | "completionTokens" | "prefillMs" | "decodeMs"> & {
  /** Those of the prompt that were not read again. */
  readonly cachedTokens: number | null;
};

/** Reads chunks of one answer, gathering fragments of tool calls until they are whole. */
export class AnswerReader {
  readonly #calls: ToolCallGatherer;
  #hasContent = false;

  /** `tools` are the names of the tools that the model was offered. */
  constructor(tools: readonly string[] = []) {
    this.#calls = new ToolCallGatherer(tools, (position) => `call_${position}`);
  }

  read(value: unknown): AnswerChunk {
    // A heartbeat of some proxies.
    if (value === null) return { ...nothing, finish: noFinish };
    try {
      const error = reportedError(value);
      return error === null ? this.#piece(value) : { type: "error", error };
    } catch (error) {
      // So deeply nested that reading it is beyond the stack.
      if (error instanceof RangeError) return { type: "unreadable" };
      throw error;
    }
  }

  /** The calls, in order; null stands for one that cannot be made out, with what came of it. */
  calls(): ReadCall[] {
    return this.#calls.calls();
  }

  #piece(value: unknown): AnswerChunk {
    const parsed = chunkAnswer.safeParse(value);
    if (!parsed.success) return { type: "unreadable" };
    const { choices, usage, timings } = parsed.data;
    const choice = choices?.[0];
    const message = this.#messageOf(choice);
    const content = readContent(isPresent(message["content"]) ? message["content"] : choice?.text);
    const reasoning = firstWords([message["reasoning_content"], message["reasoning"], message["thinking"]]);
    const refusal = readContent(message["refusal"]);
    if (content === null || reasoning === null || refusal === null) return { type: "unreadable" };
    const { tool_calls: toolCalls, function_call: functionCall } = message;
    if (!this.#calls.take(toolCalls, functionCall)) return { type: "unreadable" };
    const thought = reasoning + content.thought;
    const declined = refusal.text + content.refusal;
    const isProgress =
      thought !== "" || content.text !== "" || declined !== "" || isPresent(toolCalls) || isPresent(functionCall);
    this.#hasContent ||= isProgress;
    return {
      type: "piece",
      thought,
      text: content.text,
      refusal: declined,
      isProgress,
      finish: finishFrom(choice?.finish_reason),
      counts: countsFrom(usage, timings),
    };
  }

  /** Some servers repeat the whole message beside the last delta: it counts only where no delta came. */
  #messageOf(choice: z.infer<typeof choiceAnswer> | undefined): Readonly<Record<string, unknown>> {
    const delta = choice?.delta ?? null;
    const message = choice?.message ?? null;
    const isDelta = delta !== null && (this.#hasContent || message === null || Object.entries(delta).some(isSpoken));
    return (isDelta ? delta : message) ?? {};
  }
}

const noCounts: Counts = {
  promptTokens: null,
  completionTokens: null,
  prefillMs: null,
  decodeMs: null,
  cachedTokens: null,
};
const nothing = { type: "piece", thought: "", text: "", refusal: "", isProgress: false, counts: noCounts } as const;
const noFinish = { meaning: "none", word: "" } as const;

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

function isSpoken([name, value]: [string, unknown]): boolean {
  return name !== "role" && isPresent(value);
}

function finishFrom(reason: unknown) {
  return { meaning: meaningOfFinish(reason), word: typeof reason === "string" ? reason : "" };
}

function countsFrom(usage: Fields, timings: Fields): Counts {
  const details = fields.safeParse(usage?.["prompt_tokens_details"]).data;
  return {
    promptTokens: tokensFrom(usage?.["prompt_tokens"]),
    completionTokens: tokensFrom(usage?.["completion_tokens"]),
    // OpenAI's name, DeepSeek's, and llama.cpp's.
    cachedTokens:
      tokensFrom(details?.["cached_tokens"]) ??
      tokensFrom(usage?.["prompt_cache_hit_tokens"]) ??
      tokensFrom(timings?.["cache_n"]),
    prefillMs: millisecondsFrom(timings?.["prompt_ms"]),
    decodeMs: millisecondsFrom(timings?.["predicted_ms"]),
  };
}

type Fields = Readonly<Record<string, unknown>> | null | undefined;

/** Numbers beside the answer never spoil it. */
const fields = z.record(z.string(), z.unknown()).nullish().catch(null);
const messageAnswer = z.record(z.string(), z.unknown()).nullish();
const choiceAnswer = z.object({
  delta: messageAnswer,
  message: messageAnswer,
  text: z.unknown().optional(),
  finish_reason: z.unknown().optional(),
});
const chunkAnswer = z.object({ choices: z.array(choiceAnswer).nullish(), usage: fields, timings: fields });
