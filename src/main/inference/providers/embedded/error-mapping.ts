import { assertNever } from "../../../base/failure.ts";
import { ProviderError } from "../../provider.ts";
import type { EngineFault } from "./protocol.ts";

/** The ProviderError for an error that the engine reported. */
export function providerErrorFor(fault: EngineFault, message: string): ProviderError {
  switch (fault) {
    case "file_missing":
      return new ProviderError(
        "model_not_found",
        `${message}.`,
        "Install the starter model, or put the GGUF file back where it was.",
      );
    case "not_a_model":
    case "load_failed":
      // No second try helps: the file itself has to change.
      return new ProviderError(
        "rejected",
        `${message}.`,
        "Fetch the GGUF file again, or register a version with another one.",
      );
    case "not_enough_memory":
      return new ProviderError(
        "not_enough_memory",
        `${message}.`,
        "Close something that takes memory, or register a version with a smaller context window or a smaller model.",
      );
    case "prompt_too_large":
      return new ProviderError(
        "prompt_too_large",
        `${message}.`,
        "Shorten the prompt, or register a version with a larger context window.",
      );
    case "no_embeddings":
      return new ProviderError("rejected", `${message}.`, "Use a model that was made for embeddings.");
    case "failed":
      return new ProviderError("server_error", `The built-in engine failed: ${message}.`, "Try again.");
    default:
      return assertNever(fault);
  }
}
