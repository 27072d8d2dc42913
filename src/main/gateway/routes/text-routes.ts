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
import { Refusal, refusalOfThrown } from "../http/refusal.ts";
import { messagesAnswer } from "../anthropic/answers.ts";
import { messagesRequest } from "../anthropic/requests.ts";
import { newId, responsesAnswer } from "../responses/answers.ts";
import { type KeptResponse, KeptResponses } from "../responses/kept-responses.ts";
import { type ResponsesRequest, responsesRequest } from "../responses/requests.ts";
import type { Message } from "../../../shared/contract/inference.ts";
import { sessionKeyOf } from "../session-key.ts";
import { inContract, type TextRequest } from "../text-request.ts";

/** The handlers of everything that a model writes. */
export function textRoutes(ports: AnswerPorts) {
  const kept = new KeptResponses();
  return {
    ollamaChat: (exchange: Exchange, body: unknown) => ollama(exchange, chatRequest(body), "chat"),
    ollamaGenerate: (exchange: Exchange, body: unknown) => ollama(exchange, generateRequest(body), "generate"),
    openaiChat: (exchange: Exchange, body: unknown) => openai(exchange, chatCompletionRequest(body), "chat"),
    openaiCompletion: (exchange: Exchange, body: unknown) => openai(exchange, completionRequest(body), "completion"),
    responses: (exchange: Exchange, body: unknown) => responses(exchange, responsesRequest(body, kept)),
    keptResponse: (exchange: Exchange, _body: unknown, id: string) => {
      exchange.json(keptOr404(kept.response(id), id).body);
    },
    forgetResponse: (exchange: Exchange, _body: unknown, id: string) => {
      keptOr404(kept.response(id), id);
      kept.remove(id);
      exchange.json({ id, object: "response", deleted: true });
    },
    messages: (exchange: Exchange, body: unknown) => {
      const request = messagesRequest(body);
      const id = `msg_${randomBytes(12).toString("hex")}`;
      return write(exchange, request, messagesAnswer({ id, model: request.model }));
    },
    countTokens: () => {
      const words =
        "Taleward does not count tokens ahead of a call: most servers do not say. Read `usage` of the answer.";
      throw new Refusal(404, "not_found", words);
    },
  };

  async function responses(exchange: Exchange, request: ResponsesRequest): Promise<void> {
    const { model, repeated, conversation } = request;
    const id = newId("resp");
    const format = responsesAnswer(
      { id, model, repeated, created: Math.floor(ports.nowMs() / 1000) },
      ({ body, items, message }) => {
        if (!request.store) return;
        const characters = JSON.stringify(body).length + lengthOf(conversation);
        kept.keep({ id, body, items, messages: [...conversation, message], characters });
      },
    );
    await write(exchange, request, format);
  }

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

function keptOr404(response: KeptResponse | null, id: string): KeptResponse {
  if (response) return response;
  const words = `Response with id '${id.slice(0, 200)}' not found. Taleward keeps the latest answers in memory while it runs.`;
  throw new Refusal(404, "not_found", words, { param: "response_id" });
}

function lengthOf(messages: readonly Message[]): number {
  return messages.reduce(
    (sum, { content, images = [] }) => images.reduce((all, { length }) => all + length, sum + content.length),
    0,
  );
}

/** The wall clock, read once, and from then on the nanoseconds that have passed. */
function clock(startedAtMs: number): () => string {
  const startedAtNs = BigInt(Math.round(startedAtMs * 1000)) * 1000n;
  const from = process.hrtime.bigint();
  return () => goTime(startedAtNs + process.hrtime.bigint() - from);
}
