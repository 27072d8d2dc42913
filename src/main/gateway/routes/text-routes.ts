import { randomBytes } from "node:crypto";
import { clientOf } from "../http/access.ts";
import type { AnswerFormat } from "../answer-format.ts";
import { answer, fail } from "../http/answering.ts";
import type { Exchange } from "../http/exchange.ts";
import { targetOf, versionOf } from "./names.ts";
import type { AnswerPorts } from "../ports.ts";
import { chatAnswer, generateAnswer, goTime, residencyAnswer } from "../ollama/answers.ts";
import { chatRequest, generateRequest, type OllamaRequest } from "../ollama/requests.ts";
import { chatCompletionAnswer, completionAnswer } from "../openai/answers.ts";
import { chatCompletionRequest, completionRequest, type OpenaiRequest } from "../openai/requests.ts";
import { refusalOfThrown } from "../http/refusal.ts";
import { sessionKeyOf } from "../session-key.ts";
import { inContract, type TextRequest } from "../text-request.ts";

/** The handlers of everything that a model writes. */
export function textRoutes(ports: AnswerPorts) {
  return {
    ollamaChat: (exchange: Exchange, body: unknown) => ollama(exchange, chatRequest(body), "chat"),
    ollamaGenerate: (exchange: Exchange, body: unknown) => ollama(exchange, generateRequest(body), "generate"),
    openaiChat: (exchange: Exchange, body: unknown) => openai(exchange, chatCompletionRequest(body), "chat"),
    openaiCompletion: (exchange: Exchange, body: unknown) => openai(exchange, completionRequest(body), "completion"),
  };

  async function ollama(exchange: Exchange, request: OllamaRequest, shape: "chat" | "generate"): Promise<void> {
    const naming = { model: request.model, timestamp: clock(ports.nowMs()) };
    if (request.residency !== null) {
      exchange.call.model(request.model);
      const { version } = await versionOf(request.model, ports.names);
      await ports.hosts.setResidency(version, request.keepAliveSeconds, exchange.signal);
      return exchange.json(residencyAnswer(naming, shape, request.residency));
    }
    await write(exchange, request, shape === "chat" ? chatAnswer(naming) : generateAnswer(naming));
  }

  async function openai(exchange: Exchange, request: OpenaiRequest, shape: "chat" | "completion"): Promise<void> {
    const { model, includeUsage } = request;
    const unique = randomBytes(12).toString("hex");
    const naming = { model, includeUsage, created: Math.floor(ports.nowMs() / 1000) };
    const format =
      shape === "chat"
        ? chatCompletionAnswer({ ...naming, id: `chatcmpl-${unique}` })
        : completionAnswer({ ...naming, id: `cmpl-${unique}` });
    await write(exchange, request, format);
  }

  async function write(exchange: Exchange, request: TextRequest, format: AnswerFormat): Promise<void> {
    const { messages, options } = inContract(request);
    const { headers } = exchange.request;
    const sessionKey = sessionKeyOf(headers, request.session) ?? undefined;
    exchange.call.model(request.model);
    if (sessionKey !== undefined) exchange.call.session(sessionKey);
    const call = {
      target: await targetOf(request.model, ports.names),
      caller: `gateway: ${clientOf(headers)}`,
      messages,
      options,
      sessionKey,
    };
    try {
      await answer(exchange, ports.models.chat(call, exchange.signal), format, request.stream);
    } catch (error) {
      fail(exchange, format, refusalOfThrown(error));
    }
  }
}

/** The wall clock, read once, and from then on the nanoseconds that have passed. */
function clock(startedAtMs: number): () => string {
  const startedAtNs = BigInt(Math.round(startedAtMs * 1000)) * 1000n;
  const from = process.hrtime.bigint();
  return () => goTime(startedAtNs + process.hrtime.bigint() - from);
}
