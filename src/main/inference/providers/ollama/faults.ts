import { assertNever } from "../../../failure.ts";
import { ProviderError } from "../../provider.ts";
import { errorText } from "./answer-line.ts";
import type { ExchangeError, ResponseHead } from "./exchange.ts";
import type { NdjsonError } from "./ndjson.ts";

/** Whom was asked for what, and how much of an answer had come, for the wording of a failure. */
export interface Asked {
  readonly url: URL;
  readonly model: string | null;
  readonly arrivedCharacters: number;
}

const startIt = "Start it with `ollama serve`, or use the built-in engine.";
const generateAgain = "Generate again. If this repeats, Ollama's own log says why it stopped.";

/** A connection that was refused, broke, or fell silent. */
export function connectionFault(error: ExchangeError, asked: Asked): ProviderError {
  const where = asked.url.host;
  switch (error.fault) {
    case "late":
      return lateFault(error, asked);
    case "broken":
      break;
    default:
      return assertNever(error.fault);
  }
  const cause = error.cause;
  if (isConnectTimeout(cause)) return lateFault(error, asked);
  if (error.phase === "connecting") {
    const reason = isRefusal(cause) ? "" : ` (${reasonOf(cause)})`;
    return new ProviderError("refused", `Ollama does not answer at ${where}${reason}.`, startIt, { cause: error });
  }
  if (isNotHttp(cause) && error.phase === "waiting") {
    return new ProviderError(
      "broken_stream",
      `What answers at ${where} does not speak HTTP, so it is not Ollama.`,
      "Check the endpoint's address and port.",
      { cause: error },
    );
  }
  if (error.phase === "waiting") {
    return new ProviderError("refused", `Ollama at ${where} closed the connection before it answered.`, generateAgain, {
      cause: error,
    });
  }
  return new ProviderError(
    "broken_stream",
    `The connection to Ollama at ${where} broke ${after(asked)}.`,
    generateAgain,
    { cause: error },
  );
}

/** A line that is no JSON object, is too long, or breaks off. */
export function lineFault(error: NdjsonError, asked: Asked): ProviderError {
  const where = asked.url.host;
  const message = ((): string => {
    switch (error.fault) {
      case "garbage":
        return `Ollama at ${where} sent a line that is not JSON ${after(asked)}: ${error.line}`;
      case "oversized":
        return `Ollama at ${where} sent a line longer than 8 MB ${after(asked)}.`;
      case "unfinished":
        return `The answer of Ollama at ${where} ended in the middle of a line, ${after(asked)}.`;
      default:
        return assertNever(error.fault);
    }
  })();
  const remedy =
    asked.arrivedCharacters === 0 && error.fault === "garbage"
      ? "Check that the endpoint's address is an Ollama server."
      : generateAgain;
  return new ProviderError("broken_stream", message, remedy, { cause: error });
}

/** A line that is JSON but not a line of an answer. */
export function unreadableFault(asked: Asked): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${asked.url.host} sent a line that is not one of Ollama's ${after(asked)}.`,
    "Check that the endpoint's address is an Ollama server.",
  );
}

/** A stream that ended in good order but without its final line. */
export function missingDoneFault(asked: Asked): ProviderError {
  return new ProviderError(
    "broken_stream",
    `The answer of Ollama at ${asked.url.host} ended without its final line, ${after(asked)}.`,
    generateAgain,
  );
}

/** An answer that only loaded or unloaded the model. */
export function noTextFault(reason: "load" | "unload", asked: Asked): ProviderError {
  return new ProviderError(
    "server_error",
    `Ollama at ${asked.url.host} ${reason === "load" ? "loaded" : "unloaded"} ${asked.model ?? "the model"} instead of answering.`,
    reason === "load" ? "Give it a prompt that is not empty." : "Generate again: the next call loads the model.",
  );
}

/** An `error` inside a stream that began well. */
export function streamedFault(text: string, asked: Asked): ProviderError {
  const known = knownFault(text, asked);
  if (known !== null) return known;
  return new ProviderError(
    "server_error",
    `Ollama at ${asked.url.host} stopped ${after(asked)}: ${sentence(text)}`,
    remedyFor(text),
  );
}

/** An answer with another status than 200; the body may be JSON, plain text, or a proxy's page. */
export function statusFault(head: ResponseHead, body: string, asked: Asked): ProviderError {
  const where = asked.url.host;
  const { statusCode } = head;
  const text = wordsOf(head, body);
  const told = text === "" ? "" : ` ${sentence(text)}`;
  if (statusCode === 404 && !isJsonObject(body)) {
    return new ProviderError(
      "server_error",
      `There is nothing at ${asked.url.pathname} on ${where} (404).${told}`,
      "Check that the endpoint's address is an Ollama server.",
    );
  }
  const known = knownFault(text, asked);
  if (known !== null) return known;
  const serverError = (message: string, remedy: string) => new ProviderError("server_error", message, remedy);
  if (statusCode >= 300 && statusCode < 400) {
    return serverError(
      `${where} sends requests on to another address (${statusCode}).`,
      "Use that address as the endpoint.",
    );
  }
  switch (statusCode) {
    case 400:
      return serverError(`Ollama at ${where} cannot do this (400).${told}`, remedyFor(text));
    case 401:
      return serverError(
        `Ollama at ${where} asks for a sign-in (401).${told}`,
        "Sign in with `ollama signin`, or use a model that runs on this machine.",
      );
    case 403:
      return serverError(
        `Ollama at ${where} does not allow this request (403).${told}`,
        "Allow it with OLLAMA_ORIGINS or in the proxy before Ollama, or use a model that runs on this machine.",
      );
    case 404:
      return modelNotFound(asked);
    case 499:
      return serverError(`Ollama at ${where} cancelled the request (499).${told}`, "Generate again.");
    case 502:
    case 504:
      return serverError(
        `The proxy at ${where} cannot reach Ollama (${statusCode}).${told}`,
        "Start Ollama behind it with `ollama serve`, or use the built-in engine.",
      );
    case 503:
      return serverError(
        `Ollama at ${where} has too many requests waiting (503).${told}`,
        "Wait for them to finish and generate again. OLLAMA_MAX_QUEUE allows more.",
      );
    default:
      return serverError(`Ollama at ${where} failed (${statusCode}).${told}`, remedyFor(text));
  }
}

/** No answer to a question that should take a moment. */
export function slowFault(url: URL, waitedMs: number): ProviderError {
  return new ProviderError("timeout", `Ollama at ${url.host} did not answer within ${seconds(waitedMs)}.`, startIt);
}

/** An answer that is not what Ollama says to this question. */
export function notOllamaFault(url: URL): ProviderError {
  return new ProviderError(
    "broken_stream",
    `What answers at ${url.host} is not Ollama: ${url.pathname} did not tell what it should.`,
    "Check the endpoint's address and port.",
  );
}

function modelNotFound(asked: Asked): ProviderError {
  const model = asked.model ?? "this model";
  return new ProviderError(
    "model_not_found",
    `Ollama at ${asked.url.host} has no model ${model}.`,
    `Pull it with \`ollama pull ${model}\`, or assign another model.`,
  );
}

/** What Ollama's own words tell apart where its status does not. */
function knownFault(text: string, asked: Asked): ProviderError | null {
  if (/\bmodel\b.*\bnot found\b/i.test(text)) return modelNotFound(asked);
  if (/(exceed|longer than|too long).*\bcontext\b|\bcontext (length|size|window)\b.*exceed/i.test(text)) {
    return new ProviderError(
      "prompt_too_large",
      `The prompt does not fit the context window of ${asked.model ?? "the model"}: ${sentence(text)}`,
      "Shorten the prompt, or give the version a larger context length.",
    );
  }
  return null;
}

function remedyFor(text: string): string {
  if (/memory/i.test(text)) return "Close what else uses memory, or assign a smaller model.";
  if (/does not support/i.test(text)) return "Assign another model to this use case.";
  if (/runner|terminated|crash|signal/i.test(text)) {
    return "Generate again. If this repeats, restart Ollama: its own log says why the model stopped.";
  }
  return "Ollama's own log says more. Generate again, or assign another model.";
}

function lateFault(error: ExchangeError, asked: Asked): ProviderError {
  const where = asked.url.host;
  const options = { cause: error };
  switch (error.phase) {
    case "connecting":
      return new ProviderError("timeout", `Ollama at ${where} does not accept the connection.`, startIt, options);
    case "waiting":
      return new ProviderError(
        "timeout",
        `Ollama at ${where} sent nothing within ${seconds(error.waitedMs)}.`,
        "It may still be loading the model: generate again in a while, or assign a smaller model.",
        options,
      );
    case "receiving":
      return new ProviderError(
        "timeout",
        `Ollama at ${where} fell silent for ${seconds(error.waitedMs)} ${after(asked)}.`,
        generateAgain,
        options,
      );
    default:
      return assertNever(error.phase);
  }
}

function after(asked: Asked): string {
  if (asked.arrivedCharacters === 0) return "before any text had come";
  return `after ${asked.arrivedCharacters} ${asked.arrivedCharacters === 1 ? "character" : "characters"} of text`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}

const quotedCharacters = 300;

/** The server's own words on one line, ended like a sentence. */
function sentence(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  const short = line.length > quotedCharacters ? `${line.slice(0, quotedCharacters)}…` : line;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
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

function isJsonObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function isRefusal(cause: unknown): boolean {
  return codeOf(cause) === "ECONNREFUSED";
}

function isConnectTimeout(cause: unknown): boolean {
  return codeOf(cause) === "UND_ERR_CONNECT_TIMEOUT" || codeOf(cause) === "ETIMEDOUT";
}

function isNotHttp(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "HTTPParserError";
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no machine of that name";
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "there is no way to that machine";
  return cause instanceof Error ? cause.message : String(cause);
}
