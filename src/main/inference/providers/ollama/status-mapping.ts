import { ProviderError } from "../../provider.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { retryAfterMsFrom } from "../http/retry-after.ts";
import { sentence } from "../http/dialect.ts";
import type { RequestFacts } from "../http/request-facts.ts";
import {
  failedError,
  notEnoughMemoryError,
  nothingThereError,
  promptTooLargeError,
  quoted,
  redirectError,
  rejectedError,
  stoppedError,
} from "../http/status-error-mapping.ts";
import { errorText } from "./answer-line.ts";
import { ollamaDialect } from "./dialect.ts";

/** An `error` inside a stream that began well. */
export function streamedError(text: string, asked: RequestFacts): ProviderError {
  return recognisedError(text, asked) ?? stoppedError(text, asked, ollamaDialect, remedyFor(text));
}

/** An answer with another status than 200; the body may be JSON, plain text, or a proxy's page. */
export function statusError(head: ResponseHead, body: string, asked: RequestFacts): ProviderError {
  const { statusCode } = head;
  const text = textFrom(head, body);
  if (statusCode >= 300 && statusCode < 400) return redirectError(head, asked, ollamaDialect);
  // For a model that it lacks Ollama says so on each of its routes; any other 404 is not about a model.
  if ((statusCode === 404 && !isAboutMissingModel(text)) || statusCode === 405) {
    return nothingThereError(statusCode, text, asked, ollamaDialect);
  }
  if (statusCode === 429 || statusCode === 503) return overloaded(head, text, asked);
  return (
    recognisedError(text, asked) ??
    (statusCode < 500 ? refusal(statusCode, text, asked) : failure(statusCode, text, asked))
  );
}

/** The request will not be served as it is. */
function refusal(statusCode: number, text: string, facts: RequestFacts): ProviderError {
  const { host } = facts.url;
  switch (statusCode) {
    case 401:
      return new ProviderError(
        "not_allowed",
        `Ollama at ${host} asks for a sign-in or a key (401).${quoted(text)}`,
        "Sign in with `ollama signin`, give the endpoint its key, or use a model that runs on this machine.",
      );
    case 403:
      return new ProviderError(
        "not_allowed",
        `Ollama at ${host} does not allow this request (403).${quoted(text)}`,
        "Allow it with OLLAMA_ORIGINS or in the proxy before Ollama, or use a model that runs on this machine.",
      );
    case 408:
    case 499:
      return new ProviderError(
        "server_error",
        `Ollama at ${host} cancelled the request (${statusCode}).${quoted(text)}`,
        "Generate again.",
      );
    default:
      return rejectedError(statusCode, text, facts, ollamaDialect, remedyFor(text));
  }
}

function failure(statusCode: number, text: string, facts: RequestFacts): ProviderError {
  if (statusCode === 502 || statusCode === 504) {
    return new ProviderError(
      "server_error",
      `The proxy at ${facts.url.host} cannot reach Ollama (${statusCode}).${quoted(text)}`,
      "Start Ollama behind it with `ollama serve`, or use the built-in engine.",
      { concerns: "server" },
    );
  }
  return failedError(statusCode, text, facts, ollamaDialect, remedyFor(text));
}

function overloaded(head: ResponseHead, text: string, { url: { host } }: RequestFacts): ProviderError {
  const retryAfterMs = retryAfterMsFrom(head.headers, Date.now());
  const { statusCode } = head;
  if (statusCode === 429) {
    return new ProviderError(
      "overloaded",
      `${host} takes no more requests for now (429).${quoted(text)}`,
      "Wait a while and generate again, or assign a model that runs on this machine.",
      { retryAfterMs },
    );
  }
  return /pending|queue|busy/i.test(text)
    ? new ProviderError(
        "overloaded",
        `Ollama at ${host} has too many requests waiting (503).${quoted(text)}`,
        "Wait for them to finish and generate again. OLLAMA_MAX_QUEUE allows more.",
        { retryAfterMs },
      )
    : new ProviderError(
        "overloaded",
        `Ollama at ${host} is not available for now (503).${quoted(text)}`,
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

/** Classifies by Ollama's own words where its status is ambiguous; null where no rule matches. */
function recognisedError(text: string, asked: RequestFacts): ProviderError | null {
  const model = asked.model ?? "the model";
  if (isAboutMissingModel(text)) return modelNotFound(asked);
  if (/(exceed|longer than|too long).*\bcontext\b|\bcontext (length|size|window)\b.*exceed/i.test(text)) {
    return promptTooLargeError(model, text, ollamaDialect);
  }
  if (/requires more system memory|out of memory|insufficient memory|(unable|failed) to allocate/i.test(text)) {
    return notEnoughMemoryError(model, text, asked, ollamaDialect);
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

function textFrom(head: ResponseHead, body: string): string {
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
