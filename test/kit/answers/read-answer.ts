import { type ProviderEvent, type ProviderRequest, ProviderError } from "../../../src/main/inference/provider.ts";
import { readAnswer as readOllama } from "../../../src/main/inference/providers/ollama/answer.ts";
import { asProviderError } from "../../../src/main/inference/providers/ollama/error-mapping.ts";
import { readAnswer as readOpenAI } from "../../../src/main/inference/providers/openai/answer.ts";
import type { DialectAnswer } from "./dialect-answer.ts";

/** What came of reading an answer: all of it, or a failure with what had come before it. */
export type Read = { readonly text: string; readonly thought: string; readonly calls: ToolCalls } & (
  | { readonly type: "whole"; readonly result: Extract<ProviderEvent, { type: "result" }>["result"] }
  | { readonly type: "failed"; readonly error: ProviderError }
);
type ToolCalls = readonly Extract<ProviderEvent, { type: "tool_call" }>["call"][];

const request: ProviderRequest = {
  model: "story",
  configuration: { endpoint: "http://127.0.0.1:1" },
  messages: [{ role: "user", content: "Tell on." }],
  options: { tools: [{ name: "look" }, { name: "wait" }] },
};

/** Reads a body that comes in these pieces and then ends in good order. Throws whatever is no ProviderError. */
export async function readAnswer(api: DialectAnswer["api"], pieces: readonly Buffer[]): Promise<Read> {
  const left = [...pieces];
  const exchange = {
    next: () => Promise.resolve(left.shift() ?? null),
    expectEnd: () => {},
    expectMore: () => {},
  };
  const asked = { url: new URL("http://127.0.0.1:1/"), model: "story", hadKey: false, arrivedCharacters: 0 };
  const read = { text: "", thought: "", calls: [] as ProviderEvent[] };
  const contentSoFar = () => ({
    text: read.text,
    thought: read.thought,
    calls: read.calls.flatMap((event) => (event.type === "tool_call" ? [event.call] : [])),
  });
  try {
    const reader = api === "openai" ? readOpenAI : readOllama;
    for await (const event of reader(exchange, request, asked, () => {})) {
      if (event.type === "text") read.text += event.text;
      else if (event.type === "thought") read.thought += event.text;
      else if (event.type === "tool_call") read.calls.push(event);
      else return { type: "whole", result: event.result, ...contentSoFar() };
    }
    throw new Error("an answer that ends has a result");
  } catch (thrown) {
    const error = api === "ollama" ? asProviderError(thrown, asked) : thrown;
    if (!(error instanceof ProviderError)) throw error;
    return { type: "failed", error, ...contentSoFar() };
  }
}
