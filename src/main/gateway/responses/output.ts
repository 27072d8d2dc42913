import type { ToolCall } from "../../../shared/contract/inference.ts";
import type { OutputItem } from "./kept-responses.ts";

type Status = "in_progress" | "completed" | "incomplete";

export interface MessageItem extends OutputItem {
  readonly type: "message";
  readonly status: Status;
  readonly role: "assistant";
  readonly content: readonly object[];
}

export interface ReasoningItem extends OutputItem {
  readonly type: "reasoning";
  readonly status: Status;
  readonly summary: readonly object[];
}

export interface CallItem extends OutputItem {
  readonly type: "function_call";
  readonly status: Status;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
}

export type Item = MessageItem | ReasoningItem | CallItem;

export function textPart(text: string): object {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

export function summaryPart(text: string): object {
  return { type: "summary_text", text };
}

/** `text` is null while nothing of it is there. */
export function messageItem(id: string, text: string | null, status: Status): MessageItem {
  return { id, type: "message", status, role: "assistant", content: text === null ? [] : [textPart(text)] };
}

export function reasoningItem(id: string, thoughts: string | null, status: Status): ReasoningItem {
  return { id, type: "reasoning", status, summary: thoughts === null ? [] : [summaryPart(thoughts)] };
}

export function callItem(id: string, call: ToolCall, status: Status): CallItem {
  const written = status === "in_progress" ? "" : JSON.stringify(call.arguments);
  return { id, type: "function_call", status, call_id: call.id, name: call.name, arguments: written };
}
