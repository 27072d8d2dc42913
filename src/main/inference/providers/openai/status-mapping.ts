import { ProviderError } from "../../provider.ts";
import type { ResponseHead } from "../http/exchange.ts";
import { retryAfterMsOf } from "../http/retry-after.ts";
import { targetOf } from "../http/redirect.ts";
import { sentence } from "../http/dialect.ts";
import { type ReportedError, reportedError } from "./answer-chunk.ts";
import { after, type RequestFacts } from "./error-mapping.ts";

/** What an answer with an error status tells: the error in its body, be it JSON, plain text, or a proxy's page. */
export function errorOf(head: ResponseHead, body: string): ReportedError {
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
export function statusFault(head: ResponseHead, error: ReportedError, asked: RequestFacts): ProviderError {
  const retryAfterMs = retryAfterMsOf(head.headers, Date.now());
  return faultOf(head.statusCode, error, asked, { retryAfterMs, sentOnTo: targetOf(head, asked.url) });
}

/** An error told inside an answer that began well. */
export function streamedFault(error: ReportedError, asked: RequestFacts): ProviderError {
  if (error.status !== null) return faultOf(error.status, error, asked, {});
  // LM Studio says so with status 200.
  if (/^unexpected endpoint/i.test(error.message)) return nothingThere("200", ` ${sentence(error.message)}`, asked);
  return (
    knownFault(error, asked) ??
    new ProviderError(
      "server_error",
      `${asked.url.host} stopped ${after(asked)}: ${sentence(error.message)}`,
      "The server's own log says more. Generate again, or assign another model.",
    )
  );
}

function faultOf(
  status: number,
  error: ReportedError,
  asked: RequestFacts,
  options: { readonly retryAfterMs?: number | null; readonly sentOnTo?: string },
): ProviderError {
  const where = asked.url.host;
  const told = error.message === "" ? "" : ` ${sentence(error.message)}`;
  const known = status === 401 || status === 403 || status === 429 ? null : knownFault(error, asked);
  if (known !== null) return known;
  if (status >= 300 && status < 400) {
    const message = `${where} sends requests on to another address (${status}).`;
    const { sentOnTo = "that address" } = options;
    const remedy = `This address does not speak OpenAI's API itself: use ${sentOnTo} as the endpoint.`;
    return new ProviderError("rejected", message, remedy);
  }
  switch (status) {
    case 401:
    case 403:
      return notAllowed(status, told, asked);
    case 404:
    case 405:
      return nothingThere(String(status), told, asked);
    case 408:
    case 504:
      return new ProviderError(
        "timeout",
        `${where} gave up waiting for the model (${status}).${told}`,
        "Generate again, or assign a smaller model.",
      );
    case 429:
      return new ProviderError(
        "overloaded",
        `${where} has too many requests (429).${told}`,
        "Wait a while and generate again.",
        options,
      );
    case 502:
      return new ProviderError(
        "server_error",
        `The proxy at ${where} cannot reach the model's server (502).${told}`,
        "Start the server behind it, or assign another model.",
      );
    case 503:
    case 529:
      return new ProviderError(
        "overloaded",
        `${where} cannot answer now (${status}).${told}`,
        "Wait until it has loaded its model or has fewer requests, and generate again.",
        options,
      );
    default:
      return status < 500 || status === 501
        ? new ProviderError("rejected", `${where} cannot do this (${status}).${told}`, rejectedRemedy(error))
        : new ProviderError(
            "server_error",
            `${where} failed (${status}).${told}`,
            "The server's own log says more. Generate again, or assign another model.",
          );
  }
}

function nothingThere(status: string, told: string, { url }: RequestFacts): ProviderError {
  return new ProviderError(
    "rejected",
    `There is nothing at ${url.pathname} on ${url.host} (${status}).${told}`,
    "Check that the endpoint's address is an OpenAI-compatible server.",
  );
}

function notAllowed(status: number, told: string, { url, hadKey }: RequestFacts): ProviderError {
  if (!hadKey) {
    return new ProviderError(
      "not_allowed",
      `${url.host} asks for a key (${status}).${told}`,
      "Save the server's key with its endpoint on the Models screen.",
    );
  }
  return new ProviderError(
    "not_allowed",
    `${url.host} does not allow this with the key that is kept for it (${status}).${told}`,
    "Save a valid key for this endpoint on the Models screen.",
  );
}

/** What the words of an error tell apart where its status does not. */
function knownFault({ message, code }: ReportedError, asked: RequestFacts): ProviderError | null {
  const model = asked.model ?? "this model";
  if (/context_length_exceeded|exceed_context_size/.test(code) || isAboutContext(message)) {
    return new ProviderError(
      "prompt_too_large",
      `The prompt does not fit the context window of ${model}: ${sentence(message)}`,
      "Shorten the prompt or ask for fewer tokens, or start the server with a larger context.",
    );
  }
  if (code.includes("model_not_found") || isAboutMissingModel(message)) {
    return new ProviderError(
      "model_not_found",
      `${asked.url.host} has no model ${model}.`,
      "Use one of the names the server lists, or load the model there.",
    );
  }
  if (isAboutMemory(message)) {
    return new ProviderError(
      "not_enough_memory",
      `${asked.url.host} has not enough memory for ${model}: ${sentence(message)}`,
      "Close what else uses memory, unload other models, or assign a smaller model.",
    );
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
