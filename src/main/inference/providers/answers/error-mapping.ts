import { ProviderError } from "../../provider.ts";
import { sentence, type ServerDialect } from "../http/dialect.ts";
import { afterArrived, type RequestFacts } from "../http/request-facts.ts";

/** The server's own filter cut the answer. */
export function contentFilterError(facts: RequestFacts): ProviderError {
  return new ProviderError(
    "rejected",
    `${facts.url.host} stopped the answer by its own content filter ${afterArrived(facts)}.`,
    "Change the prompt, or assign another model.",
  );
}

/** The server ended the answer by a finish reason that names no end of it, or one that is not known. */
export function endedBadlyError(
  word: string,
  meaning: "failed" | "unknown",
  facts: RequestFacts,
  dialect: ServerDialect,
): ProviderError {
  const server = dialect.serverAt(facts.url.host);
  if (meaning === "unknown") {
    const message = `${server} ended the answer ${afterArrived(facts)} for a reason that Taleward does not know: ${sentence(word)}`;
    const remedy = "What came may not be all. Generate again, or look up in the server's documentation what it means.";
    return new ProviderError("broken_stream", message, remedy, { concerns: "model" });
  }
  const errorClass = /resource|overloaded/i.test(word)
    ? "overloaded"
    : /tool|function/i.test(word)
      ? "invalid_output"
      : "server_error";
  return new ProviderError(
    errorClass,
    `${server} gave up on the answer ${afterArrived(facts)}, by its finish reason: ${sentence(word)}`,
    errorClass === "invalid_output"
      ? "Generate again, or assign a model that is better with tools."
      : dialect.remedies.generateAgain,
    { concerns: "model" },
  );
}

/** A tool call whose arguments cannot be read, or that names no tool. */
export function unreadableToolCallError(name: string, text: string, { model }: RequestFacts): ProviderError {
  const caller = model ?? "The model";
  return new ProviderError(
    "invalid_output",
    name === ""
      ? `${caller} called a tool without its name, with the arguments ${sentence(text)}`
      : `${caller} called the tool ${name} with arguments that are no JSON object: ${sentence(text)}`,
    "Generate again, or assign a model that is better with tools.",
  );
}
