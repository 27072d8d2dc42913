import { randomBytes } from "node:crypto";
import { messagesAnswer } from "../anthropic/answers.ts";
import { messagesRequest } from "../anthropic/requests.ts";
import type { Exchange } from "../http/exchange.ts";
import { Refusal } from "../http/refusal.ts";
import { chatAnswer, generateAnswer, goTime, residencyAnswer } from "../ollama/answers.ts";
import { chatRequest, generateRequest, type OllamaRequest } from "../ollama/requests.ts";
import { chatCompletionAnswer, completionAnswer } from "../openai/answers.ts";
import { chatCompletionRequest, completionRequest, type OpenaiRequest } from "../openai/requests.ts";
import type { AnswerPorts } from "../ports.ts";
import { answerText } from "./answer-text.ts";
import { versionOf } from "./names.ts";

/** The handlers of what a model writes, but for `/v1/responses`. */
export function textRoutes(ports: AnswerPorts) {
  return {
    ollamaChat: (exchange: Exchange, body: unknown) => ollama(exchange, chatRequest(body), "chat"),
    ollamaGenerate: (exchange: Exchange, body: unknown) => ollama(exchange, generateRequest(body), "generate"),
    openaiChat: (exchange: Exchange, body: unknown) => openai(exchange, chatCompletionRequest(body), "chat"),
    openaiCompletion: (exchange: Exchange, body: unknown) => openai(exchange, completionRequest(body), "completion"),
    anthropicMessages: (exchange: Exchange, body: unknown) => {
      const request = messagesRequest(body);
      const id = `msg_${randomBytes(12).toString("hex")}`;
      return answerText(ports, exchange, request, messagesAnswer({ id, model: request.model }));
    },
    anthropicCountTokens: () => {
      const words =
        "Taleward does not count tokens ahead of a call: most servers do not say. Read `usage` of the answer.";
      throw new Refusal(404, "not_found", words);
    },
  };

  async function ollama(exchange: Exchange, request: OllamaRequest, shape: "chat" | "generate"): Promise<void> {
    const naming = { model: request.model, timestamp: clock(ports.nowMs()) };
    if (request.residency !== null) {
      exchange.call.model(request.model);
      const { version } = await versionOf(request.model, ports.names);
      await ports.hosts.setResidency(version, request.keepAliveSeconds, exchange.signal);
      return exchange.json(residencyAnswer(naming, shape, request.residency));
    }
    await answerText(ports, exchange, request, shape === "chat" ? chatAnswer(naming) : generateAnswer(naming));
  }

  async function openai(exchange: Exchange, request: OpenaiRequest, shape: "chat" | "completion"): Promise<void> {
    const { model, includeUsage } = request;
    const unique = randomBytes(12).toString("hex");
    const naming = { model, includeUsage, created: Math.floor(ports.nowMs() / 1000) };
    const format =
      shape === "chat"
        ? chatCompletionAnswer({ ...naming, id: `chatcmpl-${unique}` })
        : completionAnswer({ ...naming, id: `cmpl-${unique}` });
    await answerText(ports, exchange, request, format);
  }
}

/** The wall clock, read once, and from then on the nanoseconds that have passed. */
function clock(startedAtMs: number): () => string {
  const startedAtNs = BigInt(Math.round(startedAtMs * 1000)) * 1000n;
  const from = process.hrtime.bigint();
  return () => goTime(startedAtNs + process.hrtime.bigint() - from);
}
