import { ProviderError } from "../../provider.ts";
import { ExchangeError } from "../http/exchange.ts";
import { LineError } from "../http/line-error.ts";
import { afterArrived, type RequestFacts } from "../http/request-facts.ts";
import { connectionError, lineError } from "../http/stream-error-mapping.ts";
import { ollamaDialect } from "./dialect.ts";

/** The ProviderError of a broken exchange or an unreadable line; whatever else was thrown stays what it is. */
export function asProviderError(error: unknown, facts: RequestFacts): unknown {
  if (error instanceof ExchangeError) return connectionError(error, facts, ollamaDialect);
  if (error instanceof LineError) return lineError(error, facts, ollamaDialect);
  return error;
}

/** A line that is JSON but not a line of an answer. */
export function unreadableError(facts: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${facts.url.host} sent a line that is not one of Ollama's ${afterArrived(facts)}.`,
    ollamaDialect.remedies.checkAddress,
    { concerns: "model" },
  );
}

/** Work on a model whose progress ended without `success`, or was reported in another form than Ollama's. */
export function unfinishedWorkError({ url, model }: RequestFacts, cause?: unknown): ProviderError {
  return new ProviderError(
    "broken_stream",
    `Ollama at ${url.host} stopped its work on ${model ?? "the model"} without saying that it is done.`,
    "Try again: a pull goes on where it stopped. If this repeats, Ollama's own log says why.",
    { cause },
  );
}

/** An answer that only loaded or unloaded the model. */
export function noTextError(reason: "load" | "unload", { url, model }: RequestFacts): ProviderError {
  return new ProviderError(
    "server_error",
    `Ollama at ${url.host} ${reason === "load" ? "loaded" : "unloaded"} ${model ?? "the model"} instead of answering.`,
    reason === "load" ? "Give it a prompt that is not empty." : "Generate again: the next call loads the model.",
  );
}

/** An answer of another form than Ollama gives at this address. */
export function notOllamaError(url: URL): ProviderError {
  return new ProviderError(
    "broken_stream",
    `What answers at ${url.host} is not Ollama: ${url.pathname} did not tell what it should.`,
    ollamaDialect.remedies.notHttp,
  );
}
