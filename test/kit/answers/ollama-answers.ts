import type { DialectAnswer } from "./dialect-answer.ts";

/** Answers of Ollama's own API. */
export const ollamaAnswers: readonly DialectAnswer[] = [
  {
    server: "Ollama, chat",
    source: "ollama/ollama docs/api.md, Generate a chat completion",
    api: "ollama",
    chunks: [
      {
        model: "story",
        created_at: "2026-01-01T00:00:00Z",
        message: { role: "assistant", content: "", thinking: "So." },
      },
      { model: "story", message: { role: "assistant", content: "The sea " }, done: false },
      { model: "story", message: { role: "assistant", content: "rose." }, done: false },
      {
        model: "story",
        message: { role: "assistant", content: "" },
        done: true,
        done_reason: "stop",
        total_duration: 900_000_000,
        load_duration: 1_000_000,
        prompt_eval_count: 26,
        prompt_eval_duration: 300_000_000,
        eval_count: 9,
        eval_duration: 500_000_000,
      },
    ],
    meant: { text: "The sea rose.", thought: "So.", finishReason: "stop", promptTokens: 26, completionTokens: 9 },
  },
  {
    server: "Ollama, tools",
    source: "ollama/ollama docs/api.md, Chat request (streaming, with tools); an id that is a number of its imitators",
    api: "ollama",
    chunks: [
      {
        message: {
          role: "assistant",
          content: "",
          tool_calls: [
            { id: 7, function: { index: 0, name: "look", arguments: { where: "sea" } } },
            { function: { index: 1, name: "wait", arguments: null } },
          ],
        },
        done: false,
      },
      { message: { role: "assistant", content: "" }, done: true, done_reason: "stop", eval_count: 4 },
    ],
    meant: {
      text: "",
      calls: [
        { id: "7", name: "look", arguments: { where: "sea" } },
        { name: "wait", arguments: {} },
      ],
      finishReason: "tool_calls",
      completionTokens: 4,
    },
  },
  {
    server: "Ollama, generate",
    source: "ollama/ollama docs/api.md, Generate a completion; servers before 0.1.32 without done_reason",
    api: "ollama",
    chunks: [
      { model: "story", response: "Still ", done: false },
      { model: "story", response: "water.", done: false },
      { model: "story", response: "", done: true, context: [1, 2, 3], eval_count: 3, eval_duration: 10_000_000 },
    ],
    meant: { text: "Still water.", finishReason: "stop", completionTokens: 3 },
  },
];
