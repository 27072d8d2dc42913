import { ProviderError } from "../../provider.ts";
import { sentence, type ServerDialect } from "./dialect.ts";
import type { ResponseHead } from "./exchange.ts";
import { redirectTarget } from "./redirect.ts";
import { afterArrived, type RequestFacts } from "./request-facts.ts";

/** What a server wrote, as the sentence that follows a message; nothing where it wrote nothing. */
export function quoted(text: string): string {
  return text === "" ? "" : ` ${sentence(text)}`;
}

/** A redirect: no request of ours follows one, since it would carry the prompt and the key to another server. */
export function redirectError(head: ResponseHead, { url }: RequestFacts, dialect: ServerDialect): ProviderError {
  return new ProviderError(
    "rejected",
    `${url.host} sends requests on to another address (${head.statusCode}).`,
    `This address does not speak ${dialect.api}'s API itself: use ${redirectTarget(head, url)} as the endpoint.`,
  );
}

/** The server does not serve the API's path; `status` is as a message quotes it. */
export function nothingThereError(
  status: number,
  text: string,
  { url }: RequestFacts,
  { remedies }: ServerDialect,
): ProviderError {
  const message = `There is nothing at ${url.pathname} on ${url.host} (${status}).${quoted(text)}`;
  return new ProviderError("rejected", message, remedies.otherApi);
}

/** An error inside a stream that began well, and that no rule recognises. */
export function stoppedError(text: string, facts: RequestFacts, dialect: ServerDialect, remedy: string): ProviderError {
  const message = `${dialect.serverAt(facts.url.host)} stopped ${afterArrived(facts)}: ${sentence(text)}`;
  return new ProviderError("server_error", message, remedy);
}

/** A status below 500 that no rule recognises: the request will not be served as it is. */
export function rejectedError(
  status: number,
  text: string,
  { url: { host } }: RequestFacts,
  dialect: ServerDialect,
  remedy: string,
): ProviderError {
  return new ProviderError("rejected", `${dialect.serverAt(host)} cannot do this (${status}).${quoted(text)}`, remedy);
}

/** A status of 500 or more that no rule recognises. */
export function failedError(
  status: number,
  text: string,
  { url: { host } }: RequestFacts,
  dialect: ServerDialect,
  remedy: string,
): ProviderError {
  return new ProviderError("server_error", `${dialect.serverAt(host)} failed (${status}).${quoted(text)}`, remedy);
}

/** The prompt does not fit the window of `model`, as the server says in its own words. */
export function promptTooLargeError(model: string, text: string, { remedies }: ServerDialect): ProviderError {
  return new ProviderError(
    "prompt_too_large",
    `The prompt does not fit the context window of ${model}: ${sentence(text)}`,
    remedies.promptTooLarge,
  );
}

/** The server lacks the memory for `model`, as it says in its own words. */
export function notEnoughMemoryError(
  model: string,
  text: string,
  { url: { host } }: RequestFacts,
  dialect: ServerDialect,
): ProviderError {
  return new ProviderError(
    "not_enough_memory",
    `${dialect.serverAt(host)} has not enough memory for ${model}: ${sentence(text)}`,
    "Close what else uses memory, unload other models, or assign a smaller model.",
  );
}
