import { ProviderError } from "../../provider.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { retryAfterMsOf } from "../http/retry-after.ts";
import { targetOf } from "../http/redirect.ts";
import { sentence } from "../http/dialect.ts";
import { errorText } from "./answer-line.ts";
import { type RequestFacts, after } from "./error-mapping.ts";

/** An `error` inside a stream that began well. */
export function streamedFault(text: string, asked: RequestFacts): ProviderError {
  return (
    knownFault(text, asked) ??
    new ProviderError(
      "server_error",
      `Ollama at ${asked.url.host} stopped ${after(asked)}: ${sentence(text)}`,
      remedyFor(text),
    )
  );
}

/** An answer with another status than 200; the body may be JSON, plain text, or a proxy's page. */
export function statusFault(head: ResponseHead, body: string, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  const { statusCode } = head;
  const text = wordsOf(head, body);
  const told = text === "" ? "" : ` ${sentence(text)}`;
  if (statusCode >= 300 && statusCode < 400) {
    return new ProviderError(
      "rejected",
      `${where} sends requests on to another address (${statusCode}).`,
      `This address does not speak Ollama's API itself: use ${targetOf(head, asked.url)} as the endpoint.`,
    );
  }
  // For a model that it lacks Ollama says so on each of its routes; any other 404 is not about a model.
  if ((statusCode === 404 && !isAboutMissingModel(text)) || statusCode === 405) {
    return new ProviderError(
      "rejected",
      `There is nothing at ${asked.url.pathname} on ${where} (${statusCode}).${told}`,
      "This address does not speak Ollama's API: give the base URL of an Ollama server, such as http://127.0.0.1:11434.",
    );
  }
  if (statusCode === 429 || statusCode === 503) return overloaded(head, text, told, asked);
  return (
    knownFault(text, asked) ??
    (statusCode < 500 ? refusal(statusCode, text, told, asked) : failure(statusCode, text, told, asked))
  );
}

/** The request will not be served as it is. */
function refusal(statusCode: number, text: string, told: string, { url: { host } }: RequestFacts): ProviderError {
  switch (statusCode) {
    case 401:
      return new ProviderError(
        "not_allowed",
        `Ollama at ${host} asks for a sign-in or a key (401).${told}`,
        "Sign in with `ollama signin`, give the endpoint its key, or use a model that runs on this machine.",
      );
    case 403:
      return new ProviderError(
        "not_allowed",
        `Ollama at ${host} does not allow this request (403).${told}`,
        "Allow it with OLLAMA_ORIGINS or in the proxy before Ollama, or use a model that runs on this machine.",
      );
    case 408:
    case 499:
      return new ProviderError(
        "server_error",
        `Ollama at ${host} cancelled the request (${statusCode}).${told}`,
        "Generate again.",
      );
    default:
      return new ProviderError("rejected", `Ollama at ${host} cannot do this (${statusCode}).${told}`, remedyFor(text));
  }
}

function failure(statusCode: number, text: string, told: string, { url: { host } }: RequestFacts): ProviderError {
  if (statusCode === 502 || statusCode === 504) {
    return new ProviderError(
      "server_error",
      `The proxy at ${host} cannot reach Ollama (${statusCode}).${told}`,
      "Start Ollama behind it with `ollama serve`, or use the built-in engine.",
    );
  }
  return new ProviderError("server_error", `Ollama at ${host} failed (${statusCode}).${told}`, remedyFor(text));
}

function overloaded(head: ResponseHead, text: string, told: string, { url: { host } }: RequestFacts): ProviderError {
  const retryAfterMs = retryAfterMsOf(head.headers, Date.now());
  const { statusCode } = head;
  if (statusCode === 429) {
    return new ProviderError(
      "overloaded",
      `${host} takes no more requests for now (429).${told}`,
      "Wait a while and generate again, or assign a model that runs on this machine.",
      { retryAfterMs },
    );
  }
  return /pending|queue|busy/i.test(text)
    ? new ProviderError(
        "overloaded",
        `Ollama at ${host} has too many requests waiting (503).${told}`,
        "Wait for them to finish and generate again. OLLAMA_MAX_QUEUE allows more.",
        { retryAfterMs },
      )
    : new ProviderError(
        "overloaded",
        `Ollama at ${host} is not available for now (503).${told}`,
        "Wait a while and generate again. If this repeats, look at the server and at the proxy before it.",
        { retryAfterMs },
      );
}

function modelNotFound(asked: RequestFacts): ProviderError {
  const model = asked.model ?? "this model";
  return new ProviderError(
    "model_not_found",
    `Ollama at ${asked.url.host} has no model ${model}.`,
    `Pull it with \`ollama pull ${model}\`, or assign another model.`,
  );
}

/** What Ollama's own words tell apart where its status does not. */
function knownFault(text: string, asked: RequestFacts): ProviderError | null {
  const model = asked.model ?? "the model";
  if (isAboutMissingModel(text)) return modelNotFound(asked);
  if (/(exceed|longer than|too long).*\bcontext\b|\bcontext (length|size|window)\b.*exceed/i.test(text)) {
    return new ProviderError(
      "prompt_too_large",
      `The prompt does not fit the context window of ${model}: ${sentence(text)}`,
      "Shorten the prompt, or give the version a larger context length.",
    );
  }
  if (/requires more system memory|out of memory|insufficient memory|(unable|failed) to allocate/i.test(text)) {
    return new ProviderError(
      "not_enough_memory",
      `Ollama at ${asked.url.host} has not enough memory for ${model}: ${sentence(text)}`,
      "Close what else uses memory, unload other models, or assign a smaller model.",
    );
  }
  // Ollama gives these a 500, though only another request can help.
  if (/^option ".*" must be|^invalid (format|option|think)|unknown (format|option)/i.test(text)) {
    return new ProviderError(
      "rejected",
      `Ollama at ${asked.url.host} does not accept an option of this call: ${sentence(text)}`,
      "Change or leave out the option that it names.",
    );
  }
  if (/no input provided/i.test(text)) {
    return new ProviderError(
      "rejected",
      `Ollama at ${asked.url.host} makes nothing of a text without anything in it: ${sentence(text)}`,
      "Leave the empty text out.",
    );
  }
  return null;
}

function remedyFor(text: string): string {
  if (/does not support/i.test(text)) return "Assign another model, or leave out what this one does not support.";
  if (/newer version of ollama/i.test(text)) return "Update Ollama on that machine, then try again.";
  if (/digest mismatch/i.test(text)) return "The file changed while it was sent: try again.";
  if (/no space left/i.test(text)) return "Free disk space on that machine, then try again.";
  if (/runner|terminated|crash|signal/i.test(text)) {
    return "Generate again. If this repeats, restart Ollama: its own log says why the model stopped.";
  }
  return "Ollama's own log says more. Try again, or assign another model.";
}

function wordsOf(head: ResponseHead, body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && "error" in value) return errorText(value.error);
  } catch {
    if (head.contentType.includes("html")) return "";
  }
  return body.trim();
}

function isAboutMissingModel(text: string): boolean {
  return /\bmodel\b.*\bnot found\b/i.test(text);
}
