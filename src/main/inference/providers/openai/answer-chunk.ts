import { z } from "zod";
import type { ToolCall } from "../../../../shared/contract/inference.ts";
import type { ProviderResult } from "../../provider.ts";

/** What an answer says of itself when it goes wrong. */
export interface ReportedError {
  readonly message: string;
  /** An HTTP status, where the error carries one. */
  readonly status: number | null;
  /** The server's own word for the kind of error, of `code` or `type`. */
  readonly code: string;
  readonly parameter: string | null;
}

/** One chunk of a streamed answer, or a whole one, in our terms. */
export type AnswerChunk =
  | {
      readonly type: "piece";
      readonly thought: string;
      readonly text: string;
      readonly finish: string | null;
      /** The model said something, be it part of a tool call. */
      readonly isProgress: boolean;
      readonly counts: Counts;
    }
  | { readonly type: "error"; readonly error: ReportedError }
  | { readonly type: "unreadable" };

export type Counts = Pick<ProviderResult, "promptTokens" | "completionTokens" | "prefillMs" | "decodeMs">;

/** Reads chunks of one answer, gathering fragments of tool calls until they are whole. */
export class AnswerReader {
  readonly #calls: { id: string; name: string; argumentsText: string }[] = [];
  readonly #byIndex = new Map<number, number>();

  read(value: unknown): AnswerChunk {
    const error = reportedError(value);
    if (error !== null) return { type: "error", error };
    const parsed = chunk.safeParse(value);
    if (!parsed.success) return { type: "unreadable" };
    const { choices, usage, timings } = parsed.data;
    const choice = choices?.[0];
    const content = choice?.delta ?? choice?.message;
    for (const fragment of content?.tool_calls ?? []) this.#gather(fragment);
    const thought = content?.reasoning_content ?? content?.reasoning ?? "";
    const text = content?.content ?? choice?.text ?? "";
    return {
      type: "piece",
      thought,
      text,
      isProgress: thought !== "" || text !== "" || (content?.tool_calls?.length ?? 0) > 0,
      finish: choice?.finish_reason ?? null,
      counts: {
        promptTokens: usage?.prompt_tokens ?? null,
        completionTokens: usage?.completion_tokens ?? null,
        prefillMs: timings?.prompt_ms ?? null,
        decodeMs: timings?.predicted_ms ?? null,
      },
    };
  }

  /** The calls, in order; null stands for one whose arguments are no JSON object, with what came of it. */
  calls(): ({ readonly call: ToolCall } | { readonly call: null; readonly name: string; readonly text: string })[] {
    return this.#calls.map(({ id, name, argumentsText }, index) => {
      const parsed = z.record(z.string(), z.json()).safeParse(parseOr(argumentsText));
      if (!parsed.success) return { call: null, name, text: argumentsText };
      return { call: { id: id === "" ? `call_${index}` : id, name, arguments: parsed.data } };
    });
  }

  /** Fragments of one call share an index; servers without indices begin a call with its name. */
  #gather({ index, id, function: called }: z.infer<typeof fragment>): void {
    const known = index === undefined ? (called?.name ? undefined : this.#calls.length - 1) : this.#byIndex.get(index);
    const at = known ?? this.#calls.length;
    const call = this.#calls[at] ?? { id: "", name: "", argumentsText: "" };
    this.#calls[at] = call;
    if (index !== undefined) this.#byIndex.set(index, at);
    call.id ||= id ?? "";
    call.name += called?.name ?? "";
    const text = called?.arguments ?? "";
    call.argumentsText += typeof text === "string" ? text : JSON.stringify(text);
  }
}

/**
 * The error that a body or a chunk reports, null where it reports none. Servers write `{"error":{"message"}}`,
 * `{"error":"words"}` (LM Studio), `{"object":"error","message"}` (vLLM before 0.10) or `{"detail"}` (FastAPI).
 */
export function reportedError(value: unknown): ReportedError | null {
  if (typeof value !== "object" || value === null || !("error" in value || "detail" in value || "object" in value))
    return null;
  if ("object" in value && value.object !== "error" && !("error" in value)) return null;
  const parsed = errorBody.safeParse(value);
  if (!parsed.success) return null;
  const { error, detail, object, message, msg } = parsed.data;
  if (error !== undefined && error !== null) {
    if (typeof error === "string") return { message: error, status: null, code: "", parameter: null };
    return errorFrom(error, error.message ?? JSON.stringify(error));
  }
  if (object === "error") return errorFrom(parsed.data, message ?? msg ?? "");
  if (typeof detail === "string") return { message: detail, status: null, code: "", parameter: null };
  const first = detail?.[0];
  if (first === undefined) return null;
  const words = (detail ?? []).map(({ loc, msg: why }) => `${why}: ${loc.filter((part) => part !== "body").join(".")}`);
  return { message: words.join("; "), status: null, code: first.type ?? "", parameter: String(first.loc[1] ?? "") };
}

function errorFrom(error: z.infer<typeof errorFields>, message: string): ReportedError {
  const status = Number(error.code);
  return {
    message,
    status: Number.isInteger(status) && status >= 400 && status < 600 ? status : null,
    code: [error.code, error.type].filter((word) => typeof word === "string").join(" "),
    parameter: error.param ?? null,
  };
}

function parseOr(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const count = z.number().int().min(0).nullish().catch(null);
const milliseconds = z.number().min(0).nullish().catch(null);
const fragment = z.object({
  index: z.number().int().optional(),
  id: z.string().nullish(),
  function: z
    .object({
      name: z.string().nullish(),
      arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
    })
    .nullish(),
});
const content = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z.array(fragment).nullish(),
});
const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: content.nullish(),
        message: content.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
  timings: z.object({ prompt_ms: milliseconds, predicted_ms: milliseconds }).nullish(),
});
const errorFields = z.object({
  type: z.string().nullish().catch(null),
  code: z.union([z.string(), z.number()]).nullish().catch(null),
  param: z.string().nullish().catch(null),
});
const errorBody = z.object({
  ...errorFields.shape,
  error: z.union([z.string(), errorFields.extend({ message: z.string().optional() })]).nullish(),
  object: z.string().nullish().catch(null),
  message: z.string().optional().catch(undefined),
  msg: z.string().optional().catch(undefined),
  detail: z
    .union([
      z.string(),
      z.array(
        z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string().optional() }),
      ),
    ])
    .nullish()
    .catch(null),
});
