import { assertNever } from "../../../base/failure.ts";
import { ProviderError } from "../../provider.ts";
import { isConnectTimeout, isNotHttp, isRefusal, isUnknownName, reasonOf } from "./causes.ts";
import { seconds, type ServerDialect } from "./dialect.ts";
import type { ExchangeError } from "./exchange.ts";
import type { LineError } from "./line-error.ts";
import { afterArrived, type RequestFacts } from "./request-facts.ts";

/**
 * The error of a connection that was refused, broke, or missed a deadline; `error` becomes its cause.
 *
 * @example
 * connectionError(new ExchangeError("late", "waiting", 150), { url, model, arrivedCharacters: 0 }, ollamaDialect)
 *   // timeout: "Ollama at 127.0.0.1:11434 sent nothing within 150 ms."
 */
export function connectionError(error: ExchangeError, facts: RequestFacts, dialect: ServerDialect): ProviderError {
  const { host } = facts.url;
  const { remedies } = dialect;
  const { cause } = error;
  const options = { cause: error };
  if (error.kind === "late" || isConnectTimeout(cause)) return lateError(error, facts, dialect);
  if (isNotHttp(cause) && error.phase !== "receiving") {
    return new ProviderError("broken_stream", dialect.notHttpAt(host), remedies.notHttp, {
      ...options,
      concerns: "server",
    });
  }
  switch (error.phase) {
    case "connecting": {
      const reason = isRefusal(cause) ? "" : ` (${reasonOf(cause)})`;
      const remedy = isUnknownName(cause) ? remedies.unknownName : remedies.startServer;
      return new ProviderError("refused", `${dialect.unreachableAt(host)}${reason}.`, remedy, options);
    }
    case "waiting": {
      const message = `${dialect.serverAt(host)} closed the connection before it answered.`;
      return new ProviderError("refused", message, remedies.generateAgain, options);
    }
    case "receiving": {
      const message = `The connection to ${dialect.serverAt(host)} broke ${afterArrived(facts)}.`;
      return new ProviderError("broken_stream", message, remedies.generateAgain, options);
    }
    default:
      return assertNever(error.phase);
  }
}

/** The error of a line that cannot be read, is too long, or breaks off; `error` becomes its cause. */
export function lineError(error: LineError, facts: RequestFacts, dialect: ServerDialect): ProviderError {
  const server = dialect.serverAt(facts.url.host);
  const after = afterArrived(facts);
  const { generateAgain } = dialect.remedies;
  const options = { cause: error, concerns: "model" } as const;
  switch (error.kind) {
    case "garbage": {
      const message = `${server} sent a line that ${dialect.garbage} ${after}: ${error.line}`;
      return new ProviderError("broken_stream", message, remedyForGarbage(facts, dialect), options);
    }
    case "oversized": {
      const message = `${server} sent a line longer than 8 MB ${after}.`;
      return new ProviderError("broken_stream", message, generateAgain, options);
    }
    case "unfinished": {
      const message = `The answer of ${server} ended in the middle of a line, ${after}.`;
      return new ProviderError("broken_stream", message, generateAgain, options);
    }
    default:
      return assertNever(error.kind);
  }
}

/** A stream that ended in good order but without the mark of a complete answer. */
export function missingEndError(facts: RequestFacts, dialect: ServerDialect): ProviderError {
  return new ProviderError(
    "broken_stream",
    `The answer of ${dialect.serverAt(facts.url.host)} ended without its ${dialect.endMarker}, ${afterArrived(facts)}.`,
    dialect.remedies.generateAgain,
    { concerns: "model" },
  );
}

/** No answer within `waitedMs` to a question that should take a moment. */
export function slowError(url: URL, waitedMs: number, dialect: ServerDialect): ProviderError {
  const message = `${dialect.serverAt(url.host)} did not answer within ${seconds(waitedMs)}.`;
  return new ProviderError("timeout", message, dialect.remedies.startServer);
}

/** A server that began well may recover; one that sent garbage first is another kind of server. */
export function remedyForGarbage(facts: RequestFacts, { remedies }: ServerDialect): string {
  return facts.arrivedCharacters === 0 ? remedies.checkAddress : remedies.generateAgain;
}

function lateError(error: ExchangeError, facts: RequestFacts, dialect: ServerDialect): ProviderError {
  const server = dialect.serverAt(facts.url.host);
  const { remedies } = dialect;
  const options = { cause: error };
  switch (error.phase) {
    case "connecting": {
      const message = `${server} does not accept the connection.`;
      return new ProviderError("timeout", message, remedies.startServer, options);
    }
    case "waiting": {
      const message = `${server} sent ${dialect.firstToken} within ${seconds(error.waitedMs)}.`;
      const remedy = "It may still be loading the model: generate again in a while, or assign a smaller model.";
      return new ProviderError("timeout", message, remedy, options);
    }
    case "receiving": {
      const message = `${server} fell silent for ${seconds(error.waitedMs)} ${afterArrived(facts)}.`;
      return new ProviderError("timeout", message, remedies.generateAgain, options);
    }
    default:
      return assertNever(error.phase);
  }
}
