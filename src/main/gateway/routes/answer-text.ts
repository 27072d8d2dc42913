import type { AnswerFormat } from "../answer-format.ts";
import { clientOf } from "../http/access.ts";
import { answer, fail } from "../http/answering.ts";
import type { Exchange } from "../http/exchange.ts";
import { refusalOfThrown } from "../http/refusal.ts";
import type { AnswerPorts, GatewayTextCall } from "../ports.ts";
import { sessionKeyOf } from "../session-key.ts";
import { inContract, type TextRequest } from "../text-request.ts";
import { targetOf } from "./names.ts";

/** Answers a request for text by one guarded, logged call, in an API's format. Throws `Refusal` before anything is asked. */
export async function answerText(
  ports: AnswerPorts,
  exchange: Exchange,
  request: TextRequest,
  format: AnswerFormat,
): Promise<void> {
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
    ...(exchange.api === "ollama" && { heldText: heldText(ports.settings().heldSentence) }),
  };
  try {
    await answer(exchange, ports.models.chat(call, exchange.signal), format, request.stream);
  } catch (error) {
    fail(exchange, format, refusalOfThrown(error));
  }
}

/** Ollama's API has no word for a text that was held back, so the text says it; the other APIs end such an answer for a reason of their own. */
function heldText(sentence: string): NonNullable<GatewayTextCall["heldText"]> {
  return ({ reason, fallback }) =>
    sentence.replaceAll(/\{(reason|fallback)\}/g, (_placeholder, name) => (name === "reason" ? reason : fallback));
}
