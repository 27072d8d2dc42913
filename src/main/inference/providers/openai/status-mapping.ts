import { ProviderError } from "../../provider.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { retryAfterMsFrom } from "../http/retry-after.ts";
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
import { openAIDialect } from "./dialect.ts";
import type { OpenAIRequestFacts } from "./error-mapping.ts";
import { type ReportedError, reportedError } from "../answers/reported-error.ts";

const ownLog = "The server's own log says more. Generate again, or assign another model.";

/** The error that the body of an answer with an error status reports, be it JSON, plain text, or a proxy's page. */
export function errorInBody(head: ResponseHead, body: string): ReportedError {
  const plain = {
    message: head.contentType.includes("html") ? "" : body.trim(),
    status: null,
    code: "",
    parameter: null,
  };
  try {
    return reportedError(JSON.parse(body)) ?? plain;
  } catch {
    return plain;
  }
}

/** An answer with another status than 200. */
export function statusError(head: ResponseHead, error: ReportedError, asked: OpenAIRequestFacts): ProviderError {
  if (head.statusCode >= 300 && head.statusCode < 400) return redirectError(head, asked, openAIDialect);
  return errorForStatus(head.statusCode, error, asked, retryAfterMsFrom(head.headers, Date.now()));
}

/** An error reported inside an answer that began well. */
export function streamedError(error: ReportedError, asked: OpenAIRequestFacts): ProviderError {
  if (error.status !== null) return errorForStatus(error.status, error, asked, null);
  // LM Studio says so with status 200.
  if (/^unexpected endpoint/i.test(error.message)) {
    return nothingThereError(200, error.message, asked, openAIDialect);
  }
  return recognisedError(error, asked) ?? stoppedError(error.message, asked, openAIDialect, ownLog);
}

function errorForStatus(
  status: number,
  error: ReportedError,
  asked: OpenAIRequestFacts,
  retryAfterMs: number | null,
): ProviderError {
  const where = asked.url.host;
  const { message } = error;
  const known = status === 401 || status === 403 || status === 429 ? null : recognisedError(error, asked);
  if (known !== null) return known;
  switch (status) {
    case 401:
    case 403:
      return notAllowed(status, message, asked);
    case 404:
    case 405:
      return nothingThereError(status, message, asked, openAIDialect);
    case 408:
    case 504:
      return new ProviderError(
        "timeout",
        `${where} gave up waiting for the model (${status}).${quoted(message)}`,
        "Generate again, or assign a smaller model.",
      );
    case 429:
      return new ProviderError(
        "overloaded",
        `${where} has too many requests (429).${quoted(message)}`,
        "Wait a while and generate again.",
        { retryAfterMs },
      );
    case 502:
      return new ProviderError(
        "server_error",
        `The proxy at ${where} cannot reach the model's server (502).${quoted(message)}`,
        "Start the server behind it, or assign another model.",
        { concerns: "server" },
      );
    case 503:
    case 529:
      return new ProviderError(
        "overloaded",
        `${where} cannot answer now (${status}).${quoted(message)}`,
        "Wait until it has loaded its model or has fewer requests, and generate again.",
        { retryAfterMs },
      );
    default:
      return status < 500 || status === 501
        ? rejectedError(status, message, asked, openAIDialect, rejectedRemedy(error))
        : failedError(status, message, asked, openAIDialect, ownLog);
  }
}

function notAllowed(status: number, message: string, { url, hadKey, model }: OpenAIRequestFacts): ProviderError {
  // LiteLLM's keys are for some of its models.
  const concerns = model !== null && message.includes(model) ? "model" : "server";
  if (!hadKey) {
    return new ProviderError(
      "not_allowed",
      `${url.host} asks for a key (${status}).${quoted(message)}`,
      "Save the server's key with its endpoint on the Models screen.",
      { concerns },
    );
  }
  return new ProviderError(
    "not_allowed",
    `${url.host} does not allow this with the key that is kept for it (${status}).${quoted(message)}`,
    "Save a valid key for this endpoint on the Models screen.",
    { concerns },
  );
}

/** Classifies by the words of an error where its status is ambiguous; null where no rule matches. */
function recognisedError({ message, code }: ReportedError, asked: OpenAIRequestFacts): ProviderError | null {
  const model = asked.model ?? "this model";
  if (/context_length_exceeded|exceed_context_size/.test(code) || isAboutContext(message)) {
    return promptTooLargeError(model, message, openAIDialect);
  }
  if (code.includes("model_not_found") || isAboutMissingModel(message)) {
    return new ProviderError(
      "model_not_found",
      `${asked.url.host} has no model ${model}.`,
      "Use one of the names the server lists, or load the model there.",
    );
  }
  if (isAboutMemory(message)) {
    return notEnoughMemoryError(model, message, asked, openAIDialect);
  }
  return null;
}

function isAboutMemory(message: string): boolean {
  return /\b(out of|not enough|insufficient|more)\b[^.]*\bmemory\b/i.test(message);
}

function isAboutContext(message: string): boolean {
  return (
    /\b(exceed\w*|longer|too (long|large|many)|greater|maximum|reduce)\b[^]*\bcontext\b/i.test(message) ||
    /\bcontext (length|size|window)\b[^]*\b(exceed\w*|overflow\w*|too small|reduce|smaller)\b/i.test(message) ||
    /prompt (is )?too long/i.test(message)
  );
}

function isAboutMissingModel(message: string): boolean {
  // Within one sentence; the dots in a model's name do not end it.
  return /\bmodel\b(?:[^.]|\.\S)*?(not found|(does not|doesn't|not) exist|not available|is not loaded)|(invalid|unknown|no such) model\b|no models? (is |are )?loaded/i.test(
    message,
  );
}

function rejectedRemedy({ message }: ReportedError): string {
  if (/tool|function/i.test(message))
    return "Start the server with support for tools, or assign a model that can call them.";
  if (/image|multimodal|mmproj|vision/i.test(message)) return "Assign a model that can see images.";
  return "Change what it refuses, in the call or in the version's options, or assign another model.";
}
