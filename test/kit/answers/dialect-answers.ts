import { ollamaAnswers } from "./ollama-answers.ts";
import type { DialectAnswer } from "./dialect-answer.ts";

const chunk = (delta: object, finish: string | null = null, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_767_225_600,
  model: "story",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});
const usageOf = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});
const counts = (prompt: number, completion: number) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  choices: [],
  usage: usageOf(prompt, completion),
});
const part = (index: number, given: string, more: object = {}) => ({ index, function: { arguments: given }, ...more });
const toolCall = (index: number | null, id: string | null, name: string, given: unknown) => ({
  ...(index !== null && { index }),
  ...(id !== null && { id }),
  type: "function",
  function: { name, arguments: given },
});

/** One answer or two of each server whose ways are known. */
export const dialectAnswers: readonly DialectAnswer[] = [
  {
    server: "LM Studio",
    source: "lmstudio.ai/docs/developer/openai-compat/tools, Streaming; lmstudio-ai/lmstudio-bug-tracker#1076",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: "The lamp " }, null, { system_fingerprint: "story" }),
      chunk({ content: "went out." }),
      chunk({}, "stop", { stats: {} }),
      counts(21, 5),
    ],
    meant: { text: "The lamp went out.", finishReason: "stop", promptTokens: 21, completionTokens: 5 },
  },
  {
    server: "LM Studio, tools",
    source: "lmstudio.ai/docs/developer/openai-compat/tools, Streaming",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", tool_calls: [toolCall(0, "365174485", "look", "")] }),
      chunk({ tool_calls: [part(0, '{"where":')] }),
      chunk({ tool_calls: [part(0, '"sea"}')] }),
      chunk({}, "tool_calls"),
    ],
    meant: {
      text: "",
      calls: [{ id: "365174485", name: "look", arguments: { where: "sea" } }],
      finishReason: "tool_calls",
    },
  },
  {
    server: "llama.cpp",
    source: "ggml-org/llama.cpp tools/server/README.md, POST /v1/chat/completions, timings",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: null }),
      chunk({ reasoning_content: "A storm, " }),
      chunk({ reasoning_content: "then." }),
      chunk({ content: "Rain fell." }),
      chunk({}, "length", {
        timings: { cache_n: 236, prompt_n: 1, prompt_ms: 30.9, predicted_n: 4, predicted_ms: 661.064 },
      }),
      counts(237, 4),
    ],
    meant: {
      text: "Rain fell.",
      thought: "A storm, then.",
      finishReason: "length",
      promptTokens: 237,
      completionTokens: 4,
    },
  },
  {
    server: "vLLM",
    source: "docs.vllm.ai, OpenAI-Compatible Server, stream_options (continuous_usage_stats); vllm-project/vllm#27572",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: "" }, null, { usage: usageOf(30, 0) }),
      chunk({ reasoning: "Hm.", reasoning_content: "Hm." }, null, { usage: usageOf(30, 2) }),
      chunk({ content: "Mara ran.", tool_calls: null }, null, { usage: usageOf(30, 5) }),
      {
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { content: "" }, logprobs: null, finish_reason: "stop", stop_reason: null }],
        usage: usageOf(30, 6),
      },
      counts(30, 6),
    ],
    meant: { text: "Mara ran.", thought: "Hm.", finishReason: "stop", promptTokens: 30, completionTokens: 6 },
  },
  {
    server: "vLLM, a new id in every piece",
    source: "vllm-project/vllm#16340, DeltaToolCall's default id",
    api: "openai",
    chunks: [
      chunk({ tool_calls: [toolCall(0, "chatcmpl-tool-1", "look", "")] }),
      chunk({ tool_calls: [part(0, '{"where":', { id: "chatcmpl-tool-2", type: "function" })] }),
      chunk({ tool_calls: [part(0, '"sea"}', { id: "chatcmpl-tool-3", type: "function" })] }),
      chunk({ content: "" }, "tool_calls"),
    ],
    meant: {
      text: "",
      calls: [{ id: "chatcmpl-tool-1", name: "look", arguments: { where: "sea" } }],
      finishReason: "tool_calls",
    },
  },
  {
    server: "SGLang",
    source: "sgl-project/sglang#6310: a call's first index is its tool's, those that follow are the call's",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: "" }),
      chunk({ role: null, content: null, reasoning_content: null, tool_calls: [toolCall(2, "call_a", "look", "")] }),
      chunk({ tool_calls: [{ ...part(0, '{"where":"sea"}'), id: null, type: "function" }] }),
      {
        id: "1",
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { content: null }, finish_reason: "tool_calls", matched_stop: null }],
        usage: null,
      },
    ],
    meant: {
      text: "",
      calls: [{ id: "call_a", name: "look", arguments: { where: "sea" } }],
      finishReason: "tool_calls",
    },
  },
  {
    server: "TGI",
    source: "huggingface/text-generation-inference#2466 (eos_token), #2794 (one call as an object)",
    api: "openai",
    between: ":\n\n",
    chunks: [
      chunk({ role: "assistant", content: "Fog " }),
      chunk({ role: "assistant", content: "rose." }),
      chunk({ role: "assistant", tool_calls: toolCall(0, "", "look", '{"where":"sea"}') }),
      chunk({ role: "assistant", content: "" }, "eos_token"),
    ],
    meant: { text: "Fog rose.", calls: [{ name: "look", arguments: { where: "sea" } }], finishReason: "tool_calls" },
  },
  {
    server: "KoboldCpp",
    source: "LostRuins/koboldcpp#2480: with tools no stream but one chunk, and no usage",
    api: "openai",
    chunks: [
      {
        id: "koboldcpp",
        object: "chat.completion.chunk",
        created: 1,
        model: "koboldcpp/story",
        choices: [
          {
            index: 0,
            finish_reason: null,
            delta: { role: "assistant", content: "I look.", tool_calls: [toolCall(0, "call_1", "look", "{}")] },
          },
        ],
      },
      { id: "koboldcpp", choices: [{ index: 0, finish_reason: "tool_calls", delta: {} }] },
    ],
    meant: { text: "I look.", calls: [{ id: "call_1", name: "look", arguments: {} }], finishReason: "tool_calls" },
  },
  {
    server: "Mistral",
    source: "docs.mistral.ai/capabilities/reasoning; agentjido/req_llm#742; vercel/ai#13703",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: "" }),
      chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Okay." }] }] }),
      chunk({
        content: [
          { type: "text", text: "It was " },
          { type: "reference", reference_ids: [1] },
        ],
      }),
      chunk({ content: "night." }, "model_length", { usage: usageOf(18, 7) }),
    ],
    meant: {
      text: "It was night.",
      thought: "Okay.",
      finishReason: "length",
      promptTokens: 18,
      completionTokens: 7,
    },
  },
  {
    server: "Gemini",
    source:
      "ai.google.dev/gemini-api/docs/openai; langchain4j/langchain4j#4573, open-webui/computer#224 (no index, stop)",
    api: "openai",
    chunks: [
      chunk({
        role: "assistant",
        tool_calls: [{ ...toolCall(null, "fc-1", "look", '{"where":"sea"}'), extra_content: { google: {} } }],
      }),
      chunk({ role: "assistant", tool_calls: [toolCall(null, "fc-2", "look", '{"where":"sky"}')] }),
      chunk({ role: "assistant" }, "STOP", { usage: usageOf(40, 9) }),
    ],
    meant: {
      text: "",
      calls: [
        { id: "fc-1", name: "look", arguments: { where: "sea" } },
        { id: "fc-2", name: "look", arguments: { where: "sky" } },
      ],
      finishReason: "tool_calls",
      promptTokens: 40,
      completionTokens: 9,
    },
  },
  {
    server: "DeepSeek",
    source: "api-docs.deepseek.com/quick_start/rate_limit (keep-alive comments), /api/create-chat-completion (usage)",
    api: "openai",
    between: ": keep-alive\n\n",
    chunks: [
      chunk({ role: "assistant", content: null, reasoning_content: "" }),
      chunk({ content: null, reasoning_content: "So." }),
      chunk({ content: "Dawn.", reasoning_content: null }),
      chunk({ content: "", reasoning_content: null }, "stop", {
        usage: usageOf(64, 8, { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 0 }),
      }),
    ],
    meant: { text: "Dawn.", thought: "So.", finishReason: "stop", promptTokens: 64, completionTokens: 8 },
  },
  {
    server: "LiteLLM",
    source: "docs.litellm.ai/docs/completion/output; BerriAI/litellm#21331 (every call at index 0)",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: "", function_call: null, tool_calls: null, audio: null, refusal: null }),
      chunk({ tool_calls: [toolCall(0, "call_a", "look", '{"where":"sea"}')] }),
      chunk({ tool_calls: [toolCall(0, "call_b", "wait", '{"hours":2}')] }),
      chunk({ content: null, function_call: null, tool_calls: null }, "tool_calls"),
      counts(12, 3),
    ],
    meant: {
      text: "",
      calls: [
        { id: "call_a", name: "look", arguments: { where: "sea" } },
        { id: "call_b", name: "wait", arguments: { hours: 2 } },
      ],
      finishReason: "tool_calls",
      promptTokens: 12,
      completionTokens: 3,
    },
  },
  {
    server: "OpenAI, legacy function calls",
    source: "platform.openai.com/docs/api-reference/chat-streaming, delta.function_call",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: null, function_call: { name: "look", arguments: "" } }),
      chunk({ function_call: { arguments: '{"where":' } }),
      chunk({ function_call: { arguments: '"sea"}' } }),
      chunk({}, "function_call"),
    ],
    meant: { text: "", calls: [{ name: "look", arguments: { where: "sea" } }], finishReason: "tool_calls" },
  },
  {
    server: "OpenAI, a refusal",
    source: "platform.openai.com/docs/guides/structured-outputs, Refusals",
    api: "openai",
    chunks: [
      chunk({ role: "assistant", content: null, refusal: "" }),
      chunk({ refusal: "I will not " }),
      chunk({ refusal: "say that." }),
      chunk({}, "stop"),
      counts(20, 6),
    ],
    meant: { text: "I will not say that.", finishReason: "stop", promptTokens: 20, completionTokens: 6 },
  },
  {
    server: "OpenAI, completions",
    source: "platform.openai.com/docs/api-reference/completions",
    api: "openai",
    chunks: [
      { object: "text_completion", choices: [{ index: 0, text: "Once ", finish_reason: null }] },
      { object: "text_completion", choices: [{ index: 0, text: "more.", finish_reason: "" }] },
      { object: "text_completion", choices: [{ index: 0, text: "", finish_reason: "stop" }] },
      { object: "text_completion", choices: [], usage: usageOf(14, 3) },
    ],
    meant: { text: "Once more.", finishReason: "stop", promptTokens: 14, completionTokens: 3 },
  },
  {
    server: "Ollama's /v1",
    source: "ollama/ollama docs/api/openai-compatibility; ollama/ollama#15457 (every call at index 0)",
    api: "openai",
    lineEnd: "\r\n",
    withoutDone: true,
    chunks: [
      chunk({ role: "assistant", content: "", reasoning: "Two." }, null, { system_fingerprint: "fp_ollama" }),
      chunk({ role: "assistant", content: "", tool_calls: [toolCall(0, "call_a", "look", '{"where":"sea"}')] }),
      chunk({ role: "assistant", content: "", tool_calls: [toolCall(0, "call_b", "look", '{"where":"sky"}')] }),
      chunk({ role: "assistant", content: "" }, "tool_calls", { usage: usageOf(33, 11) }),
      chunk({}, null, { usage: usageOf(0, 0) }),
    ],
    meant: {
      text: "",
      thought: "Two.",
      calls: [
        { id: "call_a", name: "look", arguments: { where: "sea" } },
        { id: "call_b", name: "look", arguments: { where: "sky" } },
      ],
      finishReason: "tool_calls",
      promptTokens: 33,
      completionTokens: 11,
    },
  },
  ...ollamaAnswers,
];

/** The bytes of an answer's stream. */
export function streamOf(answer: DialectAnswer, chunks: readonly unknown[] = answer.chunks): string {
  const { api, between = "", lineEnd = "\n", withoutDone } = answer;
  if (api === "ollama") return chunks.map((each) => `${written(each)}\n`).join("");
  const events = chunks.map((each) => `${between}data: ${written(each)}\n\n`).join("");
  return `${events}${withoutDone ? "" : "data: [DONE]\n\n"}`.replaceAll("\n", lineEnd);
}

/** A value as JSON, in which the text `@1e400` stands for that number. */
export function written(value: unknown): string {
  return JSON.stringify(value).replaceAll('"@1e400"', "1e400");
}
