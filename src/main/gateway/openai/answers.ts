import type { ToolCall } from "../../../shared/contract/inference.ts";
import { type AnswerEnd, type AnswerFormat, extensionOf, type WholeAnswer } from "../answer-format.ts";
import { errorBody } from "../http/refusal.ts";

interface Naming {
  /** Of the completion, `chatcmpl-…`; the same in every chunk. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The model's name as the request has it. */
  readonly model: string;
  readonly includeUsage: boolean;
}

/** Ollama's is `fp_ollama`. */
const system_fingerprint = "fp_taleward";

/** The chunks of `POST /v1/chat/completions`, fields in the order Ollama's `/v1` has them. */
export function chatCompletionAnswer(naming: Naming): AnswerFormat {
  let calls = 0;
  const { id, created, model } = naming;
  const head = (object: string) => ({ id, object, created, model, system_fingerprint });
  const chunk = (choices: object[], rest: object = {}) => data({ ...head("chat.completion.chunk"), choices, ...rest });
  const delta = (content: object, finish_reason: string | null, rest: object = {}) =>
    chunk([{ index: 0, delta: { role: "assistant", ...content }, finish_reason }], rest);
  return {
    ...common,
    text: (content) => delta({ content }, null),
    thought: (reasoning) => delta({ content: "", reasoning }, null),
    toolCall: (call) => delta({ content: "", tool_calls: [toolCallOf(call, calls++)] }, null),
    end: (end) =>
      delta({ content: "" }, finishReasonOf(end, calls > 0), { taleward: extensionOf(end) }) +
      usageChunk(naming, end, (usage) => chunk([], usage)) +
      lastChunk,
    whole: (answer) => ({
      ...head("chat.completion"),
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: answer.text, ...reasoningOf(answer), ...toolCallsOf(answer) },
          finish_reason: finishReasonOf(answer, answer.toolCalls.length > 0),
        },
      ],
      ...usageOf(answer),
      taleward: extensionOf(answer),
    }),
  };
}

/** The chunks of `POST /v1/completions`. They have no field for thoughts and tools. */
export function completionAnswer(naming: Naming): AnswerFormat {
  const { id, created, model } = naming;
  const chunk = (choices: object[], rest: object = {}) =>
    data({ id, object: "text_completion", created, choices, model, system_fingerprint, ...rest });
  const noUsageYet = naming.includeUsage ? { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } } : {};
  const part = (text: string) => chunk([{ text, index: 0, finish_reason: null }], noUsageYet);
  return {
    ...common,
    text: part,
    thought: () => "",
    toolCall: () => "",
    end: (end) =>
      chunk([{ text: "", index: 0, finish_reason: finishReasonOf(end, false) }], {
        ...noUsageYet,
        taleward: extensionOf(end),
      }) +
      usageChunk(naming, end, (usage) => chunk([], usage)) +
      lastChunk,
    whole: (answer) => ({
      id,
      object: "text_completion",
      created,
      model,
      system_fingerprint,
      choices: [{ text: answer.text, index: 0, finish_reason: finishReasonOf(answer, false) }],
      ...usageOf(answer),
      taleward: extensionOf(answer),
    }),
  };
}

const lastChunk = "data: [DONE]\n\n";

const common = {
  contentType: "text/event-stream",
  failed: (refusal) => data(errorBody("openai", refusal)),
} satisfies Partial<AnswerFormat>;

function data(message: object): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}

function finishReasonOf({ done, held }: AnswerEnd, calledTools: boolean): string {
  if (held) return "content_filter";
  if (calledTools || done.finishReason === "tool_calls") return "tool_calls";
  return done.finishReason === "length" ? "length" : "stop";
}

/** Left out where the server reported no tokens. */
function usageOf({ done: { promptTokens, completionTokens } }: AnswerEnd): { usage?: object } {
  if (promptTokens === null && completionTokens === null) return {};
  const [prompt_tokens, completion_tokens] = [promptTokens ?? 0, completionTokens ?? 0];
  return { usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens } };
}

function usageChunk(naming: Naming, end: AnswerEnd, chunk: (usage: object) => string): string {
  const usage = usageOf(end);
  return naming.includeUsage && usage.usage ? chunk(usage) : "";
}

function reasoningOf({ thoughts }: WholeAnswer): object {
  return thoughts === "" ? {} : { reasoning: thoughts };
}

function toolCallsOf({ toolCalls }: WholeAnswer): object {
  return toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallOf) };
}

function toolCallOf(call: ToolCall, index: number): object {
  return {
    id: call.id,
    index,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  };
}
