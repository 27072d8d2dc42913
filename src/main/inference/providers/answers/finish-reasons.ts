/** What a reason for the end of an answer means; `none` is no end at all. */
export type FinishMeaning = "none" | "stop" | "length" | "filtered" | "failed" | "unknown";

/**
 * The words by which servers end an answer, in small letters with underscores: OpenAI's, and those of TGI (`eos_token`,
 * `stop_sequence`), vLLM and SGLang (`abort`, `error`, `repetition`), Mistral (`model_length`, `error`), Anthropic's API behind a
 * proxy (`end_turn`, `max_tokens`, `tool_use`, `refusal`), Gemini's (`SAFETY`, `RECITATION`, `MALFORMED_FUNCTION_CALL`), Cohere's
 * (`complete`), DeepSeek's (`insufficient_system_resource`), GLM's (`sensitive`, `network_error`) and Ollama's (`load`).
 */
const meanings: Readonly<Record<Exclude<FinishMeaning, "unknown">, readonly string[]>> = {
  none: ["", "null", "none", "undefined", "nil"],
  stop: [
    ..."stop stopped stop_sequence stop_token stop_str stop_word eos eos_token eos_found end end_turn end_of_turn".split(
      " ",
    ),
    ..."end_of_text endoftext complete completed done finish finished normal success".split(" "),
    ..."tool_calls tool_call tool_use function_call function_calls tools finish_reason_stop".split(" "),
  ],
  length: [
    ..."length max_tokens max_token max_length max_new_tokens max_output_tokens max_completion_tokens".split(" "),
    ..."model_length token_limit limit truncated context_length context_length_exceeded".split(" "),
    ..."context_window_exceeded model_context_window_exceeded finish_reason_max_tokens".split(" "),
  ],
  filtered: [
    ..."content_filter content_filtered filtered safety recitation blocklist prohibited_content spii language".split(
      " ",
    ),
    ..."image_safety sensitive refusal guardrail_intervened moderation error_toxic model_armor".split(" "),
  ],
  failed: [
    ..."abort aborted error errored failed cancel canceled cancelled interrupted timeout timed_out".split(" "),
    ..."insufficient_system_resource network_error server_error internal_error overloaded repetition".split(" "),
    ..."malformed_function_call unexpected_tool_call too_many_tool_calls other unknown".split(" "),
    ..."finish_reason_unspecified load unload disconnect connection_error user_cancel error_limit".split(" "),
  ],
};

const meaningOf = new Map(
  Object.entries(meanings).flatMap(([meaning, words]) =>
    // The keys of this object are what its type says.
    words.map((word) => [word, meaning as FinishMeaning] as const),
  ),
);

/**
 * What a server means by a finish reason. Whatever is no text is `none`, and a word that nobody here knows is `unknown`: an
 * answer is told as whole only where its end has a name.
 */
export function meaningOfFinish(reason: unknown): FinishMeaning {
  if (typeof reason !== "string") return "none";
  const word = reason
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  const known = meaningOf.get(word);
  if (known !== undefined) return known;
  // Gemini's endpoint writes `content_filter: PROHIBITED_CONTENT` and `function_call_filter: MALFORMED_FUNCTION_CALL`.
  const [kind = "", detail = ""] = word.split(/:_*/, 2);
  if (kind === "content_filter") return "filtered";
  return kind === "function_call_filter" ? "failed" : (detail !== "" && meaningOf.get(detail)) || "unknown";
}
