import { assertNever } from "../../../base/failure.ts";
import { ProviderError } from "../../provider.ts";
import { isConnectTimeout, isNotHttp, isRefusal, isUnknownName, reasonOf } from "../http/causes.ts";
import { ExchangeError } from "../http/exchange.ts";
import { seconds } from "../http/dialect.ts";
import { NdjsonError } from "./ndjson.ts";

/** Whom was asked for what, and how much of an answer had come, for the wording of a failure. */
export interface RequestFacts {
  readonly url: URL;
  readonly model: string | null;
  readonly arrivedCharacters: number;
}

export const startIt = "Start it with `ollama serve`, or use the built-in engine.";
const generateAgain = "Generate again. If this repeats, Ollama's own log says why it stopped.";

/** The ProviderError of a broken exchange or an unreadable line; whatever else was thrown stays what it is. */
export function asProviderError(error: unknown, asked: RequestFacts): unknown {
  if (error instanceof ExchangeError) return connectionFault(error, asked);
  if (error instanceof NdjsonError) return lineFault(error, asked);
  return error;
}

/** A connection that was refused, broke, or fell silent. */
export function connectionFault(error: ExchangeError, asked: RequestFacts): ProviderError {
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
    const remedy = isUnknownName(cause) ? "Check the spelling of the endpoint's address, and the network." : startIt;
    return new ProviderError("refused", `Ollama does not answer at ${where}${reason}.`, remedy, { cause: error });
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
function lineFault(error: NdjsonError, asked: RequestFacts): ProviderError {
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
export function unreadableFault(asked: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${asked.url.host} sent a line that is not one of Ollama's ${after(asked)}.`,
    "Check that the endpoint's address is an Ollama server.",
  );
}

/** A stream that ended in good order but without its final line. */
export function missingDoneFault(asked: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `The answer of Ollama at ${asked.url.host} ended without its final line, ${after(asked)}.`,
    generateAgain,
  );
}

/** Work on a model that a server left without saying that it is done, or told of in another way than Ollama. */
export function unfinishedFault(asked: RequestFacts, cause?: unknown): ProviderError {
  return new ProviderError(
    "broken_stream",
    `Ollama at ${asked.url.host} stopped its work on ${asked.model ?? "the model"} without saying that it is done.`,
    "Try again: a pull goes on where it stopped. If this repeats, Ollama's own log says why.",
    { cause },
  );
}

/** An answer that only loaded or unloaded the model. */
export function noTextFault(reason: "load" | "unload", asked: RequestFacts): ProviderError {
  return new ProviderError(
    "server_error",
    `Ollama at ${asked.url.host} ${reason === "load" ? "loaded" : "unloaded"} ${asked.model ?? "the model"} instead of answering.`,
    reason === "load" ? "Give it a prompt that is not empty." : "Generate again: the next call loads the model.",
  );
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

function lateFault(error: ExchangeError, asked: RequestFacts): ProviderError {
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

export function after(asked: RequestFacts): string {
  if (asked.arrivedCharacters === 0) return "before any text had come";
  return `after ${asked.arrivedCharacters} ${asked.arrivedCharacters === 1 ? "character" : "characters"} of text`;
}
