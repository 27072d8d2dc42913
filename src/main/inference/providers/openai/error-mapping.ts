import { assertNever } from "../../../base/failure.ts";
import { ProviderError } from "../../provider.ts";
import { isConnectTimeout, isNotHttp, isRefusal, reasonOf } from "../http/causes.ts";
import type { ExchangeError } from "../http/exchange.ts";
import { seconds, sentence } from "../http/dialect.ts";
import type { SseError } from "./sse.ts";

/** Whom was asked for what, and how much of an answer had come, for the wording of a failure. */
export interface RequestFacts {
  readonly url: URL;
  readonly model: string | null;
  /** Whether a key was sent. */
  readonly hadKey: boolean;
  arrivedCharacters: number;
}

const startIt = "Start the server, or check the endpoint's address and port.";
const generateAgain = "Generate again. If this repeats, the server's own log says why it stopped.";
const checkAddress = "Check that the endpoint's address is an OpenAI-compatible server.";

/** A connection that was refused, broke, or fell silent. */
export function connectionFault(error: ExchangeError, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  const options = { cause: error };
  const { cause } = error;
  if (error.fault === "late" || isConnectTimeout(cause)) return lateFault(error, asked);
  if (isNotHttp(cause) && error.phase !== "receiving") {
    return new ProviderError("broken_stream", `What answers at ${where} does not speak HTTP.`, checkAddress, options);
  }
  switch (error.phase) {
    case "connecting": {
      const reason = isRefusal(cause) ? "" : ` (${reasonOf(cause)})`;
      return new ProviderError("refused", `Nothing answers at ${where}${reason}.`, startIt, options);
    }
    case "waiting":
      return new ProviderError("refused", `${where} closed the connection before it answered.`, generateAgain, options);
    case "receiving":
      return new ProviderError(
        "broken_stream",
        `The connection to ${where} broke ${after(asked)}.`,
        generateAgain,
        options,
      );
    default:
      return assertNever(error.phase);
  }
}

/** A line that is no field of an event, is too long, or breaks off. */
export function lineFault(error: SseError, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  const options = { cause: error };
  switch (error.fault) {
    case "garbage": {
      const message = `${where} sent a line that is no part of an answer ${after(asked)}: ${error.line}`;
      return new ProviderError("broken_stream", message, beginning(asked), options);
    }
    case "oversized":
      return new ProviderError(
        "broken_stream",
        `${where} sent a line longer than 8 MB ${after(asked)}.`,
        generateAgain,
        options,
      );
    case "unfinished":
      return new ProviderError(
        "broken_stream",
        `The answer of ${where} ended in the middle of a line, ${after(asked)}.`,
        generateAgain,
        options,
      );
    default:
      return assertNever(error.fault);
  }
}

/** JSON, but no chunk of an answer. */
export function unreadableFault(asked: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${asked.url.host} sent a chunk that is not one of OpenAI's API ${after(asked)}.`,
    beginning(asked),
  );
}

/** An answer that ended in good order without saying why it ends. */
export function missingFinishFault(asked: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `The answer of ${asked.url.host} ended without its finish reason, ${after(asked)}.`,
    generateAgain,
  );
}

/** The server's own filter cut the answer. */
export function filteredFault(asked: RequestFacts): ProviderError {
  return new ProviderError(
    "rejected",
    `${asked.url.host} stopped the answer by its own content filter ${after(asked)}.`,
    "Change the prompt, or assign another model.",
  );
}

/** A tool call whose arguments cannot be read. */
export function unreadableCallFault(name: string, text: string, asked: RequestFacts): ProviderError {
  return new ProviderError(
    "invalid_output",
    `${asked.model ?? "The model"} called the tool ${name} with arguments that are no JSON object: ${sentence(text)}`,
    "Generate again, or assign a model that is better with tools.",
  );
}

/** No answer to a question that should take a moment. */
export function slowFault(asked: RequestFacts, waitedMs: number): ProviderError {
  return new ProviderError("timeout", `${asked.url.host} did not answer within ${seconds(waitedMs)}.`, startIt);
}

/** An answer that is not what OpenAI's API says to this question. */
export function notOpenAIFault(asked: RequestFacts): ProviderError {
  const message = `What answers at ${asked.url.host} is no OpenAI-compatible server: ${asked.url.pathname} did not tell what it should.`;
  return new ProviderError("broken_stream", message, "Check the endpoint's address and port.");
}

/** A version that names no server. */
export function noEndpointFault(model: string): ProviderError {
  return new ProviderError(
    "rejected",
    `The version of ${model} names no endpoint.`,
    "Register a version with the address of an OpenAI-compatible server, such as http://127.0.0.1:8080.",
  );
}

function lateFault(error: ExchangeError, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  const options = { cause: error };
  switch (error.phase) {
    case "connecting":
      return new ProviderError("timeout", `${where} does not accept the connection.`, startIt, options);
    case "waiting":
      return new ProviderError(
        "timeout",
        `${where} sent no text within ${seconds(error.waitedMs)}.`,
        "It may still be loading the model: generate again in a while, or assign a smaller model.",
        options,
      );
    case "receiving":
      return new ProviderError(
        "timeout",
        `${where} fell silent for ${seconds(error.waitedMs)} ${after(asked)}.`,
        generateAgain,
        options,
      );
    default:
      return assertNever(error.phase);
  }
}

/** How much of an answer had come. */
export function after(asked: RequestFacts): string {
  if (asked.arrivedCharacters === 0) return "before any text had come";
  return `after ${asked.arrivedCharacters} ${asked.arrivedCharacters === 1 ? "character" : "characters"} of text`;
}

function beginning(asked: RequestFacts): string {
  return asked.arrivedCharacters === 0 ? checkAddress : generateAgain;
}
