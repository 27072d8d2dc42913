import { z } from "zod";
import type { Embeddings, ModelAddress } from "../../provider.ts";
import { ask, noAnswer } from "./ask.ts";
import type { OllamaServer } from "./discover.ts";
import { apiUrl } from "./endpoint.ts";
import { notOllamaFault } from "./faults.ts";
import { serverModelOf } from "./request-body.ts";

/**
 * One vector a text, in order, of length 1. A text longer than the model's window is `prompt_too_large`, never cut. Throws
 * ProviderError, or the signal's reason.
 */
export async function embedTexts(
  server: OllamaServer,
  request: ModelAddress,
  texts: readonly string[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Embeddings> {
  signal.throwIfAborted();
  if (texts.length === 0) return { vectors: [], promptTokens: 0 };
  const question = { ...questionOf(server, request, texts), answer: embedAnswer };
  const { embeddings, prompt_eval_count: promptTokens } = await ask(server.dispatcher, question, deadlineMs, signal);
  if (embeddings.length !== texts.length) throw notOllamaFault(question.url);
  return { vectors: embeddings, promptTokens: promptTokens ?? null };
}

/** Loads a model that makes vectors alone: it takes no prompt, not even an empty one, but loads for an empty list of texts. */
export async function loadEmbedder(
  server: OllamaServer,
  request: ModelAddress,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const question = { ...questionOf(server, request, []), answer: noAnswer };
  await ask(server.dispatcher, question, deadlineMs, signal);
}

function questionOf({ endpoint, key }: OllamaServer, request: ModelAddress, texts: readonly string[]) {
  const { options, contextTokens } = request.configuration;
  const model = serverModelOf(request);
  const body = {
    model,
    input: texts,
    truncate: false,
    keep_alive: options?.keepAlive,
    // The same window and threads as a call for text has: for another value the server would load the model again.
    options: { num_ctx: contextTokens, num_thread: options?.threads, ...options?.serverOptions },
  };
  return { url: apiUrl(endpoint, "/api/embed"), body, key, model };
}

const embedAnswer = z.object({
  embeddings: z.array(z.array(z.number()).min(1)),
  prompt_eval_count: z.number().int().min(0).nullish(),
});
