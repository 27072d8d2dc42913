import type { Message } from "../../../shared/contract/inference.ts";
import type { Exchange } from "../http/exchange.ts";
import { Refusal } from "../http/refusal.ts";
import type { AnswerPorts } from "../ports.ts";
import { type CompleteResponse, newId, responsesAnswer } from "../responses/answers.ts";
import { type KeptResponse, KeptResponses } from "../responses/kept-responses.ts";
import { responsesRequest } from "../responses/requests.ts";
import { answerText } from "./answer-text.ts";

/** The handlers of `/v1/responses`, and of the answers that are kept for later requests. */
export function responseRoutes(ports: AnswerPorts) {
  const kept = new KeptResponses();
  return {
    create: (exchange: Exchange, body: unknown) => {
      const request = responsesRequest(body, kept);
      const { model, repeated, conversation } = request;
      const id = newId("resp");
      const keep = (response: CompleteResponse) => {
        if (request.store) kept.keep(keptFrom(id, conversation, response));
      };
      const created = Math.floor(ports.nowMs() / 1000);
      return answerText(ports, exchange, request, responsesAnswer({ id, model, repeated, created }, keep));
    },
    retrieve: (exchange: Exchange, _body: unknown, id: string) => exchange.json(keptOr404(kept, id).body),
    remove: (exchange: Exchange, _body: unknown, id: string) => {
      keptOr404(kept, id);
      kept.remove(id);
      exchange.json({ id, object: "response", deleted: true });
    },
  };
}

function keptFrom(
  id: string,
  conversation: readonly Message[],
  { body, items, message }: CompleteResponse,
): KeptResponse {
  const characters = JSON.stringify(body).length + lengthOf(conversation);
  return { id, body, items, messages: [...conversation, message], characters };
}

function keptOr404(kept: KeptResponses, id: string): KeptResponse {
  const response = kept.response(id);
  if (response) return response;
  const words = `Response with id '${id.slice(0, 200)}' not found. Taleward keeps the latest answers in memory while it runs.`;
  throw new Refusal(404, "not_found", words, { param: "response_id" });
}

function lengthOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content, images = [] }) => {
    return images.reduce((all, image) => all + image.length, sum + content.length);
  }, 0);
}
