import { ProviderError } from "../../provider.ts";
import { sentence } from "../http/dialect.ts";
import type { RequestFacts } from "../http/request-facts.ts";
import { streamedError } from "./status-mapping.ts";

const pullAgain = "Pull it again: it goes on where it stopped.";

/** Why a pull failed, in the server's words. What they quote of its library's address is the server's own. */
export function pullError(text: string, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  const model = asked.model ?? "the model";
  if (/file does not exist/i.test(text)) {
    return new ProviderError(
      "model_not_found",
      `The library of Ollama at ${where} has no model ${model}.`,
      "Check the name and its tag, such as llama3.2:1b.",
    );
  }
  if (/no such host|dial tcp|network is unreachable|i\/o timeout|tls handshake|lookup /i.test(text)) {
    return new ProviderError(
      "refused",
      `Ollama at ${where} cannot reach its library: ${sentence(text)}`,
      "Connect that machine to the network, then pull again. Models that are there already work without it.",
    );
  }
  if (/unauthorized|denied|\b40[13]\b/i.test(text)) {
    return new ProviderError(
      "not_allowed",
      `The library of Ollama at ${where} does not give out ${model}: ${sentence(text)}`,
      "Sign in with `ollama signin` on that machine, or pull another model.",
    );
  }
  if (/insecure protocol/i.test(text)) {
    return new ProviderError(
      "rejected",
      `Ollama at ${where} does not pull over http: ${sentence(text)}`,
      "Write http:// before the name to allow it.",
    );
  }
  if (/digest mismatch|EOF|max retries|connection reset|stalled/i.test(text)) {
    return new ProviderError("broken_stream", `Pulling ${model} to ${where} broke off: ${sentence(text)}`, pullAgain);
  }
  return common("Pulling", pullAgain, text, asked);
}

/** Why a model could not be made, in the server's words. */
export function createError(text: string, asked: RequestFacts): ProviderError {
  const where = asked.url.host;
  if (/invalid|unknown type|unsupported|template error|parameter|neither|no files|only GGUF|quantiz/i.test(text)) {
    return new ProviderError(
      "rejected",
      `Ollama at ${where} cannot make ${asked.model ?? "the model"} so: ${sentence(text)}`,
      "Change the Modelfile, then create the model again.",
    );
  }
  // A base that the server lacks is pulled first.
  if (/pull model manifest/i.test(text)) return pullError(text, asked);
  return common("Making", "Ollama's own log says more. Create the model again.", text, asked);
}

function common(doing: string, remedy: string, text: string, asked: RequestFacts): ProviderError {
  if (/no space left/i.test(text)) {
    return new ProviderError(
      "server_error",
      `${asked.url.host} has no space left for ${asked.model ?? "the model"}.`,
      "Free disk space on that machine, or remove a model, then try again.",
    );
  }
  if (/newer version of ollama/i.test(text)) {
    return new ProviderError(
      "rejected",
      `Ollama at ${asked.url.host} is too old for ${asked.model ?? "the model"}: ${sentence(text)}`,
      "Update Ollama on that machine, then try again.",
    );
  }
  const known = streamedError(text, asked);
  if (known.errorClass !== "server_error") return known;
  return new ProviderError(
    "server_error",
    `${doing} ${asked.model ?? "the model"} on ${asked.url.host} failed: ${sentence(text)}`,
    remedy,
  );
}
