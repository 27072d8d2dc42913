import { randomBytes } from "node:crypto";
import type { Message, ToolCall } from "../../../shared/contract/inference.ts";
import { type AnswerEnd, type AnswerFormat, extensionOf, type WholeAnswer } from "../answer-format.ts";
import { errorBody, type Refusal } from "../http/refusal.ts";
import { callItem, type Item, messageItem, reasoningItem, summaryPart, textPart } from "./output.ts";

interface Naming {
  /** `resp_…`. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The model's name as the request has it. */
  readonly model: string;
  /** The fields of the request that the answer repeats. */
  readonly repeated: Readonly<Record<string, unknown>>;
}

/** The whole answer, once it is complete. */
export interface CompleteResponse {
  readonly body: object;
  readonly items: readonly Item[];
  /** The assistant's turn as a message. */
  readonly message: Message;
}

export function newId(prefix: "resp" | "msg" | "rs" | "fc"): string {
  return `${prefix}_${randomBytes(24).toString("hex")}`;
}

/**
 * The events of `POST /v1/responses`, numbered from 0, or its one body. Thoughts are a reasoning item, its summary being what the
 * model thought; a blocked answer is incomplete as `content_filter`. `completed` receives the answer before its last event is sent.
 */
export function responsesAnswer(naming: Naming, completed: (response: CompleteResponse) => void): AnswerFormat {
  return new ResponsesAnswer(naming, completed);
}

/** The item that text is being added to. */
interface OpenItem {
  readonly type: "message" | "reasoning";
  readonly id: string;
  text: string;
}

class ResponsesAnswer implements AnswerFormat {
  readonly contentType = "text/event-stream";
  readonly #naming: Naming;
  readonly #completed: (response: CompleteResponse) => void;
  readonly #output: Item[] = [];
  #open: OpenItem | null = null;
  #sequence = 0;
  #text = "";
  #thinking = "";
  readonly #calls: ToolCall[] = [];

  constructor(naming: Naming, completed: (response: CompleteResponse) => void) {
    this.#naming = naming;
    this.#completed = completed;
  }

  text(text: string): string {
    this.#text += text;
    const opened = this.#begin("message");
    const { id } = this.#addToOpen(text);
    return (
      opened +
      this.#event("response.output_text.delta", { ...this.#at(id), content_index: 0, delta: text, logprobs: [] })
    );
  }

  thought(text: string): string {
    this.#thinking += text;
    const opened = this.#begin("reasoning");
    const { id } = this.#addToOpen(text);
    return (
      opened + this.#event("response.reasoning_summary_text.delta", { ...this.#at(id), summary_index: 0, delta: text })
    );
  }

  toolCall(call: ToolCall): string {
    this.#calls.push(call);
    const before = this.#start() + this.#close("completed");
    const id = newId("fc");
    const item = callItem(id, call, "completed");
    const at = this.#at(id);
    const events =
      before +
      this.#event("response.output_item.added", {
        output_index: at.output_index,
        item: callItem(id, call, "in_progress"),
      }) +
      this.#event("response.function_call_arguments.delta", { ...at, delta: item.arguments }) +
      this.#event("response.function_call_arguments.done", { ...at, name: call.name, arguments: item.arguments }) +
      this.#event("response.output_item.done", { output_index: at.output_index, item });
    this.#output.push(item);
    return events;
  }

  end(end: AnswerEnd): string {
    const status = statusOf(end);
    const before = this.#start() + this.#close(status);
    const response = this.#complete(end);
    return before + this.#event(status === "completed" ? "response.completed" : "response.incomplete", { response });
  }

  failed(refusal: Refusal): string {
    const before = this.#start();
    const { code, message } = refusal;
    const response = { ...this.#response("failed"), error: { code, message }, output: this.#output };
    // OpenAI's own clients throw for `error`, and pass `response.failed` on as an event.
    return (
      before +
      this.#event("response.failed", { response }) +
      this.#event("error", { code, message, param: null, ...errorBody("openai", refusal) })
    );
  }

  whole(answer: WholeAnswer): object {
    const status = statusOf(answer);
    if (answer.thoughts !== "") this.#output.push(reasoningItem(newId("rs"), answer.thoughts, "completed"));
    if (answer.text !== "" || answer.toolCalls.length === 0)
      this.#output.push(messageItem(newId("msg"), answer.text, status));
    for (const call of answer.toolCalls) this.#output.push(callItem(newId("fc"), call, "completed"));
    [this.#text, this.#thinking] = [answer.text, answer.thoughts];
    this.#calls.push(...answer.toolCalls);
    return this.#complete(answer);
  }

  /** The first events, before the first of the output. */
  #start(): string {
    if (this.#sequence > 0) return "";
    const response = this.#response("in_progress");
    return this.#event("response.created", { response }) + this.#event("response.in_progress", { response });
  }

  #begin(type: OpenItem["type"]): string {
    if (this.#open?.type === type) return "";
    const before = this.#start() + this.#close("completed");
    const id = newId(type === "message" ? "msg" : "rs");
    this.#open = { type, id, text: "" };
    const item = type === "message" ? messageItem(id, null, "in_progress") : reasoningItem(id, null, "in_progress");
    const at = this.#at(id);
    const added = this.#event("response.output_item.added", { output_index: at.output_index, item });
    const part =
      type === "message"
        ? this.#event("response.content_part.added", { ...at, content_index: 0, part: textPart("") })
        : this.#event("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: summaryPart("") });
    return before + added + part;
  }

  #addToOpen(text: string): OpenItem {
    if (!this.#open) throw new Error("an item was begun");
    this.#open.text += text;
    return this.#open;
  }

  #close(status: "completed" | "incomplete"): string {
    const open = this.#open;
    if (!open) return "";
    this.#open = null;
    const { id, text, type } = open;
    const at = this.#at(id);
    const [item, ends] =
      type === "message"
        ? [
            messageItem(id, text, status),
            this.#event("response.output_text.done", { ...at, content_index: 0, text, logprobs: [] }) +
              this.#event("response.content_part.done", { ...at, content_index: 0, part: textPart(text) }),
          ]
        : [
            reasoningItem(id, text, status),
            this.#event("response.reasoning_summary_text.done", { ...at, summary_index: 0, text }) +
              this.#event("response.reasoning_summary_part.done", { ...at, summary_index: 0, part: summaryPart(text) }),
          ];
    const done = this.#event("response.output_item.done", { output_index: at.output_index, item });
    this.#output.push(item);
    return ends + done;
  }

  #at(id: string) {
    return { item_id: id, output_index: this.#output.length };
  }

  #complete(end: AnswerEnd): object {
    const status = statusOf(end);
    const body = {
      ...this.#response(status),
      incomplete_details: status === "completed" ? null : { reason: end.held ? "content_filter" : "max_output_tokens" },
      output: this.#output,
      usage: usageOf(end),
      taleward: extensionOf(end),
    };
    const message: Message = {
      role: "assistant",
      content: this.#text,
      ...(this.#thinking !== "" && { thinking: this.#thinking }),
      ...(this.#calls.length > 0 && { toolCalls: this.#calls }),
    };
    this.#completed({ body, items: this.#output, message });
    return body;
  }

  #response(status: "in_progress" | "completed" | "incomplete" | "failed"): object {
    const { id, created, model, repeated } = this.#naming;
    return {
      id,
      object: "response",
      created_at: created,
      status,
      background: false,
      error: null,
      incomplete_details: null,
      model,
      output: [],
      ...repeated,
      usage: null,
    };
  }

  #event(type: string, fields: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence++, ...fields })}\n\n`;
  }
}

function statusOf({ done, held }: AnswerEnd): "completed" | "incomplete" {
  return held || done.finishReason === "length" ? "incomplete" : "completed";
}

/** Null where the server reported no tokens. */
function usageOf({ done: { promptTokens, completionTokens } }: AnswerEnd): object | null {
  if (promptTokens === null && completionTokens === null) return null;
  const [input_tokens, output_tokens] = [promptTokens ?? 0, completionTokens ?? 0];
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input_tokens + output_tokens,
  };
}
