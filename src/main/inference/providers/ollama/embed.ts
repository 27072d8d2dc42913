import { z } from "zod";
import type { Embeddings, EmbedRequest } from "../../provider.ts";
import { ask, noAnswer } from "./request.ts";
import type { OllamaServer } from "./discover.ts";
import { apiUrl } from "./endpoint.ts";
import { notOllamaError } from "./error-mapping.ts";
import { serverModelOf } from "./request-body.ts";
import { millisecondsFrom, tokensFrom } from "../answers/measures.ts";
import { promptCounted } from "./truncation.ts";

/**
 * One vector a text, in order, of length 1. A text longer than the model's window is `prompt_too_large`, or cut where the request
 * says so. Throws ProviderError, or the signal's reason.
 */
export async function embedTexts(
  server: OllamaServer,
  request: EmbedRequest,
  texts: readonly string[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Embeddings> {
  signal.throwIfAborted();
  if (texts.length === 0) return { vectors: [], promptTokens: 0, loadMs: null, promptTruncated: false };
  const question = { ...questionOf(server, request, texts), answer: embedAnswer };
  const { embeddings, ...usage } = await ask(server.dispatcher, question, deadlineMs, signal);
  const length = embeddings[0]?.length;
  if (embeddings.length !== texts.length || embeddings.some((vector) => vector.length !== length))
    throw notOllamaError(question.url);
  const counted = { promptTokens: tokensFrom(usage.prompt_eval_count) };
  const loadMs = millisecondsFrom(usage.load_duration, nanosecondsPerMs);
  return { vectors: embeddings, loadMs, ...promptCounted(texts, counted, undefined) };
}

/** Loads a model that makes vectors alone: it takes no prompt, not even an empty one, but loads for an empty list of texts. */
export async function loadEmbedder(
  server: OllamaServer,
  request: EmbedRequest,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const question = { ...questionOf(server, request, []), answer: noAnswer };
  await ask(server.dispatcher, question, deadlineMs, signal);
}

function questionOf({ endpoint, key }: OllamaServer, request: EmbedRequest, texts: readonly string[]) {
  const { options, contextTokens } = request.configuration;
  const model = serverModelOf(request);
  const body = {
    model,
    input: texts,
    truncate: request.truncate ?? false,
    keep_alive: options?.keepAlive,
    // The same window and threads as a call for text has: for another value the server would load the model again.
    options: { num_ctx: contextTokens, num_thread: options?.threads, ...options?.serverOptions },
  };
  return { url: apiUrl(endpoint, "/api/embed"), body, key, model };
}

const nanosecondsPerMs = 1e6;
const embedAnswer = z.object({
  embeddings: z.array(z.array(z.number()).min(1)),
  prompt_eval_count: z.unknown().optional(),
  load_duration: z.unknown().optional(),
});
