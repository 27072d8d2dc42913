import type { ToolCall } from "../../../shared/contract/inference.ts";
import { type AnswerEnd, type AnswerFormat, extensionOf, type WholeAnswer } from "../answer-format.ts";
import { errorBody, type Refusal } from "../http/refusal.ts";

interface Naming {
  /** `msg_…`. */
  readonly id: string;
  /** The model's name as the request has it. */
  readonly model: string;
}

/**
 * The events of `POST /v1/messages`, or its one body. Tokens are counted at the end, in `message_delta`; those that no server
 * counted are 0, since the API has no other word. A blocked answer ends as `refusal`.
 */
export function messagesAnswer(naming: Naming): AnswerFormat {
  return new MessagesAnswer(naming);
}

class MessagesAnswer implements AnswerFormat {
  readonly contentType = "text/event-stream";
  readonly #naming: Naming;
  #started = false;
  /** The block that is being written. */
  #open: "text" | "thinking" | null = null;
  #index = -1;
  #calledTools = false;

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  text(text: string): string {
    return this.#begin("text", { type: "text", text: "" }) + this.#delta({ type: "text_delta", text });
  }

  thought(thinking: string): string {
    const begun = this.#begin("thinking", { type: "thinking", thinking: "", signature: "" });
    return begun + this.#delta({ type: "thinking_delta", thinking });
  }

  toolCall({ id, name, arguments: input }: ToolCall): string {
    this.#calledTools = true;
    return (
      this.#begin(null, { type: "tool_use", id, name, input: {} }) +
      this.#delta({ type: "input_json_delta", partial_json: JSON.stringify(input) }) +
      event("content_block_stop", { index: this.#index })
    );
  }

  end(end: AnswerEnd): string {
    const delta = { stop_reason: stopReasonOf(end, this.#calledTools), stop_sequence: null };
    return (
      this.#start() +
      this.#close() +
      event("message_delta", { delta, usage: usageOf(end), taleward: extensionOf(end) }) +
      event("message_stop", {})
    );
  }

  failed(refusal: Refusal): string {
    return `event: error\ndata: ${JSON.stringify(errorBody("anthropic", refusal))}\n\n`;
  }

  whole(answer: WholeAnswer): object {
    const { text, thoughts, toolCalls } = answer;
    return {
      ...this.#message(),
      content: [
        ...(thoughts === "" ? [] : [{ type: "thinking", thinking: thoughts, signature: "" }]),
        ...(text === "" ? [] : [{ type: "text", text }]),
        ...toolCalls.map(({ id, name, arguments: input }) => ({ type: "tool_use", id, name, input })),
      ],
      stop_reason: stopReasonOf(answer, toolCalls.length > 0),
      usage: usageOf(answer),
      taleward: extensionOf(answer),
    };
  }

  #message() {
    const { id, model } = this.#naming;
    return { id, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null };
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    return event("message_start", { message: { ...this.#message(), usage: usage(0, 0) } });
  }

  /** Begins a block, unless it goes on; `kind` is null for one that is written at once. */
  #begin(kind: "text" | "thinking" | null, content_block: object): string {
    if (kind !== null && this.#open === kind) return "";
    const before = this.#start() + this.#close();
    this.#index += 1;
    this.#open = kind;
    return before + event("content_block_start", { index: this.#index, content_block });
  }

  #close(): string {
    if (this.#open === null) return "";
    // A signature ends every thought; nobody checks an empty one.
    const signature = this.#open === "thinking" ? this.#delta({ type: "signature_delta", signature: "" }) : "";
    this.#open = null;
    return signature + event("content_block_stop", { index: this.#index });
  }

  #delta(delta: object): string {
    return event("content_block_delta", { index: this.#index, delta });
  }
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function stopReasonOf({ done, held }: AnswerEnd, calledTools: boolean): string {
  if (held) return "refusal";
  if (calledTools || done.finishReason === "tool_calls") return "tool_use";
  return done.finishReason === "length" ? "max_tokens" : "end_turn";
}

function usageOf({ done: { promptTokens, completionTokens } }: AnswerEnd): object {
  return usage(promptTokens ?? 0, completionTokens ?? 0);
}

function usage(input_tokens: number, output_tokens: number): object {
  return { input_tokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens };
}
