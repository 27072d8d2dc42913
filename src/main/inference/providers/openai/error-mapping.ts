import { ProviderError } from "../../provider.ts";
import { sentence } from "../http/dialect.ts";
import { afterArrived, type RequestFacts } from "../http/request-facts.ts";
import { remedyForGarbage } from "../http/stream-error-mapping.ts";
import { openAIDialect } from "./dialect.ts";

export interface OpenAIRequestFacts extends RequestFacts {
  /** Whether a key was sent. */
  readonly hadKey: boolean;
}

/** JSON, but no chunk of an answer. */
export function unreadableError(facts: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${facts.url.host} sent a chunk that is not one of OpenAI's API ${afterArrived(facts)}.`,
    remedyForGarbage(facts, openAIDialect),
    { concerns: "model" },
  );
}

/** The model declined to answer in the format that was asked for. */
export function refusedError(words: string, { model }: RequestFacts): ProviderError {
  return new ProviderError(
    "rejected",
    `${model ?? "The model"} declined to answer: ${sentence(words)}`,
    "Change the prompt, or assign another model.",
  );
}

/** A whole answer of more than is read. */
export function oversizedError(facts: RequestFacts): ProviderError {
  return new ProviderError(
    "broken_stream",
    `${facts.url.host} sent an answer longer than 64 MB.`,
    "Ask for fewer tokens, or check what answers at the endpoint's address.",
  );
}

/** An answer of another form than OpenAI's API gives at this address. */
export function notOpenAIError({ host, pathname }: URL): ProviderError {
  const message = `What answers at ${host} is no OpenAI-compatible server: ${pathname} did not tell what it should.`;
  return new ProviderError("broken_stream", message, "Check the endpoint's address and port.");
}

/** A version that names no server. */
export function noEndpointError(model: string): ProviderError {
  return new ProviderError(
    "rejected",
    `The version of ${model} names no endpoint.`,
    "Register a version with the address of an OpenAI-compatible server, such as http://127.0.0.1:8080.",
  );
}
